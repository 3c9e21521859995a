import type { Scheduler } from "../ports.ts";

interface Confirmation {
  ping: number;
  settleMs: number;
  /** Flushed, and `settleMs` have passed since. */
  isSettled: boolean;
  done: ((confirmed: boolean) => void)[];
  cancelTimer: (() => void) | undefined;
}

export interface FlushConfirmationsOptions {
  scheduler: Scheduler;
  /** Sends a ping with this payload behind everything sent so far; calls back when the system has taken its bytes. */
  ping: (payload: string, flushed: () => void) => void;
}

/**
 * What stands in for an acknowledgement of a legacy client ([DLV-12]). One confirmation covers all requests of one
 * turn. It is: pinged → flushed (the ping's bytes were taken, hence everything before them) → answered (a pong for this
 * ping or a later one came) and settled (`settleMs` after the flush the connection was still open), in any order →
 * confirmed. The end of the connection denies it.
 */
export class FlushConfirmations {
  readonly #options: FlushConfirmationsOptions;
  /** In the order of their pings. */
  #waiting: Confirmation[] = [];
  /** Still open for requests of this turn. */
  #collecting: Confirmation | undefined;
  #lastPing = 0;
  #answeredPing = 0;
  #isClosed = false;

  constructor(options: FlushConfirmationsOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  request(settleMs: number, done: (confirmed: boolean) => void): void {
    if (this.#isClosed) {
      done(false);
      return;
    }
    if (this.#collecting?.settleMs === settleMs) {
      this.#collecting.done.push(done);
      return;
    }
    const confirmation: Confirmation = {
      ping: 0,
      settleMs,
      isSettled: false,
      done: [done],
      cancelTimer: undefined,
    };
    this.#collecting = confirmation;
    this.#waiting.push(confirmation);
    // At the end of the turn, so that the ping stands behind every frame its requests speak of.
    process.nextTick(() => this.#ping(confirmation));
  }

  /** A pong came. Payloads that are not ours confirm nothing. */
  handlePong(payload: string): void {
    const ping = /^\d{1,15}$/.test(payload) ? Number(payload) : 0;
    if (ping <= this.#answeredPing || ping > this.#lastPing) return;
    // A client may answer only the newest of several pings (RFC 6455, 5.5.3): a pong answers the earlier ones too.
    this.#answeredPing = ping;
    this.#finish();
  }

  /** The connection is over: everything still waiting is denied. */
  close(): void {
    this.#isClosed = true;
    const denied = this.#waiting;
    this.#waiting = [];
    this.#collecting = undefined;
    for (const confirmation of denied) {
      confirmation.cancelTimer?.();
      for (const done of confirmation.done) done(false);
    }
  }

  #ping(confirmation: Confirmation): void {
    if (this.#isClosed) return;
    if (this.#collecting === confirmation) this.#collecting = undefined;
    confirmation.ping = ++this.#lastPing;
    this.#options.ping(String(confirmation.ping), () => {
      confirmation.cancelTimer = this.#options.scheduler.after(confirmation.settleMs, () => {
        confirmation.isSettled = true;
        this.#finish();
      });
    });
  }

  /** Confirmations are finished in the order of their pings: flushes, answers and timers come in that order too. */
  #finish(): void {
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined || !first.isSettled || first.ping > this.#answeredPing) return;
      this.#waiting.shift();
      for (const done of first.done) done(true);
    }
  }
}
