import type { TurnAnswer } from "../catalog.ts";
import type { LogMessage } from "../session.ts";
import type { DraftMessage } from "./log-builder.ts";
import type { LogLane } from "./log-lane.ts";
import { MARK_EVERY, type FilePages, type FileState, type SessionFile } from "./log-reader.ts";
import { anchorOf } from "./page-anchor.ts";
import type { PageAnswer, PageStart } from "./read-page.ts";
import { indexOfPrint, PRINT_CHARS, printOf } from "./print-row.ts";

export interface ThreadFilePagesOptions {
  readonly lane: LogLane;
  readonly file: SessionFile;
  readonly state: FileState;
  readonly finish: (drafts: readonly DraftMessage[], before: number) => Promise<readonly LogMessage[]>;
}

const FIRST_BYTES = 128 * 1024;
const MOST_BYTES = 1024 * 1024;

/** Pages of a file as of a state, found by the state's marks and read by a thread. */
export class ThreadFilePages implements FilePages {
  readonly #options: ThreadFilePagesOptions;

  constructor(options: ThreadFilePagesOptions) {
    this.#options = options;
  }

  async read(fromSeq: number, toSeq: number): Promise<readonly LogMessage[]> {
    const batches: (readonly LogMessage[])[] = [];
    for await (const batch of this.#batches(toSeq + 1, fromSeq - 1)) batches.push(batch);
    return batches.toReversed().flat();
  }

  async *readBackwards(beforeSeq: number, afterSeq: number): AsyncGenerator<readonly LogMessage[]> {
    for await (const batch of this.#batches(beforeSeq, afterSeq)) yield batch.toReversed();
  }

  async seqOf(messageId: string): Promise<number | undefined> {
    const { idPrints } = this.#options.state;
    const print = printOf(messageId);
    for (let from = 0; ;) {
      const index = indexOfPrint(from === 0 ? idPrints : idPrints.slice(from), print);
      if (index === -1) return undefined;
      const seq = from / PRINT_CHARS + index + 1;
      const [message] = await this.read(seq, seq);
      if (message?.id === messageId) return seq;
      from = seq * PRINT_CHARS;
    }
  }

  hasRecord(id: string): Promise<boolean> {
    const { lane, file, state } = this.#options;
    return lane.run<"has">({ kind: "has", file, anchor: anchorOf(state), id });
  }

  answerTo(promptId: string): Promise<TurnAnswer | undefined> {
    const { lane, file, state } = this.#options;
    return lane.run<"answer">({ kind: "answer", file, anchor: anchorOf(state), id: promptId });
  }

  /** Newest batch first, each of them oldest first. */
  async *#batches(beforeSeq: number, afterSeq: number): AsyncGenerator<readonly LogMessage[]> {
    const { lane, file, state, finish } = this.#options;
    if (afterSeq + 1 >= beforeSeq || afterSeq >= state.count || beforeSeq <= 1) return;
    let start: PageStart | undefined = this.#startBefore(beforeSeq);
    for (let bytes = FIRST_BYTES; start !== undefined; bytes = Math.min(bytes * 2, MOST_BYTES)) {
      const anchor = anchorOf(state);
      const page: PageAnswer = await lane.run<"page">({
        kind: "page",
        file,
        anchor,
        start,
        beforeSeq,
        afterSeq,
        bytes,
      });
      const messages = await finish(page.drafts, page.offset);
      if (messages.length > 0) yield messages;
      start = page.next;
    }
  }

  /** The nearest known place at or behind the message before `beforeSeq`. */
  #startBefore(beforeSeq: number): PageStart {
    const { marks, count, offset } = this.#options.state;
    const index = Math.ceil((beforeSeq - 1) / MARK_EVERY);
    const mark = marks[index];
    return mark === undefined ? { offset, seq: count } : { offset: mark, seq: index * MARK_EVERY };
  }
}
