/**
 * A conversation with one long-lived Claude Code process. Turns its lines into state and hands them to the run in progress;
 * answers its questions. What a run means is in claude-run.ts.
 * States: starting → idle ⇄ running → ended.
 */
import { ActiveRun } from "../active-run.ts";
import type { SessionEvent } from "../agent-event.ts";
import { AgentError } from "../agent-error.ts";
import { PERMISSION_MODES, type AgentCapabilities, type PermissionMode } from "../capabilities.ts";
import type { PermissionPolicy } from "../driver.ts";
import { parseRecords, recordAt, textAt, type JsonRecord } from "../json-fields.ts";
import { PermissionDesk } from "../permission-desk.ts";
import type { AgentProcess, ProcessEnd } from "../process/agent-process.ts";
import type { AgentSession, PermissionAnswer, PromptRequest, Run, SteerMessage, SteerOutcome } from "../session.ts";
import { claudeContent } from "./claude-content.ts";
import { failureOfEnd } from "./claude-failure.ts";
import { ClaudeRun } from "./claude-run.ts";
import { ControlChannel } from "./control-channel.ts";
import { CostMeter } from "./cost-meter.ts";

export interface ClaudeSessionPlan {
  readonly agentSessionId: string;
  /** The agent has it on disk already. */
  readonly isResume: boolean;
  readonly capabilities: AgentCapabilities;
  readonly permissionQuestions: PermissionPolicy;
  readonly seedText?: string | undefined;
  readonly allowBypass: boolean;
  readonly maxRetryingMs: number;
  readonly onEvent: (event: SessionEvent) => void;
}

const maxShownChars = 200;

/** The agent writes its session to disk when it asks the model for the first time: before it says one of these. */
const afterFirstWrite = new Set(["user", "assistant", "stream_event", "result"]);

export class ClaudeSession implements AgentSession {
  readonly capabilities: AgentCapabilities;
  readonly ended: Promise<void>;
  readonly #process: AgentProcess;
  readonly #control: ControlChannel;
  readonly #desk: PermissionDesk;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #plan: ClaudeSessionPlan;
  readonly #cost: CostMeter;
  #isStored: boolean;
  #seedText: string | undefined;
  #run: ClaudeRun | undefined;
  #isIdle = true;
  #isClosing = false;
  #end: ProcessEnd | undefined;

  constructor(agent: AgentProcess, plan: ClaudeSessionPlan) {
    this.#plan = plan;
    this.#cost = new CostMeter(plan.isResume);
    this.#isStored = plan.isResume;
    this.capabilities = plan.capabilities;
    this.#process = agent;
    this.#control = new ControlChannel((line) => agent.write(line));
    this.#desk = new PermissionDesk(plan.permissionQuestions);
    this.#seedText = plan.seedText;
    this.#onEvent = plan.onEvent;
    this.ended = agent.ended.then(async (end) => {
      this.#handleEnd(end);
      // What it started must not outlive it.
      if (!this.#isClosing) await agent.end(0);
    });
  }

  get agentSessionId(): string | null {
    return this.#isStored ? this.#plan.agentSessionId : null;
  }

  get isIdle(): boolean {
    return this.#isIdle && this.#end === undefined;
  }

  /** Resolves when the agent answers; rejects when it ends before. */
  async waitUntilReady(): Promise<void> {
    await this.#control.request({ subtype: "initialize" });
  }

  submit(request: PromptRequest): Run {
    return this.#submit(request.prompt, request);
  }

  compact(request: Parameters<NonNullable<AgentSession["compact"]>>[0]): Run {
    const { instructions } = request;
    const order = instructions === undefined ? "/compact" : `/compact ${instructions}`;
    return this.#submit(order, request, true);
  }

  async setPermissionMode(mode: PermissionMode): Promise<boolean> {
    if (mode === "bypassPermissions" && !this.#plan.allowBypass) return false;
    try {
      // A process that was not started for it refuses to bypass permissions.
      const answer = await this.#control.request({ subtype: "set_permission_mode", mode });
      return (textAt(answer, "mode") ?? mode) === mode;
    } catch {
      return false;
    }
  }

  async interrupt(): Promise<boolean> {
    const current = this.#run;
    if (current === undefined) return false;
    this.#desk.interruptAll();
    try {
      const answer = await this.#control.request({ subtype: "interrupt" });
      // Messages that were not taken up yet would be run after the interrupt.
      const waiting: unknown = answer["still_queued"];
      for (const uuid of Array.isArray(waiting) ? waiting : []) {
        await this.#control.request({ subtype: "cancel_async_message", message_uuid: uuid });
      }
      current.run.acknowledge();
      return true;
    } catch {
      return false; // ended, or of a version without it
    }
  }

  steer({ text, messageUuid }: SteerMessage): Promise<SteerOutcome> {
    const current = this.#run;
    if (current === undefined) return Promise.resolve("idle");
    current.expect(messageUuid);
    return Promise.resolve(this.#writePrompt({ prompt: text, messageUuid }) ? "accepted" : "idle");
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

  handleLine(text: string): void {
    const lines = parseRecords(text);
    for (const line of lines ?? []) this.#handleRecord(line);
    if (lines !== undefined || text.trim() === "") return;
    const shown = text.slice(0, maxShownChars);
    this.#onEvent({ type: "diagnostic", text: `expected a JSON object from Claude Code, got: ${shown}` });
  }

  #handleRecord(line: JsonRecord): void {
    const type = textAt(line, "type") ?? "";
    if (afterFirstWrite.has(type)) this.#isStored = true;
    switch (type) {
      case "control_response":
        this.#control.handleResponse(line);
        break;
      case "control_request":
        this.#handleQuestion(line);
        break;
      case "control_cancel_request":
        this.#desk.withdraw(textAt(line, "request_id") ?? "");
        break;
      default:
        this.#run?.handle(line, type === "result" ? this.#cost.take(line) : undefined);
        if (line["subtype"] === "session_state_changed") this.#handleState(line);
        if (line["subtype"] === "status") this.#handleMode(line);
    }
  }

  #submit(prompt: string, request: Omit<PromptRequest, "prompt">, isCompaction = false): Run {
    const run = new ActiveRun(request, () => void this.interrupt());
    const fail = (message: string) => {
      const error = new AgentError({ kind: "engine_failed", target: "claude", message });
      run.settle({ outcome: "failed", error, isIdle: this.isIdle });
      return run;
    };
    if (run.isAborted) run.settle({ outcome: "cancelled", isIdle: this.isIdle });
    if (run.isSettled) return run;
    if (this.#end !== undefined) return fail("send a prompt to Claude Code: it has ended; start it again");
    if (this.#run !== undefined) return fail("send a prompt to Claude Code: it is still busy with the one before");
    if (!this.#writePrompt({ ...request, prompt })) {
      return fail("send a prompt to Claude Code: it does not read any more");
    }
    const current = new ClaudeRun(run, {
      isCompaction,
      maxRetryingMs: this.#plan.maxRetryingMs,
      interrupt: () => void this.interrupt(),
    });
    this.#run = current;
    void run.result.then(() => {
      if (this.#run === current) this.#run = undefined;
    });
    return run;
  }

  #writePrompt({ prompt, messageUuid, attachments }: Pick<PromptRequest, "prompt" | "messageUuid" | "attachments">) {
    const seed = this.#seedText;
    this.#seedText = undefined;
    const content = claudeContent(seed === undefined ? [prompt] : [seed, prompt], attachments);
    return this.#process.write(JSON.stringify({ type: "user", message: { role: "user", content }, uuid: messageUuid }));
  }

  #handleMode(line: JsonRecord): void {
    const mode = PERMISSION_MODES.find((name) => name === line["permissionMode"]);
    if (mode !== undefined) this.#onEvent({ type: "mode_changed", mode });
  }

  #handleState(line: JsonRecord): void {
    const wasIdle = this.#isIdle;
    this.#isIdle = line["state"] === "idle";
    if (this.#run === undefined) {
      if (wasIdle !== this.#isIdle) this.#onEvent({ type: "idle_changed", isIdle: this.#isIdle });
    } else if (this.#isIdle) this.#run.handleIdle();
  }

  #handleQuestion(line: JsonRecord): void {
    const questionId = textAt(line, "request_id") ?? "";
    const request = recordAt(line, "request");
    if (request["subtype"] !== "can_use_tool") {
      this.#control.refuse(questionId, `not supported: ${textAt(request, "subtype") ?? "a request without a name"}`);
      return;
    }
    const toolName = textAt(request, "tool_name") ?? "";
    const input = request["input"] ?? {};
    this.#desk.put(
      { questionId, toolName, input },
      (question) => this.#run?.run.emit({ type: "permission_question", ...question }),
      (answer, isInterruption) => {
        if (answer.behavior === "allow") {
          this.#control.answer(questionId, { behavior: "allow", updatedInput: answer.updatedInput ?? input });
          return;
        }
        this.#control.answer(questionId, { behavior: "deny", message: answer.reason });
        if (!isInterruption) this.#run?.deny(textAt(request, "tool_use_id"), toolName, answer.reason);
      },
    );
  }

  #handleEnd(end: ProcessEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#isIdle = false;
    this.#desk.withdrawAll();
    this.#control.close();
    this.#run?.handleEnd(failureOfEnd(end), this.#isClosing);
    this.#onEvent({ type: "ended", exitCode: end.exitCode, signal: end.signal });
  }
}
