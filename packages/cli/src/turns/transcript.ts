/** What was said in a session, newest last [SES-11]. Immutable: every change gives another transcript. No I/O. */
export class Transcript {
  readonly #entries: readonly string[];
  /** Nothing was said since the last flush. */
  readonly flushed: boolean;

  constructor(entries: readonly string[] = [], flushed = false) {
    this.#entries = entries;
    this.flushed = flushed;
  }

  get size(): number {
    return this.#entries.length;
  }

  append(entry: string): Transcript {
    return new Transcript([...this.#entries, entry], false);
  }

  flush(): Transcript {
    return new Transcript(this.#entries, true);
  }

  /** A snapshot of the entries, oldest first. */
  replay(): readonly string[] {
    return [...this.#entries];
  }

  /** Keeps the newest `keep` entries. */
  compact(keep: number): Transcript {
    return new Transcript(newest(this.#entries, keep), this.flushed);
  }
}

/** The last `keep` items; `slice(-0)` would give them all. */
export function newest<T>(items: readonly T[], keep: number): readonly T[] {
  return keep >= items.length ? items : items.slice(items.length - keep);
}
