/**
 * All that this browser keeps for the time without a connection, over one database: opened when first needed, once a page.
 * The parts know their own stores; this joins them for the client, the cache of answers and the settings.
 */
import type { Clock, RemoteClient, RemoteClientOptions, StoredPrompt } from "@parlatory/client";
import type { QueryClient } from "@tanstack/react-query";
import { OfflineAnswers } from "./answers/offline-answers.ts";
import { HistorySaver } from "./histories/history-saver.ts";
import { OfflineHistories } from "./histories/offline-histories.ts";
import { OfflineDraftFiles } from "./drafts/offline-draft-files.ts";
import type { OfflineDatabase } from "./offline-database.ts";
import { EarlierPrompts } from "./prompts/earlier-prompts.ts";
import { OfflinePrompts } from "./prompts/offline-prompts.ts";
import type { TabLocks } from "./prompts/tab-locks.ts";
import { OfflineQueries } from "./queries/offline-queries.ts";

export interface OfflineDataOptions {
  readonly database: OfflineDatabase;
  readonly queries: QueryClient;
  readonly clock: Clock;
  readonly locks: TabLocks;
  readonly createId: () => string;
  /** Names the build of the app. */
  readonly build: string;
}

export interface OfflineSize {
  readonly sessions: number;
  readonly historyBytes: number;
  readonly prompts: number;
}

/** What one client keeps, from before it connects until after it is closed. */
export interface ClientStores {
  /** The client may connect at once: it waits by itself for what it needs of this. */
  readonly options: Pick<RemoteClientOptions, "promptStore" | "storedAnswerIds" | "storedAnswersKnown" | "storeAnswer">;
  /** What an earlier sign-in left unsent. */
  readonly earlier: EarlierPrompts;
  /** Ends the prompts whose answer another tab took. */
  settle(client: Pick<RemoteClient, "prompts" | "settle">): Promise<void>;
  /** Looks for prompts that other tabs leave. */
  lookAround(): Promise<void>;
  /** When the client is closed. */
  close(): void;
}

export class OfflineData {
  readonly database: OfflineDatabase;
  readonly histories: HistorySaver;
  readonly draftFiles: OfflineDraftFiles;
  readonly #options: OfflineDataOptions;
  readonly #copies: OfflineHistories;
  readonly #queries: OfflineQueries;

  constructor(options: OfflineDataOptions) {
    const { database, clock } = options;
    this.#options = options;
    this.database = database;
    this.#copies = new OfflineHistories(database, () => clock.now());
    this.histories = new HistorySaver(this.#copies, clock);
    this.draftFiles = new OfflineDraftFiles(database, () => clock.now());
    this.#queries = new OfflineQueries(options);
  }

  /** `identity`: the client session; `adopted`: prompts that this client sends from now on. */
  openClient(identity: string, adopted: (prompts: readonly StoredPrompt[]) => void): ClientStores {
    const { database, locks, createId } = this.#options;
    const tab = createId();
    this.histories.start();
    const answers = new OfflineAnswers(database);
    const prompts = new OfflinePrompts({
      database,
      locks,
      tab,
      identity,
      adopted,
      makeRoom: () => this.#copies.clear(),
    });
    // Only a copy: what the server tells meanwhile stands.
    void this.#queries.start();
    return {
      options: {
        promptStore: prompts,
        storedAnswerIds: answers,
        storedAnswersKnown: answers.load().catch(() => undefined),
        storeAnswer: (answer) => answers.store(answer),
      },
      earlier: new EarlierPrompts({ database, locks, tab, identity, taken: adopted }),
      async settle(client) {
        const accepted = client.prompts.filter(({ state }) => state === "accepted").map(({ promptId }) => promptId);
        for (const answer of await answers.ofPrompts(accepted)) client.settle(answer);
      },
      lookAround: () => prompts.lookAround(),
      close: () => {
        this.#queries.stop();
        prompts.close();
      },
    };
  }

  /** The page goes out of sight, maybe for good. */
  async flush(): Promise<void> {
    await Promise.all([this.histories.flush(), this.#queries.flush()]);
  }

  async measure(): Promise<OfflineSize | undefined> {
    const open = await this.database.open();
    if (open === undefined) return undefined;
    const uses = await open.getAll("historyUses");
    return {
      sessions: uses.length,
      historyBytes: uses.reduce((sum, { bytes }) => sum + bytes, 0),
      prompts: await open.count("prompts"),
    };
  }

  /** The key is gone, so nothing more is kept under it; forgets as `clear` does. */
  async leave(options: { readonly prompts: boolean }): Promise<void> {
    this.histories.stop();
    await this.clear(options);
  }

  /** Forgets what can be read again at the server; with `prompts` what can not, too. */
  async clear({ prompts }: { readonly prompts: boolean }): Promise<void> {
    await this.flush();
    const open = await this.database.open();
    if (open === undefined) return;
    const names = ["histories", "historyUses", "queries"] as const;
    await Promise.all([
      ...names.map((name) => open.clear(name)),
      ...(prompts
        ? [open.clear("prompts"), open.clear("answers"), open.clear("draftFiles"), open.clear("draftFileUses")]
        : []),
    ]);
  }
}
