import type { PermissionQuestion } from "./agent-event.ts";
import type { PermissionPolicy } from "./driver.ts";
import type { PermissionAnswer } from "./session.ts";

/** Shown to the model, and recorded as the reason of the denial. */
export const nobodyAnswers = "nobody is there to answer the permission question";

/** `isInterruption`: nobody decided, the turn is being stopped; that is no denial to report. */
type AnswerQuestion = (answer: PermissionAnswer, isInterruption: boolean) => void;

interface OpenQuestion {
  readonly answer: AnswerQuestion;
  readonly timer: NodeJS.Timeout;
}

/** More than an agent asks at once; the next one is denied. */
const maxOpen = 100;

/** The questions of an agent that wait for somebody: each is answered exactly once, and none waits for ever [TURN-11]. */
export class PermissionDesk {
  readonly #policy: PermissionPolicy;
  readonly #open = new Map<string, OpenQuestion>();

  constructor(policy: PermissionPolicy) {
    this.#policy = policy;
  }

  /** `ask` is called when somebody may be there to answer; `answer` always, now or later. */
  put(question: PermissionQuestion, ask: (question: PermissionQuestion) => void, answer: AnswerQuestion): void {
    if (this.#policy === "deny" || this.#open.size >= maxOpen || this.#open.has(question.questionId)) {
      answer({ behavior: "deny", reason: nobodyAnswers }, false);
      return;
    }
    const { timeoutMs } = this.#policy.ask;
    const deny = () => this.answer(question.questionId, { behavior: "deny", reason: nobodyAnswers });
    // Longer waits than a timer can take are as good as the longest one.
    const timer = setTimeout(deny, Math.min(timeoutMs, 2 ** 31 - 1));
    this.#open.set(question.questionId, { answer, timer });
    ask(question);
  }

  /** False when the question is not open. */
  answer(questionId: string, answer: PermissionAnswer): boolean {
    const open = this.#open.get(questionId);
    if (open === undefined) return false;
    this.withdraw(questionId);
    open.answer(answer, false);
    return true;
  }

  /** The agent does not want an answer any more. */
  withdraw(questionId: string): void {
    clearTimeout(this.#open.get(questionId)?.timer);
    this.#open.delete(questionId);
  }

  /** The turn is being stopped. */
  interruptAll(): void {
    for (const [questionId, open] of this.#open) {
      this.withdraw(questionId);
      open.answer({ behavior: "deny", reason: "the turn is being stopped" }, true);
    }
  }

  withdrawAll(): void {
    for (const questionId of this.#open.keys()) this.withdraw(questionId);
  }
}
