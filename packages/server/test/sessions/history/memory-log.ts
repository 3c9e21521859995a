import type { SessionLog } from "../../../src/sessions/catalog.ts";
import type { LogMessage } from "../../../src/sessions/session.ts";
import { filler, idOf } from "../log/conversation.ts";

export const SESSION = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
export const LOG = "9c41d2ab03e7f515";

/** A log of given messages. */
export class MemoryLog implements SessionLog {
  readonly sessionId = SESSION;
  readonly logId: string = LOG;
  readonly startSeq: number;
  readonly messages: readonly LogMessage[];
  /** How many messages were given out, to see that no more is read than is needed. */
  given = 0;

  constructor(messages: readonly LogMessage[], startSeq = 1) {
    this.messages = messages;
    this.startSeq = startSeq;
  }

  get endSeq(): number {
    return this.startSeq + this.messages.length - 1;
  }

  seqOf(messageId: string): Promise<number | undefined> {
    return Promise.resolve(this.messages.find(({ id }) => id === messageId)?.seq);
  }

  read(fromSeq: number, toSeq: number): Promise<readonly LogMessage[]> {
    return Promise.resolve(this.messages.filter(({ seq }) => seq >= fromSeq && seq <= toSeq));
  }

  async *readBackwards(beforeSeq: number, afterSeq: number): AsyncGenerator<readonly LogMessage[]> {
    const wanted = this.messages.filter(({ seq }) => seq > afterSeq && seq < beforeSeq).toReversed();
    for (let at = 0; at < wanted.length; at += 7) {
      const batch = wanted.slice(at, at + 7);
      this.given += batch.length;
      yield await Promise.resolve(batch);
    }
  }
}

export function messageAt(seq: number, fields: Partial<LogMessage> = {}): LogMessage {
  const text = fields.text ?? filler(20 + ((seq * 37) % 400), seq);
  return {
    id: idOf(seq),
    seq,
    role: seq % 2 === 1 ? "user" : "assistant",
    kind: seq % 2 === 1 ? "prompt" : "reply",
    timestamp: Date.UTC(2026, 2, 1, 9, 0, seq),
    parentId: seq === 1 ? null : idOf(seq - 1),
    blocks: [{ type: "text", text }],
    ...fields,
    text,
  };
}

export function messagesTo(count: number, textOf: (seq: number) => string | undefined = () => undefined): LogMessage[] {
  return Array.from({ length: count }, (_, i) => {
    const text = textOf(i + 1);
    return messageAt(i + 1, text === undefined ? {} : { text, blocks: [{ type: "text", text }] });
  });
}
