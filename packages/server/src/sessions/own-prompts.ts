import type { RemoteStore } from "../store/remote-store.ts";

/** Ids are kept for as many prompts; of an older one a record just does not say that it was ours. */
const MOST = 100_000;

/** Which prompts are of this server, so that the records they caused can say so ([HIST-8]). Asked for each record that is read. */
export class OwnPrompts {
  readonly #ids: Set<string>;

  private constructor(ids: readonly string[]) {
    this.#ids = new Set(ids);
  }

  static async load(store: Pick<RemoteStore, "listPromptIds">): Promise<OwnPrompts> {
    return new OwnPrompts(await store.listPromptIds(MOST));
  }

  /** To be called before the agent can have it. */
  note(promptId: string): void {
    this.#ids.add(promptId);
    if (this.#ids.size <= MOST) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  has(promptId: string): boolean {
    return this.#ids.has(promptId);
  }
}
