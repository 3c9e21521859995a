/**
 * Answers that were handed over, kept before they are acknowledged, so that none is given twice ([CLIENT-2]). The ids of the
 * last ones are remembered for long, what they said for a while. Tabs of one browser share them. Without a database they are
 * remembered for as long as the page lives.
 */
import { RecentIds, type ReceivedIds, type RemoteAnswer, type RemoteReplayGap } from "@parlatory/client";
import type { AnswerRecord, OfflineDatabase } from "../offline-database.ts";

/** Far above what a server keeps for a client session, which is 1,000 ([RDLV-5]). */
const keptIds = 4_000;
const keptAnswers = 300;
/** The whole text is in the session's history. */
const keptCharacters = 4_000;

export class OfflineAnswers implements ReceivedIds {
  readonly #database: OfflineDatabase;
  readonly #bounds: { readonly ids: number; readonly answers: number };
  readonly #ids: RecentIds;

  constructor(database: OfflineDatabase, bounds = { ids: keptIds, answers: keptAnswers }) {
    this.#database = database;
    this.#bounds = bounds;
    this.#ids = new RecentIds(bounds.ids);
  }

  /** Before the first answer may come. */
  async load(): Promise<void> {
    const open = await this.#database.open();
    if (open === undefined) return;
    // By the order of storing; an index would give them by their ids.
    this.#ids.remember((await open.getAll("answers")).map(({ messageId }) => messageId));
  }

  has(messageId: string): boolean {
    return this.#ids.has(messageId);
  }

  /** `store` has kept them before. */
  remember(messageIds: readonly string[]): void {
    this.#ids.remember(messageIds);
  }

  /** When it resolves the answer survives a reload. Rejects when it could not be kept, and then comes again. */
  async store(delivery: RemoteAnswer | RemoteReplayGap): Promise<void> {
    const open = await this.#database.open();
    if (open === undefined) return;
    const { store, done } = open.transaction("answers", "readwrite", { durability: "strict" });
    // Another tab may have it already.
    if ((await store.index("messageId").getKey(delivery.messageId)) === undefined) {
      await store.add(toRecord(delivery));
      await this.#trim(store);
    }
    await done;
  }

  /** What is known of how these prompts ended. */
  async ofPrompts(promptIds: readonly string[]): Promise<readonly RemoteAnswer[]> {
    const open = await this.#database.open();
    if (open === undefined || promptIds.length === 0) return [];
    const index = open.transaction("answers").store.index("promptIds");
    const found = await Promise.all(promptIds.map((promptId) => index.get(promptId)));
    return found.flatMap((record) => record?.answer ?? []);
  }

  async #trim(store: TrimmedStore): Promise<void> {
    const keys = await store.getAllKeys();
    const { ids, answers } = this.#bounds;
    const surplus = keys.length - ids;
    if (surplus > 0) await store.delete(IDBKeyRange.upperBound(keys[surplus - 1]));
    // One is added at a time, so at most one grows too old at a time.
    const aged = keys.at(-1 - answers);
    if (aged === undefined || keys.length - answers <= surplus) return;
    const record = await store.get(aged);
    if (record?.answer !== undefined) {
      await store.put({ messageId: record.messageId, promptIds: record.promptIds }, aged);
    }
  }
}

interface TrimmedStore {
  getAllKeys(): Promise<number[]>;
  get(key: number): Promise<AnswerRecord | undefined>;
  put(record: AnswerRecord, key: number): Promise<number>;
  delete(range: IDBKeyRange): Promise<void>;
}

function toRecord(delivery: RemoteAnswer | RemoteReplayGap): AnswerRecord {
  const { messageId } = delivery;
  if ("dropped" in delivery) return { messageId, promptIds: [] };
  const text = delivery.text.slice(0, keptCharacters);
  const answer = { ...delivery, text, isTruncated: delivery.isTruncated || text.length < delivery.text.length };
  return { messageId, promptIds: [...new Set([delivery.promptId, ...delivery.mergedPromptIds])], answer };
}
