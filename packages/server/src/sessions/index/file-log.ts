import type { SessionLog } from "../catalog.ts";
import type { FilePages } from "../log/log-reader.ts";
import type { LogMessage } from "../session.ts";

/** The log of a file as of one state of it: what was appended later is not in it. */
export class FileLog implements SessionLog {
  readonly sessionId: string;
  readonly logId: string;
  readonly endSeq: number;
  readonly startSeq = 1;
  readonly #pages: FilePages;

  constructor(log: Pick<SessionLog, "sessionId" | "logId" | "endSeq">, pages: FilePages) {
    this.sessionId = log.sessionId;
    this.logId = log.logId;
    this.endSeq = log.endSeq;
    this.#pages = pages;
  }

  async seqOf(messageId: string): Promise<number | undefined> {
    const seq = await this.#pages.seqOf(messageId);
    return seq === undefined || seq > this.endSeq ? undefined : seq;
  }

  async read(fromSeq: number, toSeq: number): Promise<readonly LogMessage[]> {
    const [from, to] = [Math.max(fromSeq, 1), Math.min(toSeq, this.endSeq)];
    return from > to ? [] : this.#pages.read(from, to);
  }

  readBackwards(beforeSeq: number, afterSeq: number): AsyncIterable<readonly LogMessage[]> {
    return this.#pages.readBackwards(Math.min(beforeSeq, this.endSeq + 1), Math.max(afterSeq, 0));
  }
}
