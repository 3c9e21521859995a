import type { Logger } from "./logger.ts";

/** Listeners by event. One that throws is logged and keeps nobody else from hearing. */
export class TypedEmitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<Event extends keyof Events>(event: Event, listener: (value: Events[Event]) => void): () => void {
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, (listeners = new Set()));
    // A wrapper of its own, so that adding one function twice and removing it once leaves one.
    const entry = (value: Events[Event]): void => listener(value);
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  /** Tells whether there was a listener and none of them threw. */
  emit<Event extends keyof Events>(event: Event, value: Events[Event]): boolean {
    const listeners = this.#listeners.get(event) as Set<(value: Events[Event]) => void> | undefined;
    if (listeners === undefined || listeners.size === 0) return false;
    let heard = true;
    for (const listener of listeners) {
      try {
        listener(value);
      } catch (cause) {
        heard = false;
        this.#logger.warn("a listener threw", {
          event: String(event),
          error: cause instanceof Error ? cause.stack : String(cause),
        });
      }
    }
    return heard;
  }
}
