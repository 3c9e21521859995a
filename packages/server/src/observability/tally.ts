import { Counter, type CounterConfiguration } from "prom-client";

/**
 * A counter with one or two labels for what happens many times a message: it is added up here, because the library makes
 * a text and looks it up for every step, and handed over when somebody asks for the metrics.
 */
export class Tally<Label extends string> {
  readonly #labelNames: readonly Label[];
  /** By the first label, then by the second. */
  readonly #counts = new Map<string, Map<string, number>>();

  constructor(configuration: CounterConfiguration<Label> & { labelNames: readonly Label[] }) {
    this.#labelNames = configuration.labelNames;
    const counter: Counter<Label> = new Counter({ ...configuration, collect: () => this.#handOver(counter) });
  }

  add(first: string, second = ""): void {
    let counts = this.#counts.get(first);
    if (counts === undefined) this.#counts.set(first, (counts = new Map<string, number>()));
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }

  #handOver(counter: Counter<Label>): void {
    for (const [first, counts] of this.#counts) {
      for (const [second, count] of counts) {
        const values = this.#labelNames.length === 1 ? [first] : [first, second];
        counter.labels(...values).inc(count);
      }
    }
    this.#counts.clear();
  }
}
