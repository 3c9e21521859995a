/**
 * New messages of a session as frames for its subscribers ([SUB-11], [SUB-12]): in order, as many in a frame as the budget
 * takes, none left out. Hundreds of sockets ask for the same few forms; each is written once.
 */
import type { SessionLog } from "../catalog.ts";
import type { LogMessage } from "../session.ts";
import { fillEnvelope, historyEnvelope, updatedEnvelope, type MessagesEnvelope } from "./history-frame.ts";
import { writeItem, writeItemWithin, type WrittenItem } from "./message-item.ts";
import type { HistoryForm } from "./pack-history.ts";

export interface LiveForm extends HistoryForm {
  /** As `session_history` with `live: true`; else as `session_updated`. */
  readonly stream: boolean;
}

export interface LiveFrame {
  readonly frame: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

interface Written {
  readonly message: LogMessage;
  readonly item: WrittenItem;
}

export class LiveBatch {
  readonly #log: SessionLog;
  readonly #messages: readonly LogMessage[];
  readonly #items = new Map<string, readonly Written[]>();
  readonly #frames = new Map<string, readonly LiveFrame[]>();

  /** `messages`: a run of the log without a hole, in order. */
  constructor(log: SessionLog, messages: readonly LogMessage[]) {
    this.#log = log;
    this.#messages = messages;
  }

  /** The frames of this batch; with `afterSeq` only of what is behind that message. */
  frames(form: LiveForm, afterSeq?: number): readonly LiveFrame[] {
    const first = this.#messages[0]?.seq ?? 1;
    const skipped = Math.max(0, (afterSeq ?? 0) + 1 - first);
    const key = `${form.stream} ${form.lean} ${form.blocks} ${form.budgetBytes} ${skipped}`;
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const frames = this.#split(this.#itemsFor(form).slice(skipped), form);
    this.#frames.set(key, frames);
    return frames;
  }

  #itemsFor(form: LiveForm): readonly Written[] {
    const key = `${form.lean} ${form.blocks}`;
    const known = this.#items.get(key);
    if (known !== undefined) return known;
    const items = this.#messages.map((message) => ({
      message,
      item: writeItem(message, this.#log.sessionId, form),
    }));
    this.#items.set(key, items);
    return items;
  }

  #split(items: readonly Written[], form: LiveForm): readonly LiveFrame[] {
    const frames: LiveFrame[] = [];
    let taken: Written[] = [];
    let bytes = 0;
    const finish = (): void => {
      const [first] = taken;
      const last = taken.at(-1);
      if (first === undefined || last === undefined) return;
      const frame = fillEnvelope(
        this.#envelope(first.message, last.message, form),
        taken.map(({ item }) => item),
      );
      frames.push({ frame, firstSeq: first.message.seq, lastSeq: last.message.seq });
      taken = [];
      bytes = 0;
    };
    for (const written of items) {
      const { message, item } = written;
      const first = taken[0]?.message ?? message;
      const total = this.#envelope(first, message, form).bytes + bytes + taken.length + item.bytes;
      if (total > form.budgetBytes) {
        finish();
        const envelope = this.#envelope(message, message, form);
        const fitted = writeItemWithin(message, this.#log.sessionId, form, form.budgetBytes - envelope.bytes);
        taken.push({ message, item: envelope.bytes + item.bytes > form.budgetBytes ? fitted : item });
      } else taken.push(written);
      bytes += taken.at(-1)?.item.bytes ?? 0;
    }
    finish();
    return frames;
  }

  #envelope(first: LogMessage, last: LogMessage, form: LiveForm): MessagesEnvelope {
    const { sessionId, logId, endSeq, startSeq } = this.#log;
    const range = { log_id: logId, first_seq: first.seq, last_seq: last.seq };
    if (!form.stream) return updatedEnvelope(sessionId, range);
    return historyEnvelope(sessionId, {
      total_count: endSeq - startSeq + 1,
      oldest_message_id: first.id,
      newest_message_id: last.id,
      is_complete: true,
      has_more: first.seq > startSeq,
      ...range,
      end_seq: endSeq,
      gap: null,
      live: true,
    });
  }
}
