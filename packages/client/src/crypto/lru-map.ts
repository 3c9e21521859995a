export interface CacheStats {
  size: number;
  capacity: number;
  hits: number;
  misses: number;
  evictions: number;
}

/** A map of at most `capacity` entries: when full, the entry unused for longest goes. */
export class LruMap<Value extends object | string> {
  readonly #capacity: number;
  readonly #entries = new Map<string, Value>();
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The value kept for this key, or the one `make` gives, kept from now on. */
  getOrMake(key: string, make: () => Value): Value {
    const kept = this.#entries.get(key);
    if (kept !== undefined) {
      this.#hits++;
      // A Map iterates in the order of insertion, so putting an entry back makes it the youngest.
      this.#entries.delete(key);
      this.#entries.set(key, kept);
      return kept;
    }
    this.#misses++;
    const made = make();
    this.#entries.set(key, made);
    if (this.#entries.size > this.#capacity) this.#evictOldest();
    return made;
  }

  stats(): CacheStats {
    return {
      size: this.#entries.size,
      capacity: this.#capacity,
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
    };
  }

  #evictOldest(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      this.#evictions++;
      return;
    }
  }
}
