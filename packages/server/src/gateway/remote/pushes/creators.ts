/** More sessions than this that were created and have no message yet are looked up in the store. */
const MAX_REMEMBERED = 1_000;

/** Which client session created a session, from memory or from the store ([PROMPT-17]). */
export class Creators {
  readonly #find: (sessionId: string) => Promise<string | undefined>;
  readonly #created = new Map<string, string>();

  constructor(find: (sessionId: string) => Promise<string | undefined>) {
    this.#find = find;
  }

  note(sessionId: string, clientSessionId: string): void {
    this.#created.set(sessionId, clientSessionId);
    if (this.#created.size > MAX_REMEMBERED) {
      const [oldest] = this.#created.keys();
      if (oldest !== undefined) this.#created.delete(oldest);
    }
  }

  /** Asked once, with the first message. */
  known(sessionId: string): string | undefined {
    const creator = this.#created.get(sessionId);
    this.#created.delete(sessionId);
    return creator;
  }

  find(sessionId: string): Promise<string | undefined> {
    return this.#find(sessionId);
  }
}
