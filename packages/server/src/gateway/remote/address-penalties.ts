import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock } from "../../ports.ts";

const WINDOW_MS = 60_000;
/** Addresses that are watched at once; the one that failed longest ago is forgotten for another. */
const MAX_ADDRESSES = 10_000;

/** Failed checks of keys and pairing codes by address, and who has to wait because of them ([AUTH-8]). */
export class AddressPenalties {
  readonly #clock: Clock;
  /** Instants of the newest failures; those with the latest failure stand last. */
  readonly #failures = new Map<string, number[]>();
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  noteFailure(address: string): void {
    const now = this.#clock.now();
    const recent = (this.#failures.get(address) ?? []).filter((at) => now - at < WINDOW_MS);
    recent.push(now);
    this.#failures.delete(address);
    if (recent.length < REMOTE_LIMITS.authFailuresPerMinute) this.#failures.set(address, recent);
    else this.#penalize(address, now);
    if (this.#failures.size > MAX_ADDRESSES) deleteFirst(this.#failures);
  }

  /** Milliseconds that the address still has to wait; 0 when it is served. */
  waitOf(address: string): number {
    const until = this.#until.get(address);
    if (until === undefined) return 0;
    const waitMs = until - this.#clock.now();
    if (waitMs <= 0) this.#until.delete(address);
    return Math.max(0, waitMs);
  }

  #penalize(address: string, now: number): void {
    this.#until.set(address, now + REMOTE_LIMITS.authPenaltyMs);
    if (this.#until.size > MAX_ADDRESSES) deleteFirst(this.#until);
  }
}

function deleteFirst(map: Map<string, unknown>): void {
  const [first] = map.keys();
  if (first !== undefined) map.delete(first);
}
