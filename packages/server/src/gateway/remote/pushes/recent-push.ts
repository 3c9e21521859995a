import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock, Scheduler } from "../../../ports.ts";
import type { Audience } from "../audience.ts";
import { encodeWithin } from "../frames/encode-within.ts";
import type { Peer } from "../peer.ts";
import { makeRecentSessions, type SessionSources } from "./session-frames.ts";

/**
 * `recent_sessions` to each socket for which its content or order changed: at once after a quiet time, otherwise when two
 * seconds have passed since the last look, so that the last change is never lost ([SESS-3]).
 */
export class RecentPush {
  readonly #sources: SessionSources;
  readonly #audience: Audience;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: { sources: SessionSources; audience: Audience; clock: Clock; scheduler: Scheduler }) {
    this.#sources = options.sources;
    this.#audience = options.audience;
    this.#clock = options.clock;
    this.#scheduler = options.scheduler;
  }

  /** Something of a session changed. */
  note(): void {
    if (this.#cancel !== undefined) return;
    const waitMs = Math.max(0, this.#lastAt + REMOTE_LIMITS.recentPushMs - this.#clock.now());
    this.#cancel = this.#scheduler.after(waitMs, () => this.#look());
  }

  /** Sent as part of an answer: what comes next is compared with it. */
  answer(peer: Peer, echo: { correlation_id?: string | undefined } = {}): void {
    const message = makeRecentSessions(this.#sources, peer);
    peer.shownRecent = encodeWithin(message, peer.outbox.form.budgetBytes);
    peer.send(echo.correlation_id === undefined ? message : { ...message, correlation_id: echo.correlation_id });
    peer.recentShownAt = this.#clock.now();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    this.#lastAt = now;
    let isEarly = false;
    for (const peer of this.#audience.peers()) {
      // One that has just been answered waits for its own two seconds.
      if (now - peer.recentShownAt < REMOTE_LIMITS.recentPushMs) {
        isEarly = true;
        continue;
      }
      const message = makeRecentSessions(this.#sources, peer);
      const text = encodeWithin(message, peer.outbox.form.budgetBytes);
      if (text === peer.shownRecent) continue;
      peer.shownRecent = text;
      peer.recentShownAt = now;
      peer.send(message);
    }
    if (isEarly) this.note();
  }
}
