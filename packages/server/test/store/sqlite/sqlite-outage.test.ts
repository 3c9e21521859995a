import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { acquireDatabaseLock } from "../../../src/store/sqlite/database-lock.ts";
import { openSqliteStore, SqliteStore, type SqliteStoreOptions } from "../../../src/store/sqlite/open-sqlite-store.ts";
import { SqliteChannel } from "../../../src/store/sqlite/sqlite-channel.ts";
import { StoreUnavailableError } from "../../../src/store/store.ts";
import { batchOf, memoryRow, meshRow, messageRow, stateWrite } from "../../support/store-rows.ts";

let folder: string;
let databases = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-test-outage-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withStore(
  options: Partial<SqliteStoreOptions>,
  work: (store: SqliteStore, path: string) => Promise<void>,
): Promise<void> {
  databases += 1;
  const path = join(folder, `${databases}.db`);
  const store = await openSqliteStore({ path, durability: "normal", ...options });
  try {
    await work(store, path);
  } finally {
    await store.close();
  }
}

test("[DB-5] a full disk refuses writes, keeps what was acknowledged and serves reads; with room again it goes on", () =>
  withStore({ maxPages: 150 }, async (store) => {
    const mesh = meshRow();
    await store.createMesh(mesh);
    const ciphertext = "QUJD".repeat(10_000);
    let committed = 0;
    const fill = async () => {
      for (;;) {
        await store.commit(batchOf({ messages: [messageRow(mesh.id, committed + 1, { ciphertext })] }));
        committed += 1;
      }
    };
    await expect(fill()).rejects.toThrow(StoreUnavailableError);
    await expect(store.addMemory(memoryRow(mesh.id, { content: "word ".repeat(6_000) }), 10)).rejects.toThrow(
      /disk is full/,
    );
    const unsettled = await store.loadUnsettled(mesh.id, 0, 1_000);
    expect(unsettled).toHaveLength(committed);
    expect((await store.readBodies(mesh.id, [committed])).get(committed)?.ciphertext).toBe(ciphertext);

    await store.settleMessages(mesh.id, [1, 2], 0);
    await store.commit(batchOf({ messages: [messageRow(mesh.id, committed + 1, { ciphertext })] }));
    expect(await store.loadUnsettled(mesh.id, 0, 1_000)).toHaveLength(committed - 1);
  }));

test("[DB-5] while another program holds the file writes are refused in time and reads go on; afterwards writes go on", () =>
  withStore({ busyTimeoutMs: 200 }, async (store, path) => {
    const mesh = meshRow();
    await store.createMesh(mesh);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    await expect(store.writeState(stateWrite(mesh.id, "k"))).rejects.toThrow(StoreUnavailableError);
    await expect(store.commit(batchOf({ messages: [messageRow(mesh.id, 1)] }))).rejects.toThrow(/locked/);
    await expect(store.ping()).rejects.toThrow(StoreUnavailableError);
    expect(await store.listState(mesh.id, "")).toEqual([]);
    other.exec("ROLLBACK");
    other.close();
    await store.ping();
    expect(await store.writeState(stateWrite(mesh.id, "k"))).toMatchObject({ outcome: "written" });
  }));

test("[DB-5] a file that is no database is refused with its path and stays as it is", async () => {
  const path = join(folder, "text.db");
  await writeFile(
    path,
    "this is a text file and no database, and it is long enough to be read as a header of one\n".repeat(20),
  );
  const opening = openSqliteStore({ path, durability: "normal" });
  await expect(opening).rejects.toThrow(StoreUnavailableError);
  await expect(opening).rejects.toThrow(path);
  expect(statSync(path).size).toBe(1_780);
});

test("[PERF-7] jobs beyond the bound are refused at once, and the queue can be measured", () =>
  withStore({ maxWaitingJobs: 3 }, async (store) => {
    const calls = Array.from({ length: 5 }, (_, index) =>
      store.commit(batchOf({ helloSeen: [{ key: String(index), at: 0 }] })),
    );
    expect(store.queuedJobs).toEqual({ writer: 3, reader: 0 });
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    expect(results.at(-1)).toMatchObject({ reason: expect.any(StoreUnavailableError) as unknown });
    expect(store.queuedJobs).toEqual({ writer: 0, reader: 0 });
  }));

test("[DB-5] a closed store refuses, closing twice is closing once, and what waited is done first", async () => {
  databases += 1;
  const path = join(folder, `${databases}.db`);
  const store = await openSqliteStore({ path, durability: "normal" });
  const mesh = meshRow();
  const commits = Array.from({ length: 20 }, (_, index) =>
    store.commit(batchOf({ messages: [messageRow(mesh.id, index + 1)] })),
  );
  await Promise.all([store.close(), store.close()]);
  await Promise.all(commits);
  await expect(store.ping()).rejects.toThrow(StoreUnavailableError);
  // Nothing is left beside the database: the log was written back and the lock let go.
  expect(["-wal", "-shm", ".lock-holder"].filter((suffix) => existsSync(path + suffix))).toEqual([]);
  const again = await openSqliteStore({ path, durability: "normal" });
  expect(await again.loadUnsettled(mesh.id, 0, 100)).toHaveLength(20);
  await again.close();
});

test("[DB-5] a worker that ended by itself fails what waited and is started again by the next job", async () => {
  const script = new URL("./dying-worker.ts", import.meta.url);
  const worker = { path: "somewhere", role: "writer", durability: "normal", busyTimeoutMs: 1, migrate: false } as const;
  const channel = await SqliteChannel.open({ worker, maxWaiting: 10, script });
  const results = await Promise.allSettled([
    channel.request({ kind: "ping" }),
    channel.request({ kind: "backup", path: "die" }),
    channel.request({ kind: "ping" }),
  ]);
  expect(results[0]).toEqual({ status: "fulfilled", value: "pong" });
  const lost = { reason: expect.any(StoreUnavailableError) as unknown };
  expect(results.slice(1)).toMatchObject([lost, lost]);
  expect(await channel.request({ kind: "ping" })).toBe("pong");
  await channel.close();
});

test("[PERF-9] a worker without a job for a while is let go, and the next job starts another one", async () => {
  const script = new URL("./dying-worker.ts", import.meta.url);
  const worker = { path: "somewhere", role: "reader", durability: "normal", busyTimeoutMs: 1, migrate: false } as const;
  const channel = await SqliteChannel.open({ worker, maxWaiting: 10, script, restAfterMs: 1 });
  for (let round = 0; round < 3; round++) {
    await vi.waitUntil(() => channel.isResting);
    // The first job finds nobody; those behind it wait for the same new worker.
    const answers = await Promise.all([channel.request({ kind: "ping" }), channel.request({ kind: "ping" })]);
    expect(answers).toEqual(["pong", "pong"]);
  }
  await channel.close();
  await expect(channel.request({ kind: "ping" })).rejects.toThrow(StoreUnavailableError);
});

test("[PERF-9] no reader's thread is started for what the writer finds at a glance, hellos above all", async () => {
  const path = join(folder, "glance.db");
  const worker = { path, durability: "normal", busyTimeoutMs: 1_000 } as const;
  const writer = await SqliteChannel.open({ worker: { ...worker, role: "writer", migrate: true }, maxWaiting: 10 });
  const reader = SqliteChannel.resting({ worker: { ...worker, role: "reader", migrate: false }, maxWaiting: 10 });
  const store = new SqliteStore({ path, writer, reader, lock: acquireDatabaseLock(path) });
  const mesh = meshRow();
  await store.createMesh(mesh);
  await store.commit(batchOf({ helloSeen: [{ key: "seen", at: 1 }], messages: [messageRow(mesh.id, 1)] }));
  const seen = [await store.isHelloSeen("seen"), await store.isHelloSeen("unseen")];
  expect([seen, await store.loadUnsettled(mesh.id, 0, 10)]).toMatchObject([[true, false], [{ message: { seq: 1 } }]]);
  expect(reader.isResting).toBe(true);
  expect(await store.recall({ meshId: mesh.id, query: "anything", tags: [], limit: 1 })).toEqual([]);
  expect(reader.isResting).toBe(false);
  expect(await store.isHelloSeen("seen")).toBe(true);
  await store.close();
});

test("[PERF-7] the event loop never waits for the disk: it turns while a commit is written", () =>
  withStore({ durability: "strict" }, async (store) => {
    const mesh = meshRow();
    let turns = 0;
    let over = false;
    const turn = () => {
      turns += 1;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    const messages = Array.from({ length: 2_000 }, (_, index) => messageRow(mesh.id, index + 1));
    await store.commit(batchOf({ messages }));
    over = true;
    expect(turns).toBeGreaterThan(50);
  }));

test("[WS-9] database, log and backup can be read by their owner only", () =>
  withStore({}, async (store, path) => {
    await store.createMesh(meshRow());
    await store.backupTo(`${path}.copy`);
    for (const name of [path, `${path}-wal`, `${path}.copy`]) expect(statSync(name).mode & 0o077).toBe(0);
  }));

test("[DB-3] a backup taken while in use is a whole database that opens, and an existing file is not overwritten", () =>
  withStore({}, async (store, path) => {
    const mesh = meshRow();
    await store.createMesh(mesh);
    const copy = `${path}.copy`;
    let seq = 0;
    let over = false;
    const writing = (async () => {
      while (!over) {
        await store.commit(batchOf({ messages: [messageRow(mesh.id, seq + 1), messageRow(mesh.id, seq + 2)] }));
        seq += 2;
      }
    })();
    await store.backupTo(copy);
    over = true;
    await writing;
    await expect(store.backupTo(copy)).rejects.toThrow(/exist/i);
    const restored = await openSqliteStore({ path: copy, durability: "normal" });
    const { length } = await restored.loadUnsettled(mesh.id, 0, 100_000);
    expect(length % 2).toBe(0);
    expect(length).toBeLessThanOrEqual(seq);
    expect((await restored.loadBoot(0)).meshes).toEqual([mesh]);
    await restored.close();
  }));
