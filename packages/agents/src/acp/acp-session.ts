/**
 * A conversation with an agent of the Agent Client Protocol. Sends prompts, cancels and answers; what a run means is in
 * acp-run.ts, how a session is begun in acp-driver.ts.
 * States: idle ⇄ running (→ busy after a cancel that was not answered) → ended.
 */
import type {
  ClientContext,
  PromptResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionNotification,
} from "@agentclientprotocol/sdk";
import { ActiveRun } from "../active-run.ts";
import type { SessionEvent } from "../agent-event.ts";
import { AgentError } from "../agent-error.ts";
import type { AgentCapabilities, PermissionMode } from "../capabilities.ts";
import type { PermissionPolicy } from "../driver.ts";
import { isRecord, recordAt, textAt, type JsonRecord } from "../json-fields.ts";
import { PermissionDesk } from "../permission-desk.ts";
import type { AgentProcess, ProcessEnd } from "../process/agent-process.ts";
import type { AgentSession, PermissionAnswer, PromptRequest, Run, SteerMessage, SteerOutcome } from "../session.ts";
import { makeChoice, withMode } from "./acp-choice.ts";
import { acpContent } from "./acp-content.ts";
import { AcpCost } from "./acp-cost.ts";
import { failureOfEnd, failureOfRequest } from "./acp-failure.ts";
import { currentMode, modeChoice, modesOffered, type AcpOffers } from "./acp-options.ts";
import { acpCapabilities, type AcpRecord } from "./acp-record.ts";
import { AcpRun } from "./acp-run.ts";

export interface AcpSessionPlan {
  readonly program: string;
  readonly agent: ClientContext;
  readonly record: AcpRecord;
  readonly agentSessionId: string;
  /** It was taken up again, so the agent has it. */
  readonly isLoaded: boolean;
  readonly offers: AcpOffers;
  readonly allowBypass: boolean;
  readonly permissionQuestions: PermissionPolicy;
  readonly seedText?: string | undefined;
  readonly onEvent: (event: SessionEvent) => void;
  /** Closes the connection when the process is gone. */
  readonly closeConnection: () => void;
}

const steering = "_session/steering";

/** Work on a prompt; an agent may not keep a session without any. */
const work: ReadonlySet<string> = new Set(["agent_message_chunk", "agent_thought_chunk", "tool_call"]);

export class AcpSession implements AgentSession {
  readonly capabilities: AgentCapabilities;
  readonly ended: Promise<void>;
  readonly #plan: AcpSessionPlan;
  readonly #process: AgentProcess;
  readonly #desk: PermissionDesk;
  readonly #sessionId: string;
  readonly #cost: AcpCost;
  #offers: AcpOffers;
  #isStored: boolean;
  #seedText: string | undefined;
  #run: AcpRun | undefined;
  #isClosing = false;
  #end: ProcessEnd | undefined;
  #questions = 0;

  constructor(process: AgentProcess, plan: AcpSessionPlan) {
    this.#sessionId = plan.agentSessionId;
    this.#isStored = plan.isLoaded;
    this.#offers = plan.offers;
    this.#cost = new AcpCost(plan.isLoaded);
    this.capabilities = acpCapabilities(plan.record, modesOffered(plan.offers, plan.record));
    this.#plan = plan;
    this.#process = process;
    this.#desk = new PermissionDesk(plan.permissionQuestions);
    this.#seedText = plan.seedText;
    this.ended = process.ended.then(async (end) => {
      this.#handleEnd(end);
      // What it started must not outlive it.
      if (!this.#isClosing) await process.end(0);
    });
  }

  get agentSessionId(): string | null {
    return this.#isStored ? this.#sessionId : null;
  }

  get isIdle(): boolean {
    return this.#run === undefined && this.#end === undefined;
  }

  submit(request: PromptRequest): Run {
    const run = new ActiveRun(request, () => void this.interrupt());
    if (run.isAborted) run.settle({ outcome: "cancelled", isIdle: this.isIdle });
    if (run.isSettled) return run;
    const { program } = this.#plan;
    if (!this.isIdle) {
      const reason = this.#end === undefined ? "it is still busy with the one before" : "it has ended; start it again";
      const error = new AgentError({
        kind: "engine_failed",
        target: program,
        message: `send a prompt to '${program}': ${reason}`,
      });
      run.settle({ outcome: "failed", error, isIdle: false });
      return run;
    }
    const current = new AcpRun(run, this.#plan.record);
    this.#run = current;
    void this.#prompt(request, current);
    return run;
  }

  async interrupt(): Promise<boolean> {
    const current = this.#run;
    if (current === undefined) return false;
    current.isCancelling = true;
    this.#desk.interruptAll();
    await this.#plan.agent.notify("session/cancel", { sessionId: this.#sessionId }).catch(() => undefined);
    // A notification has no answer: the end of the turn is the acknowledgement.
    return (await current.run.result).outcome === "cancelled" && this.#end === undefined;
  }

  async steer({ text }: SteerMessage): Promise<SteerOutcome> {
    if (this.#run === undefined) return "idle";
    if (!this.capabilities.canSteer) return "unsupported";
    try {
      const answer = await this.#plan.agent.request<JsonRecord>(steering, {
        sessionId: this.#sessionId,
        prompt: [{ type: "text", text }],
        _meta: { steering: { idleBehavior: "promptRequired" } },
      });
      return textAt(answer, "outcome") === "promptRequired" ? "idle" : "accepted";
    } catch {
      return "unsupported";
    }
  }

  async setPermissionMode(mode: PermissionMode): Promise<boolean> {
    const { agent, record, allowBypass } = this.#plan;
    if (mode === "bypassPermissions" && !allowBypass) return false;
    try {
      const choice = modeChoice(mode, this.#offers, record, true);
      if (choice === undefined) return true;
      this.#setOffers(await makeChoice(agent, this.#sessionId, choice, this.#offers));
      return true;
    } catch {
      return false; // not offered, or refused
    }
  }

  answerPermission(questionId: string, answer: PermissionAnswer): boolean {
    return this.#desk.answer(questionId, answer);
  }

  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#isClosing = true;
    this.#desk.interruptAll();
    const isGone = await this.#process.end(graceMs);
    if (isGone) await this.ended;
    else this.#handleEnd({ exitCode: null, signal: null, stderrTail: "" });
  }

  handleUpdate({ sessionId, update }: SessionNotification): void {
    if (sessionId !== this.#sessionId) return;
    this.#cost.handle(update);
    if (update.sessionUpdate === "current_mode_update") this.#setOffers(withMode(this.#offers, update.currentModeId));
    if (update.sessionUpdate === "config_option_update") {
      this.#setOffers({ ...this.#offers, configOptions: update.configOptions });
    }
    if (this.#run === undefined) return;
    if (work.has(update.sessionUpdate)) this.#isStored = true;
    this.#run.handleUpdate(update);
  }

  handleQuestion(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse> {
    const { promise, resolve } = Promise.withResolvers<RequestPermissionResponse>();
    const current = this.#run;
    const { toolCall, options } = request;
    const questionId = `${toolCall.toolCallId}:${(this.#questions += 1)}`;
    const toolName = current?.toolName(toolCall) ?? "";
    current?.handleQuestion(toolCall);
    signal.addEventListener("abort", () => this.#desk.withdraw(questionId), { once: true });
    this.#desk.put(
      { questionId, toolName, input: recordAt(toolCall as unknown as JsonRecord, "rawInput") },
      (question) => current?.run.emit({ type: "permission_question", ...question }),
      (answer, isInterruption) => {
        // The protocol wants the open questions of a cancelled turn answered like this.
        if (isInterruption) return resolve({ outcome: { outcome: "cancelled" } });
        // Once is enough: what is allowed for good belongs into the agent's own settings.
        const kinds = answer.behavior === "allow" ? ["allow_once", "allow_always"] : ["reject_once", "reject_always"];
        const option = kinds
          .map((kind) => options.find((item) => item.kind === kind))
          .find((item) => item !== undefined);
        if (answer.behavior === "deny") current?.deny(toolName, answer.reason);
        resolve({
          outcome: option === undefined ? { outcome: "cancelled" } : { outcome: "selected", optionId: option.optionId },
        });
      },
    );
    return promise;
  }

  #setOffers(offers: AcpOffers): void {
    const { record, onEvent } = this.#plan;
    const before = currentMode(this.#offers, record);
    this.#offers = offers;
    const mode = currentMode(offers, record);
    if (mode !== undefined && mode !== before) onEvent({ type: "mode_changed", mode });
  }

  async #prompt({ prompt, attachments }: PromptRequest, current: AcpRun): Promise<void> {
    const { agent, program, record } = this.#plan;
    const seed = this.#seedText;
    this.#seedText = undefined;
    const blocks = acpContent(seed === undefined ? [prompt] : [seed, prompt], attachments);
    try {
      const params = { sessionId: this.#sessionId, prompt: blocks };
      const answer: PromptResponse = await agent.request("session/prompt", params);
      this.#run = undefined;
      this.#isStored = true;
      current.handleAnswer(answer, this.#cost.take());
    } catch (failure) {
      if (isRecord(failure) && typeof failure["code"] === "number") {
        this.#run = undefined;
        current.handleFailure(failureOfRequest(program, `prompt '${program}'`, failure, record.logins), true);
      } else await this.#process.end(0); // the connection is broken; how the process ended is the better reason
    }
  }

  #handleEnd(end: ProcessEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#desk.withdrawAll();
    const current = this.#run;
    this.#run = undefined;
    current?.handleEnd(failureOfEnd(this.#plan.program, end), this.#isClosing);
    this.#plan.closeConnection();
    this.#plan.onEvent({ type: "ended", exitCode: end.exitCode, signal: end.signal });
  }
}
