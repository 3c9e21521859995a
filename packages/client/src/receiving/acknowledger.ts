/**
 * Acknowledgements of one client ([DLV-4], [DLV-7]): `received` once a tick, `surfaced` in batches at a least distance, each
 * batch only after its ids are remembered. It must not know what a message is. A batch ends by being written; if its
 * connection went meanwhile, its ids are acknowledged one by one on the next, where the broker takes them still ([CLU-4]).
 */
import type { ClientFrame } from "@parlatory/protocol";
import type { Clock, Timer } from "../platform.ts";
import { OfferOrder, type DueAcks } from "./offer-order.ts";
import type { ReceivedIds } from "./received-ids.ts";

export interface AcknowledgerOptions {
  clock: Clock;
  receivedIds: ReceivedIds;
  ackIntervalMs: number;
  /** Writes a frame if connected; tells whether it was. */
  write(frame: ClientFrame): boolean;
  /** These messages are remembered and acknowledged, as far as this client can tell. */
  done(messageIds: readonly string[]): void;
  /** Remembering failed and will be tried again. */
  failed(cause: unknown): void;
}

const REMEMBER_RETRY_MS = 1_000;
/** Acknowledgements kept for the next connection; beyond, the oldest are left to the redelivery of their messages. */
const MAX_LATE = 8_192;

interface Batch extends DueAcks {
  order: OfferOrder;
  messageIds: string[];
  /** Those of them that this connection did not offer. */
  foreign: string[];
  remember: string[];
}

export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  #order = new OfferOrder();
  #messageIds: string[] = [];
  #remember: string[] = [];
  #foreign: string[] = [];
  readonly #late = new Set<string>();
  #lastReceived: string | undefined;
  #receivedCount = 0;
  #receivedScheduled = false;
  #timer: Timer | undefined;
  #flushScheduled = false;
  #lastFlushAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #ended = false;

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
  }

  /** Offers of this connection without an acknowledgement. */
  get open(): number {
    return this.#order.open;
  }

  /** A new connection: orders start over, and what could not be said on the old one is said now. */
  connected(): void {
    this.#order = new OfferOrder();
    this.#lastReceived = undefined;
    this.#receivedCount = 0;
    // The distance between batches spares one connection; a new one starts at once.
    this.#lastFlushAt = Number.NEGATIVE_INFINITY;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#scheduleDue();
  }

  offered(messageId: string): void {
    this.#order.offered(messageId);
  }

  received(messageId: string): void {
    this.#lastReceived = messageId;
    this.#receivedCount++;
    if (this.#receivedScheduled) return;
    this.#receivedScheduled = true;
    queueMicrotask(() => this.#flushReceived());
  }

  /** `remember`: what must be on disk before; nothing when it is there already. */
  surfaced(messageId: string, remember: readonly string[]): void {
    if (!this.#order.settle(messageId)) this.#foreign.push(messageId);
    this.#messageIds.push(messageId);
    for (const id of remember) this.#remember.push(id);
    this.#schedule();
  }

  /** Raw path: offered and surfaced at once, nothing to remember. */
  surfacedOnArrival(messageId: string): void {
    this.#order.offeredAndSettled(messageId);
    this.#schedule();
  }

  /** Settles as `refused`, at once ([DLV-11]). */
  refuse(messageId: string, reason: "undecryptable" | "policy"): void {
    this.#order.refuse(messageId);
    this.#options.write({ type: "client_nack", messageId, reason });
  }

  /** Says everything that is due, and waits until it is on disk and written. */
  async drain(): Promise<void> {
    this.#flushReceived();
    await this.#writing;
    this.#flush();
    await this.#writing;
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #flushReceived(): void {
    this.#receivedScheduled = false;
    const last = this.#lastReceived;
    if (last === undefined || !this.#order.has(last)) return;
    const only = this.#receivedCount === 1;
    this.#lastReceived = undefined;
    this.#receivedCount = 0;
    this.#options.write({ type: "client_ack", ...(only ? { messageId: last } : { upTo: last }), stage: "received" });
  }

  #scheduleDue(): void {
    if (this.#messageIds.length > 0 || this.#late.size > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#flushScheduled || this.#timer !== undefined || this.#ended) return;
    const sinceLast = this.#options.clock.now() - this.#lastFlushAt;
    const waitMs = this.#options.ackIntervalMs - sinceLast;
    if (waitMs <= 0) {
      this.#flushScheduled = true;
      queueMicrotask(() => {
        this.#flushScheduled = false;
        this.#flush();
      });
      return;
    }
    this.#timer = this.#options.clock.startTimer(Math.min(waitMs, this.#options.ackIntervalMs), () => {
      this.#timer = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#writing !== undefined || this.#ended) return;
    this.#lastFlushAt = this.#options.clock.now();
    const batch: Batch = {
      ...this.#order.takeDue(),
      order: this.#order,
      messageIds: this.#messageIds,
      foreign: this.#foreign,
      remember: this.#remember,
    };
    this.#messageIds = [];
    this.#foreign = [];
    this.#remember = [];
    if (batch.remember.length === 0) return this.#write(batch);
    this.#writing = this.#rememberThenWrite(batch).finally(() => {
      this.#writing = undefined;
      this.#scheduleDue();
    });
  }

  async #rememberThenWrite(batch: Batch): Promise<void> {
    while (!this.#ended) {
      try {
        await this.#options.receivedIds.remember(batch.remember);
        return this.#write(batch);
      } catch (cause) {
        this.#options.failed(cause);
        await new Promise<void>((resolve) => void this.#options.clock.startTimer(REMEMBER_RETRY_MS, resolve));
      }
    }
  }

  #write(batch: Batch): void {
    const isPresent = batch.order === this.#order;
    const alone = new Set([...this.#late, ...(isPresent ? [...batch.foreign, ...batch.single] : batch.messageIds)]);
    this.#late.clear();
    for (const messageId of alone) {
      if (!this.#options.write({ type: "client_ack", messageId })) this.#addLate(messageId);
    }
    if (isPresent && batch.upTo !== undefined) {
      const frame = batch.count === 1 ? { messageId: batch.upTo } : { upTo: batch.upTo };
      if (!this.#options.write({ type: "client_ack", ...frame })) for (const id of batch.messageIds) this.#addLate(id);
    }
    this.#options.done(batch.messageIds);
  }

  #addLate(messageId: string): void {
    this.#late.add(messageId);
    for (const oldest of this.#late) {
      if (this.#late.size <= MAX_LATE) return;
      this.#late.delete(oldest);
    }
  }
}
