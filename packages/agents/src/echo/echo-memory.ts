const maxKept = 10_000;

/** Which sessions and prompts an echo driver has had: the newest of each, for its own life. */
export class EchoMemory {
  readonly #sessions = new Set<string>();
  readonly #prompts = new Set<string>();

  hasSession(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  addSession(sessionId: string): void {
    addNewest(this.#sessions, sessionId);
  }

  /** False when the session has had it. */
  takePrompt(sessionId: string, messageUuid: string): boolean {
    const key = `${sessionId} ${messageUuid}`;
    if (this.#prompts.has(key)) return false;
    addNewest(this.#prompts, key);
    return true;
  }
}

function addNewest(set: Set<string>, item: string): void {
  set.delete(item);
  set.add(item);
  for (const oldest of set) {
    if (set.size <= maxKept) return;
    set.delete(oldest);
  }
}
