/**
 * What a client knows of one session's log, merged from answers and pushes in whatever order they come ([CLIENT-3]): by id,
 * in the order of `seq`. It must not know sockets, requests or time; whoever has it asks for what `missing` names.
 *
 * The log is kept from where the first answer began, so what is older is no hole but history that was not loaded yet.
 * The cursor is the end of the first contiguous range, whatever lies behind a hole.
 */
import type { RemoteHistoryGap, RemoteMessageItem, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { SeqRanges } from "./seq-ranges.ts";

export type HistoryFrame = RemoteServerMessageOf<"session_history"> | RemoteServerMessageOf<"session_updated">;

/** Where to go on from, as `subscribe` wants it ([SUB-4]). */
export interface HistoryCursor {
  readonly logId: string;
  readonly seq: number;
  /** Absent where the log itself no longer holds the message of that number. */
  readonly messageId: string | undefined;
}

/** What the log has and the view has not: between two known messages, or behind the last one (`beforeSeq` null). */
export interface MissingPart {
  readonly afterSeq: number;
  readonly beforeSeq: number | null;
}

export interface MergeResult {
  /** New to the view, in the order of `seq`. */
  readonly added: readonly RemoteMessageItem[];
  /** What was known before is gone ([HIST-11]). */
  readonly wasReset: boolean;
}

/** A view as it can be kept somewhere; only what is contiguous, so that it can be gone on from. */
export interface HistorySnapshot {
  readonly logId: string;
  readonly messages: readonly RemoteMessageItem[];
  readonly hasOlder: boolean;
}

const DEFAULT_MAX_MESSAGES = 20_000;
const nothing: MergeResult = { added: [], wasReset: false };

export class SessionView {
  readonly sessionId: string;
  readonly #maxMessages: number;
  readonly #seqs = new SeqRanges();
  readonly #ids = new Set<string>();
  #messages: RemoteMessageItem[] = [];
  #logId: string | undefined;
  #endSeq = 0;
  #hasOlder = false;
  /** An answer without messages spoke of another log: the next one will bring it. */
  #isDoubtful = false;

  /** `maxMessages`: beyond it the oldest go, to be loaded again when somebody wants them. */
  constructor(
    sessionId: string,
    options: { maxMessages?: number | undefined; snapshot?: HistorySnapshot | undefined } = {},
  ) {
    this.sessionId = sessionId;
    this.#maxMessages = options.maxMessages ?? DEFAULT_MAX_MESSAGES;
    const { snapshot } = options;
    if (snapshot === undefined) return;
    this.#logId = snapshot.logId;
    this.#hasOlder = snapshot.hasOlder;
    this.#add(snapshot.messages);
  }

  /** Oldest first; there may be holes, see `missing`. */
  get messages(): readonly RemoteMessageItem[] {
    return this.#messages;
  }

  get logId(): string | undefined {
    return this.#logId;
  }

  /** The newest number the server told of. */
  get endSeq(): number {
    return this.#endSeq;
  }

  /** The log has messages older than the first one here. */
  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  get isFull(): boolean {
    return this.#messages.length >= this.#maxMessages;
  }

  /** The largest contiguous number; undefined while nothing is known. */
  get cursor(): HistoryCursor | undefined {
    const seq = this.#seqs.list[0]?.last;
    if (seq === undefined || this.#logId === undefined) return undefined;
    return { logId: this.#logId, seq, messageId: this.#find(seq)?.id };
  }

  /** From the oldest on. */
  get missing(): readonly MissingPart[] {
    const ranges = this.#seqs.list;
    const parts: MissingPart[] = [];
    for (const [index, { last }] of ranges.entries()) {
      const next = ranges[index + 1];
      if (next !== undefined) parts.push({ afterSeq: last, beforeSeq: next.first });
      else if (last < this.#endSeq || this.#isDoubtful) parts.push({ afterSeq: last, beforeSeq: null });
    }
    return parts;
  }

  merge(frame: HistoryFrame): MergeResult {
    const isHistory = frame.type === "session_history";
    const gap = isHistory ? frame.gap : null;
    const endSeq = isHistory ? frame.end_seq : frame.last_seq;
    const isOther = this.#logId !== undefined && frame.log_id !== this.#logId;
    // A cursor beyond the log's end cannot be of this log, whatever its id says.
    const mustDrop = isOther || (isHistory && frame.log_reset === true) || gap?.reason === "client_ahead";
    if (frame.messages.length === 0) {
      // Nothing newer. Only a log that says it is empty takes away what was there ([CLIENT-3], [SUB-7]).
      if (!mustDrop) {
        this.#logId ??= frame.log_id;
        this.#endSeq = Math.max(this.#endSeq, endSeq);
        this.#cover(gap);
        return nothing;
      }
      if (endSeq > 0 || !isHistory) {
        this.#isDoubtful = true;
        return nothing;
      }
    }
    this.#isDoubtful = false;
    const wasReset = mustDrop && this.#logId !== undefined;
    if (mustDrop) this.#clear();
    this.#logId = frame.log_id;
    this.#endSeq = Math.max(this.#endSeq, endSeq);
    this.#cover(gap);
    const firstBefore = this.#messages[0]?.seq;
    const added = this.#add(frame.messages);
    const first = this.#messages[0]?.seq;
    if (isHistory && first !== undefined && frame.messages[0]?.seq === first) this.#hasOlder = frame.has_more;
    else if (first !== firstBefore) this.#hasOlder = first !== undefined && first > 1;
    this.#trim();
    return { added, wasReset };
  }

  /** The part before the first hole, for a cache; undefined while nothing is known. */
  snapshot(): HistorySnapshot | undefined {
    const { cursor } = this;
    if (cursor === undefined) return undefined;
    const messages = this.#messages.filter(({ seq }) => seq <= cursor.seq);
    return { logId: cursor.logId, messages, hasOlder: this.#hasOlder };
  }

  /** What the server no longer holds is no hole: nobody will ever fill it ([SUB-9]). */
  #cover(gap: RemoteHistoryGap | null): void {
    if (gap?.reason !== "pruned" || gap.before_seq - gap.after_seq < 2) return;
    if (this.#seqs.list.length > 0) this.#seqs.add(gap.after_seq + 1, gap.before_seq - 1);
  }

  #add(messages: readonly RemoteMessageItem[]): RemoteMessageItem[] {
    const added: RemoteMessageItem[] = [];
    for (const message of messages) {
      if (this.#seqs.has(message.seq) || this.#ids.has(message.id)) continue;
      this.#ids.add(message.id);
      this.#seqs.add(message.seq, message.seq);
      added.push(message);
    }
    if (added.length === 0) return added;
    added.sort((a, b) => a.seq - b.seq);
    const isAfterAll = (added[0]?.seq ?? 0) > (this.#messages.at(-1)?.seq ?? 0);
    this.#messages = [...this.#messages, ...added];
    if (!isAfterAll) this.#messages.sort((a, b) => a.seq - b.seq);
    return added;
  }

  #find(seq: number): RemoteMessageItem | undefined {
    let low = 0;
    let high = this.#messages.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const message = this.#messages[middle];
      if (message === undefined || message.seq > seq) high = middle - 1;
      else if (message.seq < seq) low = middle + 1;
      else return message;
    }
    return undefined;
  }

  #trim(): void {
    const surplus = this.#messages.length - this.#maxMessages;
    if (surplus <= 0) return;
    const dropped = this.#messages.slice(0, surplus);
    this.#messages = this.#messages.slice(surplus);
    for (const { id } of dropped) this.#ids.delete(id);
    this.#seqs.dropBelow(this.#messages[0]?.seq ?? 0);
    this.#hasOlder = true;
  }

  #clear(): void {
    this.#messages = [];
    this.#ids.clear();
    this.#seqs.clear();
    this.#endSeq = 0;
    this.#hasOlder = false;
  }
}
