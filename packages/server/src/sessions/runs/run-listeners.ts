import type { Log } from "../../ports.ts";
import type { RunListener } from "../run-desk.ts";

type Told = { [Name in keyof RunListener]-?: NonNullable<RunListener[Name]> };

/** Everybody who is told what happens to runs. One that throws breaks its promise; the others hear of it all the same. */
export class RunListeners {
  readonly #listeners = new Set<RunListener>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  add(listener: RunListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell<Name extends keyof Told>(name: Name, ...what: Parameters<Told[Name]>): void {
    for (const listener of this.#listeners) {
      const hear = listener[name] as ((...args: Parameters<Told[Name]>) => void) | undefined;
      try {
        hear?.apply(listener, what);
      } catch (error) {
        this.#log.error("a listener of the runs threw", { listener: name, error });
      }
    }
  }
}
