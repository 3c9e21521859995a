/**
 * Sessions whose agent did not take the system prompt it was given ([PROMPT-7]), in this tab until somebody has read so. It is
 * told with the acknowledgement of the prompt only, often before the session's page is there.
 */
const storageKey = "parlatory.ignored-system-prompts";
const MOST = 50;

export class IgnoredSystemPrompts {
  readonly #storage: () => Storage;
  readonly #listeners = new Set<() => void>();

  constructor(storage: () => Storage) {
    this.#storage = storage;
  }

  has(sessionId: string): boolean {
    return this.#read().includes(sessionId);
  }

  /** With the latest acknowledgement of a prompt that had one. */
  note(sessionId: string, isApplied: boolean): void {
    const others = this.#read().filter((other) => other !== sessionId);
    const ids = isApplied ? others : [...others, sessionId].slice(-MOST);
    if (ids.length === 0) this.#storage().removeItem(storageKey);
    else this.#storage().setItem(storageKey, JSON.stringify(ids));
    for (const listener of this.#listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #read(): readonly string[] {
    try {
      const ids: unknown = JSON.parse(this.#storage().getItem(storageKey) ?? "[]");
      return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
    } catch {
      return [];
    }
  }
}

/** Those of this tab. */
export const ignoredSystemPrompts = new IgnoredSystemPrompts(() => sessionStorage);
