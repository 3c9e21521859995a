/**
 * The last lists and details of sessions, so that a start without a connection shows them. A copy like the histories:
 * what cannot be kept or read is as if it had never been there.
 */
import type { Clock, Timer } from "@parlatory/client";
import type { Query, QueryClient } from "@tanstack/react-query";
import { remoteKeys } from "../../remote/remote-keys.ts";
import type { OfflineDatabase, QueryRecord } from "../offline-database.ts";

const saveMs = 1_500;

export interface QueryBounds {
  readonly lists: number;
  readonly sessions: number;
}

export interface OfflineQueriesOptions {
  readonly database: OfflineDatabase;
  readonly queries: QueryClient;
  readonly clock: Clock;
  /** Names the build of the app. */
  readonly build: string;
  readonly bounds?: QueryBounds | undefined;
}

export class OfflineQueries {
  readonly #options: OfflineQueriesOptions;
  readonly #bounds: QueryBounds;
  readonly #waiting = new Set<Query>();
  #timer: Timer | undefined;
  #end: (() => void) | undefined;

  constructor(options: OfflineQueriesOptions) {
    this.#options = options;
    this.#bounds = options.bounds ?? { lists: 8, sessions: 50 };
  }

  /** Gives the cache what was kept and is not there yet; then keeps what changes. */
  async start(): Promise<void> {
    const { queries, build } = this.#options;
    const given = new Map<string, number>();
    this.#end = queries.getQueryCache().subscribe((event) => {
      if (event.type !== "updated" || event.action.type !== "success" || kindOf(event.query) === undefined) return;
      // What was just read need not be written.
      if (given.get(event.query.queryHash) === event.query.state.dataUpdatedAt) return;
      this.#waiting.add(event.query);
      this.#timer ??= this.#options.clock.startTimer(saveMs, () => void this.flush());
    });
    for (const { name, queryKey, data, updatedAt, build: writer } of await this.#read()) {
      if (writer !== build || queries.getQueryData(queryKey) !== undefined) continue;
      given.set(name, updatedAt);
      queries.setQueryData(queryKey, data, { updatedAt });
    }
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
    void this.flush();
  }

  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const changed = [...this.#waiting];
    this.#waiting.clear();
    if (changed.length === 0) return;
    try {
      const open = await this.#options.database.open();
      if (open === undefined) return;
      const writing = open.transaction("queries", "readwrite");
      const written = Promise.all([...changed.map((query) => writing.store.put(this.#toRecord(query))), writing.done]);
      // A page that goes away hears nothing more, and what still waits for it then is undone.
      writing.commit();
      await written;
      const { store, done } = open.transaction("queries", "readwrite");
      const surplus = surplusOf(await store.index("updatedAt").getAll(), this.#bounds);
      await Promise.all([...surplus.map((name) => store.delete(name)), done]);
    } catch {
      // It is read from the server again.
    }
  }

  async #read(): Promise<readonly QueryRecord[]> {
    try {
      return (await (await this.#options.database.open())?.getAll("queries")) ?? [];
    } catch {
      return [];
    }
  }

  #toRecord({ queryHash, queryKey, state }: Query): QueryRecord {
    return { name: queryHash, queryKey, data: state.data, updatedAt: state.dataUpdatedAt, build: this.#options.build };
  }
}

type Kind = keyof QueryBounds;

const kinds: readonly (readonly [Kind, readonly string[]])[] = [
  ["lists", remoteKeys.sessionLists],
  ["sessions", remoteKeys.session("").slice(0, -1)],
];

function kindOf({ queryKey }: Pick<QueryRecord, "queryKey">): Kind | undefined {
  return kinds.find(([, prefix]) => prefix.every((part, index) => queryKey[index] === part))?.[0];
}

/** Names of the oldest ones that are too many of their kind; `records` are oldest first. */
function surplusOf(records: readonly QueryRecord[], bounds: QueryBounds): string[] {
  return (["lists", "sessions"] as const).flatMap((kind) => {
    const ofKind = records.filter((record) => kindOf(record) === kind);
    return ofKind.slice(0, Math.max(0, ofKind.length - bounds[kind])).map(({ name }) => name);
  });
}
