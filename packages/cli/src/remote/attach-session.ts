/**
 * `parl attach`: follows a session and takes what is typed as prompts and orders. With a terminal it stays until the end of
 * input, `/quit` or Ctrl-C; with any other stdin it goes on until what was sent has its outcome.
 */
import type { PromptHandle, PromptMode, RemoteClient } from "@parlatory/client";
import { RemoteRequestError } from "@parlatory/client";
import type { CommandContext } from "../harness/context.ts";
import { answerFailure, isInterrupted } from "./answer-failure.ts";
import { attachHelp, parseAttachLine, type AttachLine } from "./attach-line.ts";
import { openFeed } from "./follow-session.ts";
import { newUuid } from "./new-uuid.ts";
import { OrderedWork } from "./ordered-work.ts";
import { remoteFollowEnd, type RemoteFollowEnd } from "./remote-follow-end.ts";
import { withRemote } from "./with-remote.ts";

export interface AttachArguments {
  readonly sessionId: string;
  readonly mode: PromptMode;
  readonly last: number;
  readonly url: string | undefined;
}

export interface AttachPayload {
  readonly session_id: string;
  readonly prompts: number;
  readonly failed: number;
}

export async function attachSession(context: CommandContext, args: AttachArguments): Promise<AttachPayload> {
  const { sessionId, url, last } = args;
  const subject = { target: sessionId, operation: "resolve_session", notFound: "session_not_found" } as const;
  return withRemote(context, { url, subject, reconnect: true }, async (client) => {
    const end = remoteFollowEnd(context.signal, client, subject);
    const work = new OrderedWork((cause) => end.fail(cause));
    const attachment = new Attachment(context, client, { args, end, work });
    const feed = await openFeed(context, client, { sessionId, last, work, end });
    try {
      attachment.start();
      await end.ended;
      await work.drain();
    } finally {
      feed.stop();
    }
    return attachment.payload();
  });
}

interface AttachmentParts {
  readonly args: AttachArguments;
  readonly end: RemoteFollowEnd;
  readonly work: OrderedWork;
}

class Attachment {
  readonly #context: CommandContext;
  readonly #client: RemoteClient;
  readonly #args: AttachArguments;
  readonly #end: RemoteFollowEnd;
  readonly #work: OrderedWork;
  readonly #running = new Set<Promise<void>>();
  #prompts = 0;
  #failed = 0;

  constructor(context: CommandContext, client: RemoteClient, { args, end, work }: AttachmentParts) {
    this.#context = context;
    this.#client = client;
    this.#args = args;
    this.#end = end;
    this.#work = work;
  }

  payload(): AttachPayload {
    return { session_id: this.#args.sessionId, prompts: this.#prompts, failed: this.#failed };
  }

  start(): void {
    const { sessionId } = this.#args;
    const isOurs = (id: string): boolean => id.toLowerCase() === sessionId.toLowerCase();
    this.#client.on("permission_request", (request) => {
      if (isOurs(request.session_id)) this.#tellPermission(request);
    });
    for (const request of this.#client.permissions.pending) {
      if (isOurs(request.session_id)) this.#tellPermission(request);
    }
    this.#client.on("permission_resolved", ({ session_id: id, request_id: requestId, decision, reason }) => {
      if (!isOurs(id)) return;
      this.#work.add(() =>
        this.#context.emit(
          { type: "permission_resolved", session_id: id, request_id: requestId, decision, reason },
          (shown) => this.#context.style.dim(`(${shown.decision === "allow" ? "allowed" : "denied"}: ${shown.reason})`),
        ),
      );
    });
    this.#client.on("turn_complete", ({ session_id: id, prompt_id: promptId, aborted }) => {
      if (!isOurs(id)) return;
      this.#work.add(() =>
        this.#context.emit({ type: "turn_complete", session_id: id, prompt_id: promptId, aborted: aborted === true }),
      );
    });
    void this.#read();
  }

  async #read(): Promise<void> {
    try {
      for await (const line of this.#context.readStdinLines()) {
        if (!(await this.#obey(parseAttachLine(line)))) return this.#end.finish();
      }
      // Whoever pipes prompts in wants their answers; whoever ends the input at a terminal wants to leave.
      if (!this.#context.isTerminal.stdin) {
        while (this.#running.size > 0) await Promise.all(this.#running);
      }
      this.#end.finish();
    } catch (cause) {
      this.#end.fail(cause);
    }
  }

  /** False when it is time to leave. */
  async #obey(line: AttachLine): Promise<boolean> {
    const { sessionId } = this.#args;
    const { sessions } = this.#client;
    try {
      switch (line.kind) {
        case "quit":
          return false;
        case "prompt":
          this.#send(line.text, line.mode ?? this.#args.mode);
          break;
        case "interrupt":
          await sessions.interrupt(sessionId);
          break;
        case "kill":
          await sessions.kill(sessionId);
          break;
        case "unlock":
          await sessions.unlock(sessionId);
          break;
        case "compact":
          // Long, and what is typed meanwhile must not wait for it.
          this.#keep(this.#compact(line.instructions));
          break;
        case "answer":
          await this.#answer(line);
          break;
        case "help":
          for (const text of attachHelp) this.#context.note(text);
          break;
        case "incomplete":
          this.#notice(line.message);
          break;
        case "nothing":
      }
    } catch (thrown) {
      if (!(thrown instanceof RemoteRequestError)) throw thrown;
      this.#notice(thrown.message);
    }
    return true;
  }

  #send(text: string, mode: PromptMode): void {
    const handle = this.#client.prompt({
      text,
      sessionId: this.#args.sessionId,
      mode,
      promptId: newUuid(this.#context),
    });
    this.#prompts += 1;
    this.#keep(this.#followPrompt(handle));
  }

  #keep(running: Promise<void>): void {
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #followPrompt({ accepted, outcome, promptId, sessionId }: PromptHandle): Promise<void> {
    try {
      const { modeApplied, queuePosition } = await accepted;
      this.#work.add(() =>
        this.#context.emit(
          {
            type: "accepted",
            session_id: sessionId,
            prompt_id: promptId,
            mode_applied: modeApplied ?? null,
            queue_position: queuePosition ?? null,
          },
          (shown) =>
            shown.queue_position === null ? "" : this.#context.style.dim(`(queued at ${shown.queue_position})`),
        ),
      );
      const answer = await outcome;
      const failure = answerFailure(answer);
      if (failure !== undefined) this.#failed += 1;
      const word = answer.success ? "success" : isInterrupted(answer) ? "interrupted" : "failed";
      this.#work.add(() =>
        this.#context.emit(
          {
            type: "answer",
            session_id: sessionId,
            prompt_id: promptId,
            outcome: word,
            message: failure?.message ?? null,
            text: answer.text,
          },
          // The answer itself stands in the history.
          (shown) =>
            shown.outcome === "success"
              ? ""
              : `(${shown.outcome}${shown.message === null ? "" : `: ${shown.message}`})`,
        ),
      );
    } catch (thrown) {
      if (!(thrown instanceof RemoteRequestError)) return this.#end.fail(thrown);
      if (thrown.code === "client_ended") return;
      this.#failed += 1;
      this.#notice(`the prompt was not taken: ${thrown.message}`);
    }
  }

  async #compact(instructions: string | undefined): Promise<void> {
    try {
      await this.#client.sessions.compact(this.#args.sessionId, instructions);
      this.#notice("compacted");
    } catch (thrown) {
      if (!(thrown instanceof RemoteRequestError)) return this.#end.fail(thrown);
      if (thrown.code !== "client_ended") this.#notice(thrown.message);
    }
  }

  async #answer(line: Extract<AttachLine, { kind: "answer" }>): Promise<void> {
    const { decision, scope, message } = line;
    const pending = this.#client.permissions.pending.filter(
      ({ session_id: id }) => id === this.#args.sessionId.toLowerCase(),
    );
    const requestId = line.requestId ?? pending[0]?.request_id;
    if (requestId === undefined) return this.#notice("nothing is pending");
    await this.#client.permissions.answer({ requestId, decision, scope, message });
  }

  #tellPermission(request: RemoteClient["permissions"]["pending"][number]): void {
    this.#work.add(() =>
      this.#context.emit(
        {
          type: "permission_request",
          session_id: request.session_id,
          request_id: request.request_id,
          tool_name: request.tool_name,
          summary: request.summary,
          input: request.input,
          input_truncated: request.input_truncated === true,
          expires_at: request.expires_at,
        },
        (shown) => [
          this.#context.style.yellow(`The agent asks: ${shown.summary}`),
          `  /allow or /deny, until ${shown.expires_at}  ${this.#context.style.dim(shown.request_id)}`,
        ],
      ),
    );
  }

  #notice(message: string): void {
    this.#work.add(async () => {
      this.#context.note(message);
      await this.#context.emit({ type: "notice", message });
    });
  }
}
