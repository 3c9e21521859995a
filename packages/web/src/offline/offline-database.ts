/**
 * The one database of this browser: what must survive a reload, or be read without a connection. Opened at the first use and
 * once; a browser that has none (private windows, a full or broken disk) makes everything of it absent, never an error.
 * It must not know what the stores mean.
 * States: closed → opening → open, or absent for as long as the page lives; open → closed when the browser takes it away.
 */
import type { HistorySnapshot, RemoteAnswer, StoredPrompt } from "@parlatory/client";
import type { DraftAttachment } from "../composer/draft-attachment.ts";
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

const databaseName = "parlatory";
const schemaVersion = 2;
/** Some browsers never answer when their storage is broken. */
const openMs = 2_000;

export interface PromptRecord {
  readonly promptId: string;
  /** In the order of writing, over all tabs. */
  readonly place: number;
  /** The tab that sends it. */
  readonly owner: string;
  /** The client session under which it was written: no other sends it unasked. */
  readonly identity: string;
  readonly prompt: StoredPrompt;
}

export interface AnswerRecord {
  readonly messageId: string;
  /** Of all prompts that it ends. */
  readonly promptIds: readonly string[];
  /** Absent: there were too many, only the id is remembered. */
  readonly answer?: RemoteAnswer | undefined;
}

/** When a copy was used last, in milliseconds since the epoch, and how large it is. */
export interface CopyUse {
  readonly sessionId: string;
  readonly usedAt: number;
  readonly bytes: number;
}

export interface QueryRecord {
  readonly name: string;
  readonly queryKey: readonly unknown[];
  readonly data: unknown;
  readonly updatedAt: number;
  /** The build of the app that wrote it: another one may expect another form. */
  readonly build: string;
}

export interface OfflineSchema extends DBSchema {
  prompts: { key: string; value: PromptRecord; indexes: { place: number } };
  answers: { key: number; value: AnswerRecord; indexes: { messageId: string; promptIds: string } };
  histories: { key: string; value: HistorySnapshot };
  historyUses: { key: string; value: CopyUse; indexes: { usedAt: number } };
  queries: { key: string; value: QueryRecord; indexes: { updatedAt: number } };
  draftFiles: { key: string; value: DraftAttachment[] };
  draftFileUses: { key: string; value: CopyUse; indexes: { usedAt: number } };
}

export type OpenDatabase = IDBPDatabase<OfflineSchema>;
export type DatabaseState = "closed" | "opening" | "open" | "absent";

export class OfflineDatabase {
  readonly #name: string;
  readonly #after: Promise<void>;
  readonly #listeners = new Set<() => void>();
  #opening: Promise<OpenDatabase | undefined> | undefined;
  #state: DatabaseState = "closed";

  /** `after`: nothing is opened before it resolves. */
  constructor({ name = databaseName, after = Promise.resolve() }: { name?: string; after?: Promise<void> } = {}) {
    this.#name = name;
    this.#after = after;
  }

  get state(): DatabaseState {
    return this.#state;
  }

  /** Hears every change of the state; the answer ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Undefined where there is none. Never rejects. */
  open(): Promise<OpenDatabase | undefined> {
    return (this.#opening ??= this.#open());
  }

  async close(): Promise<void> {
    const database = await this.#opening;
    database?.close();
    this.#forget();
  }

  async #open(): Promise<OpenDatabase | undefined> {
    this.#enter("opening");
    await this.#after;
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), openMs);
    try {
      // Reading the name of what is forbidden throws in some browsers, so even that is inside.
      const opening = openDB<OfflineSchema>(this.#name, schemaVersion, {
        upgrade,
        // A newer page wants to change it; this one has to let go and goes on without.
        blocking: (_current, _blocked, event) => {
          (event.target as IDBDatabase).close();
          this.#opening = Promise.resolve(undefined);
          this.#enter("absent");
        },
        terminated: () => this.#forget(),
      });
      const database = await Promise.race([opening, late]);
      this.#enter(database === undefined ? "absent" : "open");
      if (database === undefined) void opening.then((tooLate) => tooLate.close()).catch(() => undefined);
      return database;
    } catch {
      this.#enter("absent");
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #forget(): void {
    this.#opening = undefined;
    this.#enter("closed");
  }

  #enter(state: DatabaseState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Step by step from the version that a browser has: a later version adds an `if` below, and changes none above. */
function upgrade(database: IDBPDatabase<OfflineSchema>, from: number): void {
  if (from < 1) {
    database.createObjectStore("prompts", { keyPath: "promptId" }).createIndex("place", "place");
    const answers = database.createObjectStore("answers", { autoIncrement: true });
    answers.createIndex("messageId", "messageId", { unique: true });
    answers.createIndex("promptIds", "promptIds", { multiEntry: true });
    database.createObjectStore("histories");
    database.createObjectStore("historyUses", { keyPath: "sessionId" }).createIndex("usedAt", "usedAt");
    database.createObjectStore("queries", { keyPath: "name" }).createIndex("updatedAt", "updatedAt");
  }
  if (from < 2) {
    database.createObjectStore("draftFiles");
    database.createObjectStore("draftFileUses", { keyPath: "sessionId" }).createIndex("usedAt", "usedAt");
  }
}
