/** One prompt, from the terminal to its answer ([PROMPT-8], [PROMPT-13]); Ctrl-C stops the run it made. */
import type { PromptAcceptance, PromptHandle, PromptMode, RemoteAnswer, RemoteClient } from "@parlatory/client";
import { RemoteRequestError } from "@parlatory/client";
import type { CommandContext, StopReason } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { usageError } from "../harness/usage.ts";
import { absolutePath } from "./absolute-path.ts";
import { answerFailure, isInterrupted } from "./answer-failure.ts";
import { newUuid } from "./new-uuid.ts";
import { toRemoteError } from "./remote-error.ts";
import { remoteFollowEnd } from "./remote-follow-end.ts";
import { withRemote } from "./with-remote.ts";

export interface PromptArguments {
  readonly prompt: string;
  readonly session: string | undefined;
  readonly new: boolean;
  readonly agent: string | undefined;
  readonly mode: PromptMode;
  readonly directory: string | undefined;
  readonly systemPrompt: string | undefined;
  readonly promptId: string | undefined;
  readonly force: boolean;
  readonly wait: boolean;
  readonly noWait: boolean;
  readonly url: string | undefined;
}

export interface PromptPayload {
  readonly prompt: string;
  readonly prompt_id: string;
  readonly session_id: string;
  readonly created: boolean | null;
  readonly agent: string | null;
  readonly working_directory: string | null;
  readonly mode_applied: string | null;
  readonly queue_position: number | null;
  readonly outcome: "accepted" | "success" | "interrupted" | "failed";
  readonly agent_run_id: string | null;
  readonly text: string | null;
  readonly truncated: boolean;
  readonly usage: Readonly<Record<string, number | null>> | null;
  readonly total_cost_usd: number | null;
  readonly finished_at: string | null;
}

/** How long an interrupted run is waited for ([LOCK-7] gives an agent less). */
const stopMs = 10_000;

export async function sendPrompt(context: CommandContext, args: PromptArguments): Promise<PromptPayload> {
  checkArguments(args);
  const target = args.session ?? "a new session";
  const subject = { target, operation: "prompt", notFound: "session_not_found" } as const;
  return withRemote(context, { url: args.url, subject, reconnect: !args.noWait }, async (client) => {
    const directory = args.directory ?? (args.session === undefined ? "." : undefined);
    const handle = client.prompt({
      text: args.prompt,
      sessionId: args.session,
      agent: args.agent,
      mode: args.mode,
      workingDirectory: directory === undefined ? undefined : absolutePath(context.workingDirectory, directory),
      systemPrompt: args.systemPrompt,
      promptId: args.promptId ?? newUuid(context),
      newSessionId: args.session === undefined ? newUuid(context) : undefined,
      force: args.force,
    });
    return new PromptWait(context, client, args.prompt, handle).run(args.noWait);
  });
}

function checkArguments(args: PromptArguments): void {
  if (args.session !== undefined && args.new) {
    throw usageError("argument --new: not possible together with --session");
  }
  if (args.wait && args.noWait) throw usageError("argument --no-wait: not possible together with --wait");
}

class PromptWait {
  readonly #context: CommandContext;
  readonly #client: RemoteClient;
  readonly #prompt: string;
  readonly #handle: PromptHandle;
  #acceptance: PromptAcceptance | undefined;

  constructor(context: CommandContext, client: RemoteClient, prompt: string, handle: PromptHandle) {
    this.#context = context;
    this.#client = client;
    this.#prompt = prompt;
    this.#handle = handle;
  }

  async run(noWait: boolean): Promise<PromptPayload> {
    const { sessionId, promptId, accepted, outcome } = this.#handle;
    const end = remoteFollowEnd(this.#context.signal, this.#client, { target: sessionId, operation: "prompt" });
    const stopped = end.ended.then(() => undefined);
    try {
      this.#acceptance = await Promise.race([accepted, stopped]);
      if (this.#acceptance === undefined) return await this.#stop();
      const { modeApplied, queuePosition, systemPromptApplied } = this.#acceptance;
      const queued = queuePosition === undefined ? "" : `, queued at ${queuePosition}`;
      this.#context.note(`session ${sessionId}  prompt ${promptId}  ${modeApplied ?? "run"}${queued}`);
      if (systemPromptApplied === false) {
        this.#context.warn("system_prompt_not_applied", "this agent cannot take a system prompt on this session");
      }
      if (noWait) return this.#payload("accepted");
      const answer = await Promise.race([outcome, stopped]);
      return answer === undefined ? await this.#stop() : this.#finish(answer);
    } finally {
      end.finish();
    }
  }

  #finish(answer: RemoteAnswer): PromptPayload {
    const failure = answerFailure(answer);
    if (failure === undefined) return this.#payload(answer.success ? "success" : "interrupted", answer);
    throw toRemoteError(failure, {
      target: this.#handle.sessionId,
      operation: "prompt",
      notFound: "session_not_found",
      payload: () => this.#payload("failed", answer),
    });
  }

  /** The caller wants no more: takes a queued prompt back, stops a run, and waits a moment for how it ends. */
  async #stop(): Promise<PromptPayload> {
    const { signal } = this.#context.signal.reason as StopReason;
    const answer = this.#acceptance === undefined ? undefined : await this.#interrupted();
    const isOver = answer !== undefined;
    throw new CommandError({
      kind: "interrupted",
      operation: "prompt",
      target: this.#handle.sessionId,
      message: `ended by ${signal ?? "a closed stdout"}; ${isOver ? "the run was stopped" : "the run may go on"}`,
      hint: `run \`parl sessions show ${this.#handle.sessionId}\` to see what was done`,
      payload: this.#payload(answer?.success === true ? "success" : "interrupted", answer),
    });
  }

  async #interrupted(): Promise<RemoteAnswer | undefined> {
    const { sessionId, promptId, outcome } = this.#handle;
    const ask = async (): Promise<RemoteAnswer> => {
      const isQueued = this.#acceptance?.modeApplied === "queue";
      // Never somebody else's run: one that is only queued is taken back.
      const isTakenBack = isQueued && (await this.#takeBack(promptId));
      if (!isTakenBack) await this.#client.sessions.interrupt(sessionId);
      return outcome;
    };
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, stopMs, undefined);
    const giveUp = (): void => resolve(undefined);
    this.#context.secondSignal.addEventListener("abort", giveUp, { once: true });
    try {
      return await Promise.race([ask(), late]);
    } catch (thrown) {
      if (thrown instanceof RemoteRequestError) return undefined;
      throw thrown;
    } finally {
      clearTimeout(timer);
      this.#context.secondSignal.removeEventListener("abort", giveUp);
    }
  }

  async #takeBack(promptId: string): Promise<boolean> {
    try {
      await this.#client.cancelPrompt(promptId);
      return true;
    } catch (thrown) {
      if (thrown instanceof RemoteRequestError) return false;
      throw thrown;
    }
  }

  #payload(outcome: PromptPayload["outcome"], answer?: RemoteAnswer): PromptPayload {
    const { sessionId, promptId } = this.#handle;
    const acceptance = this.#acceptance;
    const { usage } = answer ?? {};
    return {
      prompt: this.#prompt,
      prompt_id: promptId,
      session_id: acceptance?.sessionId ?? sessionId,
      created: acceptance?.created ?? null,
      agent: acceptance?.agent ?? null,
      working_directory: acceptance?.workingDirectory ?? null,
      mode_applied: acceptance?.modeApplied ?? null,
      queue_position: acceptance?.queuePosition ?? null,
      outcome: answer !== undefined && isInterrupted(answer) ? "interrupted" : outcome,
      agent_run_id: answer?.runId ?? null,
      text: answer?.text ?? null,
      truncated: answer?.isTruncated ?? false,
      usage:
        usage === undefined
          ? null
          : {
              input_tokens: usage.input_tokens,
              output_tokens: usage.output_tokens,
              cache_creation_input_tokens: usage.cache_creation_input_tokens ?? null,
              cache_read_input_tokens: usage.cache_read_input_tokens ?? null,
            },
      total_cost_usd: answer?.totalCostUsd ?? null,
      finished_at: answer?.timestamp ?? null,
    };
  }
}
