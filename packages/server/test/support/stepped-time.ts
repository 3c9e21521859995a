import type { Clock, Scheduler } from "../../src/ports.ts";
import type { Store } from "../../src/store/store.ts";

interface Timer {
  at: number;
  run: () => void;
}

/**
 * Clock and timers of a real server with real sockets and databases: they stand still until a test moves them, while
 * the event loop goes on. A store it watches holds them: no time passes while a database is at work.
 */
export class SteppedTime implements Clock, Scheduler {
  #now: number;
  #stamps = 0;
  readonly #timers = new Set<Timer>();
  /** Calls of the watched stores that have no answer yet. */
  #underWay = 0;

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** The time for a hello: no two are equal, so that no signature is ([HELLO-4]). */
  stamp(): number {
    return this.#now + ++this.#stamps;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  soon(run: () => void): void {
    setImmediate(run);
  }

  /** The same store, whose calls time waits for. */
  watch(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          const result = Reflect.apply(value, target, args) as unknown;
          if (result instanceof Promise) this.#note(result);
          return result;
        };
      },
    });
  }

  /** Moves time and fires every timer at its instant, each in a turn of its own. */
  async advance(ms: number): Promise<void> {
    await this.#turn();
    const until = this.#now + ms;
    for (let timer = this.#nextDue(until); timer !== undefined; timer = this.#nextDue(until)) {
      this.#now = Math.max(this.#now, timer.at);
      await this.#fire(timer);
    }
    this.#now = until;
  }

  /** Moves time at once, as a machine that slept: every timer that is due fires once, late. */
  async leap(ms: number): Promise<void> {
    await this.#turn();
    this.#now += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    for (const timer of due) if (this.#timers.has(timer)) await this.#fire(timer);
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    timer.run();
    await this.#turn();
  }

  /** One turn of the event loop, and more until no store is at work. */
  async #turn(): Promise<void> {
    do await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#underWay > 0);
  }

  #note(call: Promise<unknown>): void {
    this.#underWay++;
    const end = (): void => void this.#underWay--;
    call.then(end, end);
  }

  #nextDue(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }
}
