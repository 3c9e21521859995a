/**
 * Prompts without an outcome, kept over reloads ([CLIENT-5]). Each belongs to the tab that wrote it, and only that tab sends
 * it, so what one tab takes back no other sends. A tab that is gone leaves its prompts to the first one that notices: at its
 * start, or while it lives. Where tabs cannot be told apart each may send all: their ids make that harmless ([PROMPT-9]).
 * It must not know sockets. Without a database it keeps them for as long as the page lives.
 */
import type { PromptStore, StoredPrompt } from "@parlatory/client";
import type { OfflineDatabase, OpenDatabase, PromptRecord } from "../offline-database.ts";
import type { TabLocks } from "./tab-locks.ts";

export interface OfflinePromptsOptions {
  readonly database: OfflineDatabase;
  readonly locks: TabLocks;
  /** Of this tab, never used before. */
  readonly tab: string;
  /** The client session that is signed in: what was written under another is not its own. */
  readonly identity: string;
  /** Prompts of a tab that went away while this one lives. */
  readonly adopted: (prompts: readonly StoredPrompt[]) => void;
  /** Makes room when the disk is full. */
  readonly makeRoom: () => Promise<void>;
}

export class OfflinePrompts implements PromptStore {
  readonly #options: OfflinePromptsOptions;
  readonly #closing = new AbortController();
  #release: (() => void) | undefined;
  /** Other tabs that are waited for. */
  readonly #watched = new Set<string>();

  constructor(options: OfflinePromptsOptions) {
    this.#options = options;
  }

  async load(): Promise<readonly StoredPrompt[]> {
    const { database, locks, tab } = this.#options;
    const open = await database.open();
    if (open === undefined) return [];
    this.#release = await locks.hold(tab);
    if (this.#closing.signal.aborted) this.#release();
    const found: StoredPrompt[] = [];
    for (const owner of await this.#otherOwners(open)) {
      const take = async (): Promise<void> => void found.push(...(await this.#adopt(open, owner)));
      if (!(await locks.ifGone(owner, take))) this.#watch(open, owner);
    }
    return found;
  }

  async put(prompt: StoredPrompt): Promise<void> {
    const { database, makeRoom } = this.#options;
    const open = await database.open();
    if (open === undefined) return;
    try {
      await this.#put(open, prompt);
    } catch (error) {
      if (!isFull(error)) throw error;
      // What can be read again at the server gives way to what can not.
      await makeRoom();
      await this.#put(open, prompt);
    }
  }

  async remove(promptId: string): Promise<void> {
    const open = await this.#options.database.open();
    await open?.delete("prompts", promptId);
  }

  /** Looks for tabs that began after this one, so that nothing they leave is forgotten while this one lives. */
  async lookAround(): Promise<void> {
    const open = await this.#options.database.open();
    if (open === undefined) return;
    for (const owner of await this.#otherOwners(open)) this.#watch(open, owner);
  }

  /** What is left goes to the next tab, or to this one when it begins anew. */
  close(): void {
    this.#closing.abort();
    this.#release?.();
  }

  #watch(open: OpenDatabase, owner: string): void {
    if (this.#watched.has(owner)) return;
    this.#watched.add(owner);
    const take = async (): Promise<void> => {
      const prompts = await this.#adopt(open, owner);
      if (prompts.length > 0) this.#options.adopted(prompts);
    };
    this.#options.locks
      .whenGone(owner, take, this.#closing.signal)
      // They stay where they are, for the next tab that looks.
      .catch(() => undefined)
      .finally(() => this.#watched.delete(owner));
  }

  async #otherOwners(open: OpenDatabase): Promise<ReadonlySet<string>> {
    const { tab, identity } = this.#options;
    const records = (await open.getAll("prompts")).filter((record) => record.identity === identity);
    return new Set(records.map(({ owner }) => owner).filter((owner) => owner !== tab));
  }

  /** In the order of writing. */
  async #adopt(open: OpenDatabase, owner: string): Promise<StoredPrompt[]> {
    const { store, done } = open.transaction("prompts", "readwrite", { durability: "strict" });
    const { tab, identity } = this.#options;
    const all = await store.index("place").getAll();
    const records = all.filter((record) => record.owner === owner && record.identity === identity);
    for (const record of records) void store.put({ ...record, owner: tab } satisfies PromptRecord);
    await done;
    return records.map(({ prompt }) => prompt);
  }

  async #put(open: OpenDatabase, prompt: StoredPrompt): Promise<void> {
    const { promptId } = prompt;
    const { store, done } = open.transaction("prompts", "readwrite", { durability: "strict" });
    const known = await store.get(promptId);
    const last = known === undefined ? await store.index("place").openKeyCursor(undefined, "prev") : undefined;
    const place = known?.place ?? (last?.key ?? 0) + 1;
    const { tab, identity } = this.#options;
    const written = store.put({ promptId, place, owner: tab, identity, prompt });
    await Promise.all([written, done]);
  }
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}
