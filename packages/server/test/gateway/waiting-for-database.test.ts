import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StoreLockedError, StoreUnavailableError, startServer, type RunningServer } from "../../src/index.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { RawClient, modernHello } from "../support/raw-client.ts";
import { membersOf, startTestServer, type TestServer } from "../support/server.ts";

let planted: TestServer;
let running: RunningServer | undefined;

beforeEach(async () => {
  planted = await startTestServer();
  await planted.stop();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await planted.end();
});

const openReal = (): Promise<Store> => openSqliteStore({ path: join(planted.home, "parl.db"), durability: "normal" });

test("[DB-5] [HTTP-6] a database that does not answer at start: 503, hellos closed 1013, and service as soon as it is there", async () => {
  let isReachable = false;
  running = await startServer({
    env: planted.env,
    writeLog: () => undefined,
    openStore: () =>
      isReachable ? openReal() : Promise.reject(new StoreUnavailableError("the test keeps the database away")),
  });
  const { url } = running;
  const health = async (): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}/health`);
    return { status: response.status, body: await response.json() };
  };
  expect(await health()).toMatchObject({ status: 503, body: { status: "degraded", db: "down" } });
  const wsUrl = `${url.replace("http", "ws")}/ws`;
  const hello = (): Parameters<typeof RawClient.join>[1] => modernHello(membersOf(planted)[0]);
  const early = await RawClient.open(wsUrl);
  early.send(hello());
  expect(await early.next("error")).toMatchObject({ code: "storage_unavailable" });
  expect(await early.closed).toEqual({ code: 1013, reason: "storage_unavailable" });
  isReachable = true;
  while ((await health()).status !== 200);
  const { client } = await RawClient.join(wsUrl, hello());
  await client.close();
});

test("[DB-4] a database that turns out to be locked ends a server that waited for it", async () => {
  const holder = await openReal();
  let attempts = 0;
  const failed = Promise.withResolvers<unknown>();
  running = await startServer({
    env: planted.env,
    writeLog: () => undefined,
    openStore: () => (attempts++ === 0 ? Promise.reject(new StoreUnavailableError("not yet")) : openReal()),
    onFailed: failed.resolve,
  });
  expect(await failed.promise).toBeInstanceOf(StoreLockedError);
  await expect(fetch(`${running.url}/health`)).rejects.toThrow("fetch failed");
  await holder.close();
});
