/**
 * Writes the history of a followed session message by message, each once and in order, however it came. It waits for what is
 * missing in between as long as it may still come, and says so when it will not. What waits to be written stands in the
 * view, so that a slow reader of stdout fills no queue.
 */
import type { RemoteClient, SessionFollow } from "@parlatory/client";
import type { RemoteMessageItem } from "@parlatory/protocol/remote";
import type { OrderedWork } from "./ordered-work.ts";

export interface SessionFeedWriter {
  message(message: RemoteMessageItem): Promise<void>;
  /** Messages that cannot be had; both bounds are not among them. */
  gap(afterSeq: number, beforeSeq: number): Promise<void>;
  /** The session's record was rewritten: what follows is its new history. */
  reset(): Promise<void>;
}

export class SessionFeed {
  readonly #follow: SessionFollow;
  readonly #work: OrderedWork;
  readonly #writer: SessionFeedWriter;
  readonly #stops: (() => void)[];
  #writtenTo: number | undefined;
  #mustReset = false;
  /** The last writing that was asked for, and how far it goes: what comes later stands behind what was told meanwhile. */
  #asked: { readonly work: () => Promise<void>; limit: number } | undefined;

  /** `last`: how many messages that are there already are written first. */
  constructor(
    client: RemoteClient,
    follow: SessionFollow,
    options: { readonly work: OrderedWork; readonly writer: SessionFeedWriter; readonly last: number },
  ) {
    this.#follow = follow;
    this.#work = options.work;
    this.#writer = options.writer;
    const { messages } = follow.view;
    const before = messages.at(-options.last - 1);
    // Without a message before the first one everything is new.
    this.#writtenTo = before?.seq ?? (messages[0] === undefined ? 0 : messages[0].seq - 1);
    this.#stops = [
      client.on("history", ({ sessionId, wasReset }) => {
        if (sessionId !== follow.sessionId) return;
        this.#mustReset ||= wasReset;
        this.flush();
      }),
      // What is given up as missing lets go of what waits behind it.
      client.on("historySettled", () => this.flush()),
    ];
    this.flush();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  flush(): void {
    const limit = this.#follow.view.messages.at(-1)?.seq ?? 0;
    if (this.#asked !== undefined && this.#work.isLast(this.#asked.work)) {
      this.#asked.limit = limit;
      return;
    }
    const asked = { limit, work: () => this.#write(asked) };
    this.#asked = asked;
    this.#work.add(asked.work);
  }

  async #write(asked: { readonly limit: number }): Promise<void> {
    for (;;) {
      if (this.#mustReset) {
        this.#mustReset = false;
        this.#writtenTo = undefined;
        await this.#writer.reset();
        continue;
      }
      const { view, isSettled } = this.#follow;
      const next = view.messages.find(({ seq }) => seq > (this.#writtenTo ?? 0));
      if (next === undefined || next.seq > asked.limit) return;
      const isAdjacent = this.#writtenTo === undefined || next.seq === this.#writtenTo + 1;
      // It may still come; when it cannot, the follow says that it has settled.
      if (!isAdjacent && !isSettled) return;
      if (!isAdjacent) await this.#writer.gap(this.#writtenTo ?? 0, next.seq);
      this.#writtenTo = next.seq;
      await this.#writer.message(next);
    }
  }
}
