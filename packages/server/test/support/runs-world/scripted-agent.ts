import {
  AgentError,
  type AgentCapabilities,
  type AgentEvent,
  type AgentSession,
  type Driver,
  type PermissionAnswer,
  type PermissionMode,
  type PromptRequest,
  type Run,
  type RunResult,
  type StartOptions,
  type SteerMessage,
  type SteerOutcome,
} from "@parlatory/agents";
import type { AgentMachine, MachineProcess } from "./agent-machine.ts";
import type { SessionFiles } from "./session-files.ts";

export const fullCapabilities: AgentCapabilities = {
  transactional: false,
  isolation: "process",
  usageSource: "agent",
  permissionModes: ["default", "plan", "acceptEdits", "bypassPermissions"],
  canChooseModel: true,
  canResume: true,
  canSteer: true,
  canCompact: true,
  dedupesPrompts: true,
  keepsFiles: true,
  canInterrupt: true,
  resume: "full",
  canResumeElsewhere: false,
  systemPrompt: "any",
  cost: "run",
  attachmentTypes: ["image/png"],
  rejectEndsTurn: false,
};

export interface HeldTurn {
  readonly promptId: string;
  readonly prompt: string;
  readonly steered: string[];
  readonly request: PromptRequest;
  /** Ends the turn with an answer. */
  finish(output?: string): void;
  emit(event: AgentEvent): void;
  readonly isOver: boolean;
}

export interface AgentStart {
  readonly options: StartOptions;
  readonly process: MachineProcess;
  isClosed: boolean;
  readonly closes: number[];
}

/**
 * An agent that does what the first word of a prompt says. It lives outside of servers: what it has run and written stays
 * when one crashes. Turns: `/hold` (until the test ends it), `/stubborn` (likewise, and it cannot be interrupted), `/late`
 * (its record comes when the test says so), `/mute` (its record never comes), `/ask TOOL` , `/fail`, `/crash`; else an echo.
 */
export class ScriptedAgent {
  capabilities: AgentCapabilities = fullCapabilities;
  /** A probe that fails, with this reason. */
  unavailable: string | undefined;
  failStart: AgentError | undefined;
  probes = 0;
  readonly starts: AgentStart[] = [];
  readonly held = new Map<string, HeldTurn>();
  /** Every prompt that was run, as often as it was. */
  readonly ran: string[] = [];
  readonly requests: PromptRequest[] = [];
  readonly answers: PermissionAnswer[] = [];
  /** At most one turn at a time per session, over all processes. */
  readonly overlaps: string[] = [];
  readonly modes: PermissionMode[] = [];
  readonly #running = new Map<string, { promptId: string; process: MachineProcess }>();
  readonly #files: SessionFiles;
  readonly #machine: AgentMachine;

  constructor(files: SessionFiles, machine: AgentMachine) {
    this.#files = files;
    this.#machine = machine;
  }

  /** For one server: `isCut` is true once it crashed; nothing reaches it then. */
  driver(serverId: string, isCut: () => boolean): Driver {
    return {
      id: "claude",
      probe: async () => {
        this.probes++;
        if (this.unavailable === undefined) return { version: "1.0.0", capabilities: this.capabilities };
        throw new AgentError({ kind: "engine_unavailable", target: "scripted", message: this.unavailable });
      },
      start: async (options) => {
        options.signal?.throwIfAborted();
        if (this.failStart !== undefined) throw this.failStart;
        const sessionId = options.resume?.agentSessionId ?? options.newSessionId ?? "";
        if (options.resume !== undefined && options.resume.onLoadFailure !== "replace" && !this.#files.has(sessionId)) {
          throw new AgentError({ kind: "session_load_failed", target: sessionId, message: "no such conversation" });
        }
        const process = this.#machine.startAgent(serverId);
        try {
          await options.onProcess?.({ pid: process.pid, startedAt: String(process.pid), mark: process.mark });
          options.signal?.throwIfAborted();
        } catch (thrown) {
          process.isAlive = false;
          throw thrown;
        }
        const start: AgentStart = { options, process, isClosed: false, closes: [] };
        this.starts.push(start);
        return this.#session(sessionId, start, isCut);
      },
    };
  }

  #session(sessionId: string, start: AgentStart, isCut: () => boolean): AgentSession {
    const ended = Promise.withResolvers<void>();
    const { capabilities } = this;
    let current: { stop: (how: "interrupt" | "close" | "crash") => void; turn: HeldTurn } | undefined;
    const questions = new Map<string, (answer: PermissionAnswer) => void>();
    const isDead = () => start.isClosed || !start.process.isAlive;

    const submit = (request: PromptRequest): Run => {
      this.requests.push(request);
      const [word = "", argument = ""] = request.prompt.split(" ");
      const events: AgentEvent[] = [];
      let wake: () => void = () => undefined;
      let isOver = false;
      const result = Promise.withResolvers<RunResult>();
      const emit = (event: AgentEvent) => {
        if (isOver || isCut()) return;
        events.push(event);
        wake();
      };
      const settle = (end: Partial<RunResult> & Pick<RunResult, "outcome">) => {
        if (isOver) return;
        isOver = true;
        current = undefined;
        this.held.delete(request.messageUuid);
        if (this.#running.get(sessionId)?.promptId === request.messageUuid) this.#running.delete(sessionId);
        wake();
        if (!isCut()) result.resolve(resultOf(request, end, !isDead()));
      };
      const run: Run = {
        events: {
          [Symbol.asyncIterator]: async function* () {
            for (;;) {
              const event = events.shift();
              if (event !== undefined) yield event;
              else if (isOver) return;
              else await new Promise<void>((resolve) => (wake = resolve));
            }
          },
        },
        result: result.promise,
        acknowledged: Promise.resolve(),
      };
      if (isDead()) {
        settle({ outcome: "failed", error: failure("it has ended") });
        return run;
      }
      if (capabilities.dedupesPrompts && this.#files.records(sessionId).some(({ id }) => id === request.messageUuid)) {
        settle({ outcome: "completed", isDuplicate: true });
        return run;
      }
      this.ran.push(request.messageUuid);
      if (this.#running.get(sessionId)?.process.isAlive === true) this.overlaps.push(sessionId);
      this.#running.set(sessionId, { promptId: request.messageUuid, process: start.process });

      const write = (isFinal: boolean, text: string, id = crypto.randomUUID()) => {
        if (capabilities.keepsFiles && start.process.isAlive) {
          this.#files.append(sessionId, { id, role: "assistant", text, isFinal });
        }
      };
      if (capabilities.keepsFiles) {
        this.#files.append(sessionId, { id: request.messageUuid, role: "user", text: request.prompt, isFinal: false });
      }
      emit({ type: "prompt_seen", messageUuid: request.messageUuid });
      const answer = (output: string) => {
        if (word !== "/late" && word !== "/mute") write(true, output);
        if (!capabilities.keepsFiles) {
          emit({
            type: "message",
            id: crypto.randomUUID(),
            role: "assistant",
            blocks: [{ type: "text", text: output }],
          });
        }
        settle({ outcome: "completed", output });
        if (word === "/late") this.held.set(request.messageUuid, { ...turn, finish: () => write(true, output) });
      };
      const turn: HeldTurn = {
        promptId: request.messageUuid,
        prompt: request.prompt,
        steered: [],
        request,
        emit,
        finish: (output = `echo: ${request.prompt}`) => {
          if (start.process.isAlive) answer(output);
        },
        get isOver() {
          return isOver;
        },
      };
      current = {
        turn,
        stop: (how) => {
          if (how === "crash") settle({ outcome: "failed", error: failure("it ended without a result") });
          else if (how === "close" || word !== "/stubborn") settle({ outcome: "cancelled", output: "" });
        },
      };
      request.signal?.addEventListener("abort", () => current?.stop("interrupt"), { once: true });
      switch (word) {
        case "/hold":
        case "/stubborn":
          this.held.set(request.messageUuid, turn);
          break;
        case "/ask": {
          const questionId = crypto.randomUUID();
          this.held.set(request.messageUuid, turn);
          questions.set(questionId, (decision) => {
            this.answers.push(decision);
            if (decision.behavior === "allow") answer(`allowed: ${JSON.stringify(decision.updatedInput ?? null)}`);
            else if (capabilities.rejectEndsTurn) {
              const permissionDenials = [{ toolName: argument, reason: decision.reason }];
              settle({
                outcome: "cancelled",
                output: request.prompt.includes("half") ? "half" : "",
                permissionDenials,
              });
            } else answer(`denied: ${decision.reason}`);
          });
          emit({ type: "permission_question", questionId, toolName: argument, input: { command: "make" } });
          break;
        }
        case "/fail":
          settle({ outcome: "failed", error: failure(argument), output: "so far" });
          break;
        case "/crash":
          end("crash");
          break;
        default:
          answer(`echo: ${request.prompt}`);
      }
      return run;
    };

    const end = (how: "close" | "crash") => {
      if (start.isClosed) return;
      start.isClosed = true;
      start.process.isAlive = false;
      current?.stop(how);
      ended.resolve();
    };

    return {
      agentSessionId: sessionId,
      capabilities,
      get isIdle() {
        return current === undefined && !isDead();
      },
      ended: ended.promise,
      submit,
      interrupt: async () => {
        const had = current;
        had?.stop("interrupt");
        return had !== undefined;
      },
      steer: async ({ text, messageUuid }: SteerMessage): Promise<SteerOutcome> => {
        if (current === undefined) return "idle";
        this.ran.push(messageUuid);
        current.turn.steered.push(text);
        if (capabilities.keepsFiles) {
          this.#files.append(sessionId, { id: messageUuid, role: "user", text, isFinal: false });
        }
        return "accepted";
      },
      setPermissionMode: async (mode) => {
        this.modes.push(mode);
        return true;
      },
      answerPermission: (questionId, decision) => {
        const question = questions.get(questionId);
        questions.delete(questionId);
        question?.(decision);
        return question !== undefined;
      },
      compact: (request) => {
        const isHeld = request.instructions === "hold";
        const run = submit({ ...request, prompt: isHeld ? "/hold compact" : "/compact" });
        if (request.instructions === "nothing") return run;
        return {
          ...run,
          result: run.result.then((result) => ({
            ...result,
            compactions: [{ trigger: "manual", tokensBefore: 900, tokensAfter: 100 }],
          })),
        };
      },
      close: async ({ graceMs }) => {
        start.closes.push(graceMs);
        end("close");
      },
    };
  }
}

function failure(message: string): AgentError {
  return new AgentError({ kind: "engine_failed", target: "scripted", message });
}

function resultOf(
  request: Pick<PromptRequest, "generation">,
  end: Partial<RunResult> & Pick<RunResult, "outcome">,
  isReusable: boolean,
): RunResult {
  return {
    generation: request.generation,
    output: "",
    agentStopReason: null,
    error: null,
    usage: { source: "agent", inputTokens: 12, outputTokens: 7, cacheReadTokens: 4, cacheWriteTokens: 2 },
    cost: { inputUsd: null, outputUsd: null, totalUsd: 0.25 },
    permissionDenials: [],
    compactions: [],
    isIdle: true,
    isReusable,
    isDuplicate: false,
    ...end,
  };
}
