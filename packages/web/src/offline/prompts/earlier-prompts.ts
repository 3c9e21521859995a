/**
 * Prompts that were written here under another identity of this browser, before its key was refused or replaced, and were
 * not sent. Whoever is signed in now may be somebody else, so they wait for a word: `take` or `discard` ([CLIENT-5]).
 * Prompts of another tab that still lives under its own identity are left to it.
 */
import type { StoredPrompt } from "@parlatory/client";
import type { OfflineDatabase, OpenDatabase, PromptRecord } from "../offline-database.ts";
import type { TabLocks } from "./tab-locks.ts";

export interface EarlierPromptsOptions {
  readonly database: Pick<OfflineDatabase, "open">;
  readonly locks: TabLocks;
  /** Of this tab. */
  readonly tab: string;
  /** The client session that is signed in now. */
  readonly identity: string;
  /** Is given what was taken: it goes out now. */
  readonly taken: (prompts: readonly StoredPrompt[]) => void;
}

export class EarlierPrompts {
  readonly #options: EarlierPromptsOptions;

  constructor(options: EarlierPromptsOptions) {
    this.#options = options;
  }

  /** In the order of writing. Rejects when they cannot be read. */
  async list(): Promise<readonly StoredPrompt[]> {
    return (await this.#change(() => "keep")).map(({ prompt }) => prompt);
  }

  /** Makes them prompts of this tab and identity. Of several tabs that do it at once each takes what the others did not. */
  async take(): Promise<void> {
    const { tab, identity, taken } = this.#options;
    const records = await this.#change((record) => ({ ...record, owner: tab, identity }));
    if (records.length > 0) taken(records.map(({ prompt }) => prompt));
  }

  async discard(): Promise<void> {
    await this.#change(() => "delete");
  }

  async #change(decide: (record: PromptRecord) => PromptRecord | "keep" | "delete"): Promise<readonly PromptRecord[]> {
    const open = await this.#options.database.open();
    if (open === undefined) return [];
    const gone = await this.#goneOwners(open);
    if (gone.size === 0) return [];
    const { store, done } = open.transaction("prompts", "readwrite", { durability: "strict" });
    const records = (await store.index("place").getAll()).filter(
      (record) => this.#isEarlier(record) && gone.has(record.owner),
    );
    for (const record of records) {
      // What the server has runs without us, and its outcome is in the session's history.
      const next = record.prompt.isAccepted ? "delete" : decide(record);
      if (next === "delete") void store.delete(record.promptId);
      else if (next !== "keep") void store.put(next);
    }
    await done;
    return records.filter(({ prompt }) => !prompt.isAccepted);
  }

  async #goneOwners(open: OpenDatabase): Promise<ReadonlySet<string>> {
    const { locks, tab } = this.#options;
    const earlier = (await open.getAll("prompts")).filter((record) => this.#isEarlier(record));
    const gone = new Set<string>();
    for (const owner of new Set(earlier.map((record) => record.owner))) {
      const isGone = owner === tab || (await locks.ifGone(owner, () => Promise.resolve()));
      if (isGone) gone.add(owner);
    }
    return gone;
  }

  #isEarlier({ identity }: PromptRecord): boolean {
    return identity !== this.#options.identity;
  }
}
