/**
 * The log of a session whose agent keeps no files: records of our own in the store ([HIST-1]). It is only appended to, and
 * every record of it is a message, so that the number of one is the number of the other. Durable first, told afterwards,
 * one append after another. Knows nothing of agents, runs or sockets.
 */
import type { OwnRecord, SessionLog, SessionTail, TurnAnswer } from "../catalog.ts";
import { isFields } from "../log/content-block.ts";
import { FactsBuilder } from "../log/facts-builder.ts";
import type { FileFacts } from "../log/log-reader.ts";
import { recordTime, toLogRecord } from "../log/log-record.ts";
import { ownMessage } from "../log/own-message.ts";
import type { LogMessage } from "../session.ts";
import type { RemoteStore, SessionEventRow } from "../../store/remote-store.ts";

const PAGE = 100;

export type EventStore = Pick<RemoteStore, "appendSessionEvents" | "readSessionEvents">;

export class OwnLog {
  readonly sessionId: string;
  readonly #store: EventStore;
  readonly #facts = new FactsBuilder();
  #startSeq = 1;
  #endSeq = 0;
  #lastTime = 0;
  #newest: LogMessage | undefined;
  #appending: Promise<unknown> = Promise.resolve();
  /** Set when it is first numbered for a client: from then on its messages are told. */
  logId: string | undefined;

  constructor(sessionId: string, store: EventStore) {
    this.sessionId = sessionId;
    this.#store = store;
  }

  get count(): number {
    return this.#endSeq;
  }

  get facts(): FileFacts {
    return this.#facts.facts();
  }

  get log(): SessionLog {
    return this.#logTo(this.#endSeq);
  }

  /** What lists need of a log that is there: its ends, and as much from its beginning as its name takes. */
  async restore(summary: { count: number; first: SessionEventRow; last: SessionEventRow }): Promise<void> {
    const { first, last } = summary;
    this.#startSeq = first.seq;
    this.#add(first);
    let from = first.seq + 1;
    while (this.#facts.facts().firstPrompt === undefined && from < last.seq) {
      const rows = await this.#store.readSessionEvents(this.sessionId, from, Math.min(from + PAGE, last.seq) - 1);
      for (const row of rows) this.#add(row);
      from += PAGE;
    }
    if (last.seq > this.#endSeq) this.#add(last);
  }

  /** Durable when it resolves; `told` is called with the new messages, in order, before anything else can be appended. */
  append(
    records: readonly OwnRecord[],
    told: (messages: readonly LogMessage[], log: SessionLog) => void,
  ): Promise<void> {
    const appended = this.#appending.then(async () => {
      const rows = await this.#store.appendSessionEvents(
        this.sessionId,
        records.map((record) => ({ id: record.uuid, recordJson: JSON.stringify(record) })),
      );
      const messages = rows.flatMap((row) => this.#add(row) ?? []);
      if (messages.length > 0) told(messages, this.log);
    });
    this.#appending = appended.catch(() => undefined);
    return appended;
  }

  tail(): SessionTail {
    const newest = this.#newest;
    return {
      length: this.#endSeq,
      lastRecordId: newest?.id ?? null,
      isTurnFinished: newest?.kind === "reply" || newest?.kind === "api_error",
      grewAt: this.#lastTime,
      hasRecord: async (id) => (await this.#seqOf(id, this.#endSeq)) !== undefined,
      answerTo: (promptId) => this.#answerTo(promptId),
    };
  }

  /** Takes a record in as the newest. */
  #add(row: SessionEventRow): LogMessage | undefined {
    const message = this.#toMessage(row);
    this.#endSeq = row.seq;
    if (message === undefined) return undefined;
    const record: unknown = JSON.parse(row.recordJson);
    const passed = isFields(record) ? toLogRecord(record) : undefined;
    if (!isFields(record) || passed === undefined) return undefined;
    this.#facts.addOrigin(record, recordTime(record));
    this.#facts.addMessage(message.id, message.parentId, passed, message.timestamp);
    this.#lastTime = message.timestamp;
    this.#newest = message;
    return message;
  }

  #toMessage({ seq, recordJson }: SessionEventRow): LogMessage | undefined {
    return ownMessage(JSON.parse(recordJson) as OwnRecord, { seq, fallbackTime: this.#lastTime });
  }

  #logTo(endSeq: number): SessionLog {
    const startSeq = this.#startSeq;
    return {
      sessionId: this.sessionId,
      logId: this.logId ?? "",
      endSeq,
      startSeq,
      seqOf: (messageId) => this.#seqOf(messageId, endSeq),
      read: (fromSeq, toSeq) => this.#read(Math.max(fromSeq, startSeq), Math.min(toSeq, endSeq)),
      readBackwards: (beforeSeq, afterSeq) =>
        this.#readBackwards(Math.min(beforeSeq, endSeq + 1), Math.max(afterSeq, startSeq - 1)),
    };
  }

  async #read(fromSeq: number, toSeq: number): Promise<LogMessage[]> {
    const messages: LogMessage[] = [];
    for (let from = fromSeq; from <= toSeq; from += PAGE) {
      const rows = await this.#store.readSessionEvents(this.sessionId, from, Math.min(from + PAGE - 1, toSeq));
      messages.push(...rows.flatMap((row) => this.#toMessage(row) ?? []));
    }
    return messages;
  }

  async *#readBackwards(beforeSeq: number, afterSeq: number): AsyncGenerator<readonly LogMessage[]> {
    for (let to = beforeSeq - 1; to > afterSeq; to -= PAGE) {
      yield (await this.#read(Math.max(to - PAGE + 1, afterSeq + 1), to)).reverse();
    }
  }

  /** What is asked for is mostly near the end. */
  async #seqOf(id: string, endSeq: number): Promise<number | undefined> {
    for await (const batch of this.#readBackwards(endSeq + 1, this.#startSeq - 1)) {
      const found = batch.find((message) => message.id === id);
      if (found !== undefined) return found.seq;
    }
    return undefined;
  }

  async #answerTo(promptId: string): Promise<TurnAnswer | undefined> {
    const start = await this.#seqOf(promptId, this.#endSeq);
    if (start === undefined) return undefined;
    let text = "";
    let isFinished = false;
    for (let from = start + 1; from <= this.#endSeq; from += PAGE) {
      for (const message of await this.#read(from, Math.min(from + PAGE - 1, this.#endSeq))) {
        if (message.kind === "prompt") return { isFinished, text };
        isFinished = message.kind === "reply";
        if (message.kind === "reply") text = message.text;
      }
    }
    return { isFinished, text };
  }
}
