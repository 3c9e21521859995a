/** What agents have written: survives servers and agents alike, as files on a disk do. */
export interface FileRecord {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly text: string;
  /** A turn ends with it. */
  readonly isFinal: boolean;
}

export class SessionFiles {
  readonly #files = new Map<string, { records: FileRecord[]; grewAt: number }>();
  readonly #watchers = new Set<(sessionId: string) => void>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  has(sessionId: string): boolean {
    return this.#files.has(sessionId);
  }

  records(sessionId: string): readonly FileRecord[] {
    return this.#files.get(sessionId)?.records ?? [];
  }

  grewAt(sessionId: string): number {
    return this.#files.get(sessionId)?.grewAt ?? 0;
  }

  append(sessionId: string, ...records: FileRecord[]): void {
    const file = this.#files.get(sessionId) ?? { records: [], grewAt: 0 };
    file.records.push(...records);
    file.grewAt = this.#now();
    this.#files.set(sessionId, file);
    for (const watcher of this.#watchers) watcher(sessionId);
  }

  remove(sessionId: string): void {
    this.#files.delete(sessionId);
  }

  watch(watcher: (sessionId: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}
