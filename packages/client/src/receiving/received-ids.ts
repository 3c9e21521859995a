import { MESH_LIMITS } from "@parlatory/protocol";

/** Memory of what was handed over before, per session ([DLV-4]). Ids are short texts without line ends. */
export interface ReceivedIds {
  has(id: string): boolean;
  /**
   * Keeps ids for good: when this returns (or its promise resolves) they survive a restart, and only then they are
   * acknowledged. Forgets the oldest beyond its capacity, which is at least the last 2,000 messages.
   */
  remember(ids: readonly string[]): void | Promise<void>;
}

/** Ids kept per message: its own and that of its sender. */
const IDS_PER_MESSAGE = 2;

export const DEFAULT_RECEIVED_IDS = IDS_PER_MESSAGE * MESH_LIMITS.receivedIdsKept;

/** A bounded set: when full, the oldest go. */
export class RecentIds implements ReceivedIds {
  readonly #capacity: number;
  readonly #ids = new Set<string>();

  constructor(capacity: number = DEFAULT_RECEIVED_IDS) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  remember(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#capacity) return;
      this.#ids.delete(oldest);
    }
  }

  /** Oldest first. */
  list(): string[] {
    return [...this.#ids];
  }
}
