import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/open-postgres-store.ts";
import { StoreLockedError } from "../../../src/store/store-errors.ts";
import { StoreUnavailableError } from "../../../src/store/store.ts";
import { administer, startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import { batchOf, meshRow, messageRow, stateWrite } from "../../support/store-rows.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

interface World {
  url: string;
  proxy: TcpProxy;
  store: PostgresStore;
}

/** A store that reaches its database through a proxy. */
async function withProxy(
  work: (world: World) => Promise<void>,
  options: { jobTimeoutMs?: number; maxWaitingJobs?: number } = {},
): Promise<void> {
  const url = await server.createDatabase();
  const direct = new URL(url);
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port) });
  const proxied = new URL(url);
  proxied.port = String(proxy.port);
  const store = await openPostgresStore({
    url: proxied.href,
    durability: "strict",
    applicationName: "first broker",
    ...options,
  });
  try {
    await work({ url, proxy, store });
  } finally {
    proxy.restore();
    await store.close();
    await proxy.close();
  }
}

/** Calls of every kind: hot path, cold write, read. */
function everyCall(store: PostgresStore): Promise<unknown>[] {
  const meshId = meshRow().id;
  return [
    store.commit(batchOf({ messages: [messageRow(meshId, 1)] })),
    store.settleMessages(meshId, [1], 0),
    store.createMesh(meshRow()),
    store.listState(meshId, ""),
    store.recall({ meshId, query: "x", tags: [], limit: 1 }),
    store.ping(),
  ];
}

function expectRefused(results: readonly PromiseSettledResult<unknown>[]): void {
  const reasons = results.map((result): unknown => (result.status === "rejected" ? result.reason : result));
  expect(reasons.filter((reason) => !(reason instanceof StoreUnavailableError))).toEqual([]);
}

test("[DB-5] refuses every call while the database is away and serves again on the same store when it is back", () =>
  withProxy(async ({ proxy, store }) => {
    await Promise.all(everyCall(store));
    proxy.cut();
    expectRefused(await Promise.allSettled(everyCall(store)));
    proxy.restore();
    await Promise.all(everyCall(store));
  }));

test("[DB-5] answers every call within 5 s while the database does not answer, however many wait", () =>
  withProxy(async ({ proxy, store }) => {
    proxy.hang();
    const started = performance.now();
    const results = await Promise.allSettled([
      ...everyCall(store),
      ...everyCall(store),
      ...everyCall(store),
      ...everyCall(store),
    ]);
    expect(performance.now() - started).toBeLessThan(5_000);
    expectRefused(results);
    proxy.cut();
    proxy.restore();
    await Promise.all(everyCall(store));
  }));

test("[SEND-4] a batch whose answer was lost can be discarded: nothing of it is left, even if it was written", () =>
  withProxy(
    async ({ proxy, store, url }) => {
      const mesh = meshRow();
      await store.createMesh(mesh);
      const lost = messageRow(mesh.id, 1, { clientMessageId: "cm", fingerprint: "a" });
      proxy.swallowAnswers();
      await expect(store.commit(batchOf({ messages: [lost] }))).rejects.toThrow(StoreUnavailableError);
      // The server did write it.
      expect((await administer(url, "SELECT id FROM messages")).rows).toEqual([{ id: lost.id }]);
      proxy.cut();
      proxy.restore();
      const again = messageRow(mesh.id, 2, { clientMessageId: "cm", fingerprint: "a" });
      expect(await store.commit(batchOf({ discard: [lost.id], messages: [again] }))).toEqual([]);
      expect((await store.loadUnsettled(mesh.id, 0, 9)).map(({ message }) => message.id)).toEqual([again.id]);
    },
    { jobTimeoutMs: 500 },
  ));

test("[DB-5] a connection ended by the server is replaced without a call failing twice", () =>
  withProxy(async ({ store, url }) => {
    await Promise.all(everyCall(store));
    await administer(
      url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'first broker' AND datname = current_database()",
    );
    await Promise.allSettled(everyCall(store));
    expect((await Promise.allSettled(everyCall(store))).map(({ status }) => status)).not.toContain("rejected");
  }));

test("[CLU-1] a second broker on the database is refused and told who has it; after a close it may have it", () =>
  withProxy(async ({ store, url }) => {
    const second = openPostgresStore({ url, durability: "strict", applicationName: "second broker" });
    await expect(second).rejects.toThrow(StoreLockedError);
    await expect(second).rejects.toThrow("first broker");
    await store.close();
    const third = await openPostgresStore({ url, durability: "strict", applicationName: "third broker" });
    await third.close();
  }));

test("[CLU-1] a broker that lost its connection does not write beside the one that took over, and says who that is", () =>
  withProxy(async ({ proxy, store, url }) => {
    const mesh = meshRow();
    await store.createMesh(mesh);
    proxy.cut();
    await expect(store.ping()).rejects.toThrow(StoreUnavailableError);
    const second = await openPostgresStore({ url, durability: "strict", applicationName: "second broker" });
    proxy.restore();
    for (const write of [
      store.commit(batchOf({ messages: [messageRow(mesh.id, 1)] })),
      store.writeState(stateWrite(mesh.id, "k")),
    ]) {
      await expect(write).rejects.toThrow(/second broker.*has taken the database/);
      await expect(write).rejects.toThrow(StoreUnavailableError);
    }
    expect(await second.loadUnsettled(mesh.id, 0, 9)).toEqual([]);
    await second.close();
    await store.commit(batchOf({ messages: [messageRow(mesh.id, 1)] }));
    expect(await store.loadUnsettled(mesh.id, 0, 9)).toHaveLength(1);
  }));

test("[DB-5] takes the lock back from its own connection that the server still believes in", () =>
  withProxy(
    async ({ proxy, store }) => {
      // The client's half of the connection goes, the server's stays open behind the proxy.
      proxy.hang();
      await expect(store.commit(batchOf({ messages: [messageRow(meshRow().id, 1)] }))).rejects.toThrow(
        StoreUnavailableError,
      );
      proxy.restore();
      await Promise.all(everyCall(store));
    },
    { jobTimeoutMs: 300 },
  ));

test("[DB-5] closes in bounded time while the database does not answer, and refuses calls afterwards", () =>
  withProxy(
    async ({ proxy, store }) => {
      await Promise.all(everyCall(store));
      proxy.hang();
      await store.close();
      expectRefused(await Promise.allSettled(everyCall(store)));
    },
    { jobTimeoutMs: 300 },
  ));

test("[DB-5] calls beyond the bound are refused at once", () =>
  withProxy(
    async ({ store }) => {
      const calls = Array.from({ length: 10 }, () => store.commit(batchOf({ helloSeen: [{ key: "k", at: 0 }] })));
      const refused = (await Promise.allSettled(calls)).filter(({ status }) => status === "rejected");
      expect(refused.length).toBeGreaterThan(0);
      expectRefused(refused);
      await store.ping();
      expect(store.queuedJobs).toEqual({ writer: 0, reader: 0 });
    },
    { maxWaitingJobs: 2 },
  ));

test("[OBS-2] no error carries the password", async () => {
  const url = new URL(await server.createDatabase());
  const errors: unknown[] = [];
  for (const change of [
    { port: "1" },
    { password: "hunter2-wrong" },
    { pathname: "/no_such_database" },
    { username: "nobody" },
  ]) {
    const wrong = new URL(url.href);
    wrong.password = "hunter2-secret";
    Object.assign(wrong, change);
    errors.push(
      await openPostgresStore({ url: wrong.href, durability: "strict", applicationName: "x" }).catch(
        (error: unknown) => error,
      ),
    );
  }
  for (const url of [
    "postgres://user:hunter2-secret@host:port/db",
    "mysql://user:hunter2-secret@host/db",
    "hunter2-secret",
  ]) {
    errors.push(
      await openPostgresStore({ url, durability: "strict", applicationName: "x" }).catch((error: unknown) => error),
    );
  }
  for (const error of errors) {
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("hunter2");
  }
});

test("[LIM-15] strict waits for the disk on every connection, normal on none", async () => {
  for (const [durability, setting] of [
    ["strict", "on"],
    ["normal", "off"],
  ] as const) {
    const url = await server.createDatabase();
    const store = await openPostgresStore({ url, durability, applicationName: "x" });
    await administer(
      url,
      "CREATE TABLE seen (setting text); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$; CREATE TRIGGER t BEFORE INSERT ON hello_seen FOR EACH ROW EXECUTE FUNCTION note(); CREATE TRIGGER t BEFORE INSERT ON meshes FOR EACH ROW EXECUTE FUNCTION note()",
    );
    await store.commit(batchOf({ helloSeen: [{ key: "k", at: 0 }] }));
    await store.createMesh(meshRow());
    expect((await administer(url, "SELECT setting FROM seen")).rows).toEqual([{ setting }, { setting }]);
    await store.close();
  }
});

test("[DB-5] backing up to a file is refused with what to use instead", () =>
  withProxy(async ({ store }) => {
    await expect(store.backupTo()).rejects.toThrow("pg_dump");
  }));
