/**
 * Questions that wait for their answers by `correlation_id` ([CONN-8]). Some answers are told to everybody and so may come
 * without it: those are known by what they are about. It must not know connections: its owner writes, hands it frames and
 * says when the connection is lost. A question ends by answer, refusal, time limit or loss, once.
 */
import type {
  RemoteClientMessage,
  RemoteServerMessage,
  RemoteServerMessageOf,
  RemoteServerMessageType,
} from "@parlatory/protocol/remote";
import type { Clock, Timer } from "../../platform.ts";
import { RemoteRequestError, refusalOf } from "./remote-request-error.ts";

export interface RemoteQuestion<Answer extends RemoteServerMessageType> {
  readonly message: RemoteClientMessage;
  readonly answer: Answer;
  /** Beside `error` and `session_locked`: a type that refuses, with its text in `error`. */
  readonly refusal?: "compaction_error" | "command_error" | "worktree_session_error" | "infer_name_error" | undefined;
  /** Whether an answer without our id is about the same thing. */
  readonly isAbout?: ((frame: RemoteServerMessage) => boolean) | undefined;
  /** Frames of the same question before its answer. */
  readonly each?: ((frame: RemoteServerMessage) => void) | undefined;
  /** From writing to the answer; default that of the client. */
  readonly limitMs?: number | undefined;
}

export interface RemoteRequestsOptions {
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** Writes now or later; calls `expired` when it never will. */
  write(text: string, written: () => void, expired: (why: string) => void): void;
}

interface Pending {
  readonly question: RemoteQuestion<RemoteServerMessageType>;
  readonly resolve: (frame: RemoteServerMessage) => void;
  readonly reject: (error: RemoteRequestError) => void;
  timer: Timer | undefined;
}

/** Questions without an answer at most; the next one is refused here. */
const MAX_PENDING = 1_000;

export class RemoteRequests {
  readonly #options: RemoteRequestsOptions;
  readonly #pending = new Map<string, Pending>();
  #lastId = 0;

  constructor(options: RemoteRequestsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Resolves with the answer. Rejects with `RemoteRequestError`. */
  ask<Answer extends RemoteServerMessageType>(
    question: RemoteQuestion<Answer>,
  ): Promise<RemoteServerMessageOf<Answer>> {
    const { type } = question.message;
    if (this.#pending.size >= MAX_PENDING) {
      const message = `${type} was not sent: ${MAX_PENDING} requests wait for an answer already`;
      return Promise.reject(new RemoteRequestError("limit_reached", message));
    }
    const id = `q${++this.#lastId}`;
    return new Promise((resolve, reject) => {
      const entry: Pending = {
        question,
        resolve: resolve as (frame: RemoteServerMessage) => void,
        reject,
        timer: undefined,
      };
      this.#pending.set(id, entry);
      this.#options.write(
        JSON.stringify({ ...question.message, correlation_id: id }),
        () => {
          if (this.#pending.get(id) === entry) entry.timer = this.#startLimit(id, question);
        },
        (why) => this.#fail(id, new RemoteRequestError("server_unreachable", `${type} was not sent: ${why}`)),
      );
    });
  }

  /** Sends what has no answer; resolves when it was written. Rejects with `RemoteRequestError`. */
  tell(message: RemoteClientMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#options.write(JSON.stringify(message), resolve, (why) =>
        reject(new RemoteRequestError("server_unreachable", `${message.type} was not sent: ${why}`)),
      );
    });
  }

  /** Takes what answers a question; tells whether it did. */
  take(frame: RemoteServerMessage): boolean {
    const { correlation_id: given } = frame;
    const id = given ?? this.#findByContent(frame);
    const entry = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || entry === undefined) return false;
    const { question } = entry;
    if (frame.type === question.answer) {
      this.#end(id, entry);
      entry.resolve(frame);
    } else if (frame.type === "error" || frame.type === "session_locked") {
      this.#end(id, entry);
      entry.reject(refusalOf(frame));
    } else if (frame.type === question.refusal) {
      this.#end(id, entry);
      entry.reject(refusalIn(frame as RemoteServerMessageOf<NonNullable<typeof question.refusal>>));
    } else {
      question.each?.(frame);
    }
    return true;
  }

  /** Fails what was written; what waits to be written stays. */
  connectionLost(): void {
    for (const [id, { timer, question }] of this.#pending) {
      if (timer === undefined) continue;
      const message = `the connection was lost before ${question.message.type} was answered; whether it was carried out is not known`;
      this.#fail(id, new RemoteRequestError("connection_lost", message));
    }
  }

  #findByContent(frame: RemoteServerMessage): string | undefined {
    for (const [id, { question }] of this.#pending) {
      const fits = frame.type === question.answer || frame.type === question.refusal;
      if (fits && question.isAbout?.(frame) === true) return id;
    }
    return undefined;
  }

  #startLimit(id: string, { message, limitMs }: RemoteQuestion<RemoteServerMessageType>): Timer {
    const ms = limitMs ?? this.#options.requestTimeoutMs;
    return this.#options.clock.startTimer(ms, () => {
      this.#fail(id, new RemoteRequestError("no_answer", `${message.type} was not answered within ${ms} ms`));
    });
  }

  #end(id: string, entry: Pending): void {
    this.#pending.delete(id);
    entry.timer?.cancel();
  }

  #fail(id: string, error: RemoteRequestError): void {
    const entry = this.#pending.get(id);
    if (entry === undefined) return;
    this.#end(id, entry);
    entry.reject(error);
  }
}

type RefusalFrame = RemoteServerMessageOf<
  "compaction_error" | "command_error" | "worktree_session_error" | "infer_name_error"
>;

/** These have no code of their own; what they are about is in their text. */
function refusalIn(frame: RefusalFrame): RemoteRequestError {
  const details = "details" in frame && frame.details !== undefined ? { details: frame.details } : {};
  return new RemoteRequestError(frame.type, frame.error, details);
}
