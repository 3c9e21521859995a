/**
 * Sends without a final answer. An entry waits for a connection, is written, and then waits for its ack; after a lost
 * connection the identical text is written again, so the broker's memory of `clientMessageId` makes it one message
 * ([SEND-6], [SEND-7], [MCP-6]). It must not know what is inside a frame.
 * States of an entry: waiting → written → answered; waiting → unreachable; written → unconfirmed (reported, still
 * resent) → answered or given up.
 */
import type { AckFrame } from "@parlatory/protocol";
import type { Clock, Timer } from "../platform.ts";

export type SendAnswer =
  | { kind: "ack"; ack: AckFrame }
  /** Never written, and it will not be. */
  | { kind: "unreachable"; message: string }
  /** Written without an answer so far. */
  | { kind: "unconfirmed"; resending: boolean };

export interface OutboxOptions {
  clock: Clock;
  maxMessages: number;
  maxBytes: number;
  requestTimeoutMs: number;
  resendForMs: number;
  /** Writes now; only called while connected. */
  write(text: string): void;
  isReady(): boolean;
  /** Calls `run` once connected, or `expired` when that takes too long. */
  whenReady(waitMs: number, run: () => void, expired: () => void): void;
}

export interface OutgoingSend {
  clientMessageId: string;
  text: string;
  connectWaitMs: number;
  /** Once, or twice when the first answer was `unconfirmed` with `resending`. */
  answered(answer: SendAnswer): void;
}

interface Entry extends OutgoingSend {
  bytes: number;
  firstWrittenAt: number | undefined;
  /** Connections it was written to. */
  writes: number;
  reported: boolean;
  retry: Timer | undefined;
}

/** Refusals that say nothing about an earlier writing of the same frame. */
const TRY_AGAIN: ReadonlySet<string> = new Set(["storage_unavailable", "shutting_down", "rate_limited"]);
const RETRY_MS = 1_000;
const SWEEP_MS = 1_000;

export class Outbox {
  readonly #options: OutboxOptions;
  /** In the order of posting, which is the order of resending. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #sweep: Timer | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends without a final answer, and their bytes. */
  get load(): { messages: number; bytes: number } {
    return { messages: this.#entries.size, bytes: this.#bytes };
  }

  has(clientMessageId: string): boolean {
    return this.#entries.has(clientMessageId);
  }

  /** Takes a send, or tells why not: nothing of a send not taken will ever be written. */
  post(send: OutgoingSend): { ok: true } | { ok: false; message: string } {
    const { maxMessages, maxBytes } = this.#options;
    // Characters stand for bytes: a frame is base64 and ASCII but for the odd name.
    const bytes = send.text.length;
    if (this.#entries.size >= maxMessages) {
      return { ok: false, message: `${maxMessages} messages wait for an answer already` };
    }
    if (this.#bytes + bytes > maxBytes) {
      return { ok: false, message: `${maxBytes} bytes of messages wait for an answer already` };
    }
    const entry: Entry = { ...send, bytes, firstWrittenAt: undefined, writes: 0, reported: false, retry: undefined };
    this.#entries.set(send.clientMessageId, entry);
    this.#bytes += bytes;
    if (this.#options.isReady()) {
      this.#write(entry);
    } else {
      const expired = (): void =>
        this.#finish(entry, { kind: "unreachable", message: "the broker could not be reached" });
      this.#options.whenReady(send.connectWaitMs, () => this.#write(entry), expired);
    }
    return { ok: true };
  }

  /** Takes an ack (`id` is the clientMessageId); tells whether it was for one of ours. */
  ack(ack: AckFrame): boolean {
    const entry = this.#entries.get(ack.id);
    if (entry === undefined || entry.firstWrittenAt === undefined) return false;
    if (!ack.queued && entry.writes > 1 && TRY_AGAIN.has(ack.code ?? "")) {
      // The first writing may have been accepted, so this refusal is not the last word.
      entry.retry ??= this.#options.clock.startTimer(ack.retryAfterMs ?? RETRY_MS, () => {
        entry.retry = undefined;
        if (this.#options.isReady() && this.#entries.get(entry.clientMessageId) === entry) this.#write(entry);
      });
      return true;
    }
    this.#finish(entry, { kind: "ack", ack });
    return true;
  }

  /** Writes again, in order, what was written to an earlier connection. Call before anything new is written. */
  resend(): void {
    for (const entry of this.#entries.values()) if (entry.firstWrittenAt !== undefined) this.#write(entry);
  }

  /** Takes out the largest frame written and not answered: the one a close 1009 was about. */
  takeLargest(): OutgoingSend | undefined {
    let largest: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.firstWrittenAt !== undefined && entry.bytes > (largest?.bytes ?? 0)) largest = entry;
    }
    if (largest !== undefined) this.#remove(largest);
    return largest;
  }

  /** The client ends: everything gets its last answer. */
  end(): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.firstWrittenAt === undefined) {
        this.#finish(entry, { kind: "unreachable", message: "the client was closed" });
      } else this.#finish(entry, { kind: "unconfirmed", resending: false });
    }
    this.#sweep?.cancel();
    this.#sweep = undefined;
  }

  #write(entry: Entry): void {
    entry.firstWrittenAt ??= this.#options.clock.now();
    entry.writes++;
    this.#options.write(entry.text);
    this.#sweep ??= this.#startSweep();
  }

  #finish(entry: Entry, answer: SendAnswer): void {
    this.#remove(entry);
    entry.answered(answer);
  }

  #remove(entry: Entry): void {
    if (!this.#entries.delete(entry.clientMessageId)) return;
    this.#bytes -= entry.bytes;
    entry.retry?.cancel();
  }

  #startSweep(): Timer {
    const { clock, requestTimeoutMs } = this.#options;
    return clock.startTimer(Math.min(SWEEP_MS, requestTimeoutMs), () => {
      this.#sweep = undefined;
      this.#sweepDue(clock.now());
      if (this.#entries.size > 0) this.#sweep ??= this.#startSweep();
    });
  }

  /** Oldest first, so it can stop at the first entry that is not due. */
  #sweepDue(now: number): void {
    const { requestTimeoutMs, resendForMs } = this.#options;
    for (const entry of this.#entries.values()) {
      if (entry.firstWrittenAt === undefined) continue;
      const age = now - entry.firstWrittenAt;
      if (age < requestTimeoutMs) return;
      if (age >= resendForMs) {
        this.#finish(entry, { kind: "unconfirmed", resending: false });
      } else if (!entry.reported) {
        entry.reported = true;
        entry.answered({ kind: "unconfirmed", resending: true });
      }
    }
  }
}
