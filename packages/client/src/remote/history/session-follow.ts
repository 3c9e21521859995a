/**
 * One session that a client follows: subscribes on every connection from its own cursor, merges what comes, and asks for
 * what is missing until it is there or two answers in a row brought nothing new ([CLIENT-1], [CLIENT-3], [CLIENT-4]).
 * It must not know sockets or ids of requests; one question is under way at a time.
 * States: offline → asking → settled → offline …; ended for good by `stop`.
 */
import type { RemoteClientMessageOf, RemoteMessageItem, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { RemoteRequestError } from "../requests/remote-request-error.ts";
import type { HistoryFrame, MissingPart, SessionView } from "./session-view.ts";

export type SubscribeMessage = RemoteClientMessageOf<"subscribe">;

/** What a frame changed in a view. */
export interface HistoryChange {
  readonly sessionId: string;
  /** Oldest first. */
  readonly added: readonly RemoteMessageItem[];
  /** What was known before is gone; `added` is all there is. */
  readonly wasReset: boolean;
  /** It was pushed as it happened, and is no answer about the past ([CLIENT-7]). */
  readonly isLive: boolean;
  readonly view: SessionView;
}

export interface SessionFollowOptions {
  readonly view: SessionView;
  /** Of the first answer of a session nothing is known of yet. */
  readonly limit: number | undefined;
  readonly fillGaps: boolean;
  /** Sends `subscribe` and resolves with its answer, which `take` got before. Rejects with `RemoteRequestError`. */
  ask(message: SubscribeMessage): Promise<RemoteServerMessageOf<"session_history">>;
  unsubscribe(): void;
  changed(change: HistoryChange): void;
  /** Nothing more is asked for: the history is whole, or as whole as it can be on this connection. */
  settled(): void;
  /** The session cannot be followed, at least on this connection. */
  failed(error: RemoteRequestError): void;
}

/** So many answers in a row without anything new end the asking ([CLIENT-4]). */
const EMPTY_ANSWERS = 2;

export class SessionFollow {
  readonly view: SessionView;
  readonly #options: SessionFollowOptions;
  /** Parts that were asked for in vain on this connection. */
  readonly #givenUp = new Set<string>();
  #isOnline = false;
  #isEnded = false;
  /** Counts connections, so that an answer of an earlier one is known. */
  #connection = 0;
  #work: Promise<void> | undefined;
  #isSubscribed = false;
  /** How many messages an answer brought, for the one who asked. */
  readonly #brought = new WeakMap<HistoryFrame, number>();

  constructor(options: SessionFollowOptions) {
    this.view = options.view;
    this.#options = options;
  }

  get sessionId(): string {
    return this.view.sessionId;
  }

  /** Nothing is missing, or nothing more can be had on this connection. */
  get isSettled(): boolean {
    return this.#isSubscribed && this.#nextMissing() === undefined;
  }

  connected(): void {
    this.#isOnline = true;
    this.#connection += 1;
    this.#givenUp.clear();
    this.#isSubscribed = false;
    this.#go();
  }

  disconnected(): void {
    this.#isOnline = false;
    this.#isSubscribed = false;
    this.#work = undefined;
  }

  /** Asks again after `failed`. */
  retry(): void {
    this.#givenUp.clear();
    this.#go();
  }

  stop(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#isOnline) this.#options.unsubscribe();
  }

  /**
   * Answers and pushes alike, as they come: whoever asked goes on later, and by then a push may be there that belongs behind
   * the answer.
   */
  take(frame: HistoryFrame, isAnswer: boolean): void {
    if (this.#isEnded) return;
    if (isAnswer) this.#isSubscribed = true;
    const { added, wasReset } = this.view.merge(frame);
    if (isAnswer) this.#brought.set(frame, wasReset ? Math.max(1, added.length) : added.length);
    if (added.length > 0 || wasReset) {
      const isLive = !isAnswer && (frame.type === "session_updated" || frame.live);
      this.#options.changed({ sessionId: this.sessionId, added, wasReset, isLive, view: this.view });
    }
    this.#go();
  }

  /**
   * Loads the page before the oldest message here; answers how many messages it brought. Rejects with `RemoteRequestError`.
   */
  async loadOlder(limit?: number): Promise<number> {
    const first = this.view.messages[0];
    if (first === undefined || !this.view.hasOlder || this.view.isFull) return 0;
    // No cursor: it would leave out what is before it.
    const answer = await this.#options.ask(
      this.#subscribe({ before_seq: first.seq, ...(limit === undefined ? {} : { limit }) }),
    );
    return this.#brought.get(answer) ?? 0;
  }

  #go(): void {
    if (!this.#isOnline || this.#isEnded || this.#work !== undefined) return;
    if (this.#isSubscribed && this.#nextMissing() === undefined) return;
    const connection = this.#connection;
    const work = this.#askUntilWhole(connection)
      .catch((thrown: unknown) => {
        if (!(thrown instanceof RemoteRequestError)) throw thrown;
        if (connection !== this.#connection || !this.#isOnline || this.#isEnded) return;
        // What is refused once would be refused again and again.
        for (const part of this.view.missing) this.#givenUp.add(keyOf(part));
        this.#options.failed(thrown);
      })
      .finally(() => {
        if (this.#work !== work) return;
        this.#work = undefined;
        // A push may have come while the last answer was on its way.
        if (this.isSettled) this.#options.settled();
        else if (this.#isSubscribed) this.#go();
      });
    this.#work = work;
  }

  async #askUntilWhole(connection: number): Promise<void> {
    const isPresent = (): boolean => connection === this.#connection && this.#isOnline && !this.#isEnded;
    if (!this.#isSubscribed) {
      await this.#options.ask(this.#fromCursor());
      if (!isPresent()) return;
    }
    let empty = 0;
    for (let part = this.#nextMissing(); part !== undefined; part = this.#nextMissing()) {
      const answer = await this.#options.ask(
        part.beforeSeq === null ? this.#fromCursor() : this.#subscribe({ before_seq: part.beforeSeq }, part.afterSeq),
      );
      if (!isPresent()) return;
      empty = (this.#brought.get(answer) ?? 0) > 0 ? 0 : empty + 1;
      if (empty < EMPTY_ANSWERS) continue;
      this.#givenUp.add(keyOf(part));
      empty = 0;
    }
  }

  #nextMissing(): MissingPart | undefined {
    if (!this.#options.fillGaps) return undefined;
    return this.view.missing.find((part) => !this.#givenUp.has(keyOf(part)));
  }

  #fromCursor(): SubscribeMessage {
    const { limit } = this.#options;
    const { cursor } = this.view;
    if (cursor !== undefined) return this.#subscribe({}, cursor.seq);
    return this.#subscribe(limit === undefined ? {} : { limit });
  }

  #subscribe(fields: Partial<SubscribeMessage>, afterSeq?: number): SubscribeMessage {
    const { logId, sessionId } = this.view;
    const message: SubscribeMessage = { type: "subscribe", session_id: sessionId, ...fields };
    if (afterSeq === undefined || logId === undefined) return message;
    const { cursor } = this.view;
    const messageId = cursor?.seq === afterSeq ? cursor.messageId : undefined;
    return {
      ...message,
      last_seq: afterSeq,
      log_id: logId,
      ...(messageId === undefined ? {} : { last_message_id: messageId }),
    };
  }
}

/** A part that became smaller is another one: something came of asking. */
function keyOf({ afterSeq, beforeSeq }: MissingPart): string {
  return `${afterSeq}-${beforeSeq ?? "end"}`;
}
