/**
 * A conversation with an engine module in a thread of its own, which can be ended whatever it does: an endless loop, a call
 * of `process.exit`, a crash. What a turn means is the module's.
 * States: idle ⇄ running → ended.
 */
import { countWords } from "@parlatory/protocol/words";
import type { Worker } from "node:worker_threads";
import { ActiveRun } from "../active-run.ts";
import { AgentError } from "../agent-error.ts";
import type { AgentCapabilities } from "../capabilities.ts";
import { endProcessTree } from "../process/end-process-tree.ts";
import type { AgentSession, PromptRequest, Run, RunResult, RunUsage } from "../session.ts";
import type { EngineDenial, EngineResult, WorkerOrder, WorkerReport } from "./worker-protocol.ts";

export interface WorkerSessionPlan {
  /** The module, for messages. */
  readonly target: string;
  readonly transactional: boolean;
  /** Carried by every process the thread starts. */
  readonly mark: string;
}

/** No process has it, so that only the mark tells what the thread started. */
const noPid = -1;

export class WorkerSession implements AgentSession {
  readonly agentSessionId = null;
  readonly capabilities: AgentCapabilities;
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #plan: WorkerSessionPlan;
  #run: { readonly active: ActiveRun; readonly prompt: string } | undefined;
  #isClosing = false;
  #crash: string | undefined;
  #hasEnded = false;

  /** `worker` has said that it is ready. */
  constructor(worker: Worker, plan: WorkerSessionPlan) {
    this.#worker = worker;
    this.#plan = plan;
    this.capabilities = {
      transactional: plan.transactional,
      isolation: "worker",
      usageSource: null,
      permissionModes: null,
      canChooseModel: false,
      canResume: false,
      canSteer: false,
      canCompact: false,
      dedupesPrompts: false,
      keepsFiles: false,
      canInterrupt: true,
      resume: "none",
      canResumeElsewhere: false,
      systemPrompt: "none",
      cost: "none",
      attachmentTypes: [],
      rejectEndsTurn: false,
    };
    worker.on("message", (report: WorkerReport) => this.#handle(report));
    worker.on("error", (failure: Error) => (this.#crash = failure.message));
    this.ended = new Promise((resolve) => {
      worker.once("exit", (exitCode) => {
        this.#handleExit(exitCode);
        resolve();
      });
    });
  }

  get isIdle(): boolean {
    return this.#run === undefined && !this.#hasEnded;
  }

  submit(request: PromptRequest): Run {
    const run = new ActiveRun(request, () => this.#send({ type: "cancel" }));
    if (run.isAborted) run.settle({ outcome: "cancelled", isIdle: this.isIdle });
    else if (!this.isIdle) this.#fail(run, this.#hasEnded ? "it has ended" : "it is still busy with the one before");
    if (run.isSettled) return run;
    this.#run = { active: run, prompt: request.prompt };
    const { matchedCommands = [], matchedTools = [], deniedTools = [] } = request.routing ?? {};
    this.#send({
      type: "submit",
      isCancellable: request.signal !== undefined,
      request: {
        prompt: request.prompt,
        matched_commands: matchedCommands,
        matched_tools: matchedTools,
        denied_tools: deniedTools.map(({ toolName, reason }) => ({ tool_name: toolName, reason })),
        generation: request.generation,
      },
    });
    return run;
  }

  async interrupt(): Promise<boolean> {
    const current = this.#run;
    if (current === undefined) return false;
    this.#send({ type: "cancel" });
    await current.active.acknowledged;
    return !this.#hasEnded;
  }

  steer(): Promise<"idle" | "unsupported"> {
    return Promise.resolve(this.#run === undefined ? "idle" : "unsupported");
  }

  answerPermission(): boolean {
    return false;
  }

  /** A thread cannot be asked to end; what it started is ended with it, also because it may wait for that. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const { mark } = this.#plan;
    await Promise.all([
      this.#worker.terminate(),
      endProcessTree({ pid: noPid, mark, hasEnded: () => true, graceMs: 0 }),
    ]);
    await this.ended;
  }

  #send(order: WorkerOrder): void {
    this.#worker.postMessage(order);
  }

  #handle(report: WorkerReport): void {
    const current = this.#run;
    if (current === undefined) return;
    const { active, prompt } = current;
    switch (report.type) {
      case "acknowledged":
        active.acknowledge();
        break;
      case "denied":
        deny(active, report.denial);
        break;
      case "result":
        this.#run = undefined;
        settle(active, prompt, report.result);
        break;
      case "failed":
        this.#run = undefined;
        this.#fail(active, report.reason);
        break;
      default: // it was ready once
    }
  }

  #handleExit(exitCode: number): void {
    this.#hasEnded = true;
    const current = this.#run;
    this.#run = undefined;
    if (current === undefined) return;
    const how = this.#crash ?? `exit status ${exitCode}`;
    if (this.#isClosing) current.active.settle({ outcome: "cancelled", isIdle: false });
    else this.#fail(current.active, `its thread ended (${how}) before it answered`);
  }

  #fail(run: ActiveRun, reason: string): void {
    const { target, transactional } = this.#plan;
    const error = new AgentError({ kind: "engine_failed", target, message: `ask the engine '${target}': ${reason}` });
    run.settle({ outcome: "failed", error, isIdle: this.isIdle, isReusable: transactional && !this.#hasEnded });
  }
}

function deny(run: ActiveRun, { tool_name: toolName, reason }: EngineDenial): void {
  run.emit({ type: "permission_denied", toolName, reason });
}

function settle(run: ActiveRun, prompt: string, result: EngineResult): void {
  for (const denial of result.permission_denials) deny(run, denial);
  const { output, stop_reason: stopReason } = result;
  run.settle({
    outcome: outcomeOf(stopReason),
    output,
    agentStopReason: stopReason,
    usage: usageOf(prompt, result),
    isIdle: true,
  });
}

function outcomeOf(stopReason: string): Exclude<RunResult["outcome"], "failed"> {
  return stopReason === "cancelled" ? "cancelled" : "completed";
}

function usageOf(prompt: string, { output, usage, usage_source: source }: EngineResult): RunUsage {
  return {
    source,
    inputTokens: source === "none" ? 0 : (usage?.input_tokens ?? countWords(prompt)),
    outputTokens: source === "none" ? 0 : (usage?.output_tokens ?? countWords(output)),
    cacheReadTokens: null,
    cacheWriteTokens: null,
  };
}
