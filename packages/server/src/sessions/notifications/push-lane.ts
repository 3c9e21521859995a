/**
 * Everything that waits for one target, sent one after the other: a target that is slow or away keeps only itself waiting.
 * Each notification has three attempts with growing delays, then it is given up ([PUSH-4]).
 * States: idle -> sending (an attempt, or the pause before the next) -> idle; any -> stopped.
 */
import type { Log, Scheduler } from "../../ports.ts";
import type { Notification } from "./notification.ts";
import { postOnce, type PushAnswer, type PushFetch } from "./push-client.ts";
import type { PushTarget } from "./push-target.ts";

export type PushDrop = "too_many" | "refused" | "gone" | "gave_up" | "stopped";

export interface PushMetrics {
  pushSent(kind: PushTarget["kind"]): void;
  pushDropped(kind: PushTarget["kind"], reason: PushDrop): void;
}

export interface PushLaneOptions {
  readonly fetch: PushFetch;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: PushMetrics;
  readonly onIdle: () => void;
}

const MAX_WAITING = 50;
/** Before the second and the third attempt. */
const PAUSES_MS = [2_000, 15_000];

export class PushLane {
  readonly #target: PushTarget;
  readonly #options: PushLaneOptions;
  readonly #waiting: Notification[] = [];
  readonly #stopping = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(target: PushTarget, options: PushLaneOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Never waits and never throws. When too many wait, the oldest is given up: news are worth more than history. */
  add(notification: Notification): void {
    if (this.#stopping.signal.aborted) return;
    this.#waiting.push(notification);
    if (this.#waiting.length > MAX_WAITING) this.#drop("too_many", this.#waiting.shift());
    this.#sending ??= this.#drain();
  }

  /** Ends the attempt under way and gives the rest up. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const notification of this.#waiting.splice(0)) this.#drop("stopped", notification);
    await this.#sending;
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await this.#deliver(next);
    this.#sending = undefined;
    this.#options.onIdle();
  }

  async #deliver(notification: Notification): Promise<void> {
    let answer = await this.#attempt(notification);
    for (const pauseMs of PAUSES_MS) {
      if (answer.outcome !== "failed") break;
      await this.#pause(pauseMs);
      if (this.#stopping.signal.aborted) break;
      answer = await this.#attempt(notification);
    }
    const { metrics } = this.#options;
    if (answer.outcome === "sent") metrics.pushSent(this.#target.kind);
    else if (this.#stopping.signal.aborted) this.#drop("stopped", notification, answer.reason);
    else this.#drop(answer.outcome === "failed" ? "gave_up" : answer.outcome, notification, answer.reason);
    if (answer.outcome === "gone") await this.#forgetTarget();
  }

  async #attempt(notification: Notification): Promise<PushAnswer> {
    const { fetch, scheduler } = this.#options;
    const { signal } = this.#stopping;
    try {
      return await postOnce(await this.#target.toRequest(notification), { fetch, scheduler, signal });
    } catch (error) {
      this.#options.log.warn("a notification could not be made", { target: this.#target.id, error });
      return { outcome: "refused", reason: "it could not be made" };
    }
  }

  /** Ends early when the lane is stopped. */
  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.scheduler.after(ms, () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
      function stop(): void {
        cancel();
        resolve();
      }
      signal.addEventListener("abort", stop, { once: true });
    });
  }

  async #forgetTarget(): Promise<void> {
    const { id } = this.#target;
    try {
      await this.#target.onGone?.();
    } catch (error) {
      this.#options.log.warn("a target that is gone could not be forgotten", { target: id, error });
    }
  }

  #drop(drop: PushDrop, notification: Notification | undefined, reason?: string): void {
    const { log, metrics } = this.#options;
    metrics.pushDropped(this.#target.kind, drop);
    const { event, eventId } = notification ?? {};
    log.warn("a notification was given up", { target: this.#target.id, event, eventId, drop, reason });
  }
}
