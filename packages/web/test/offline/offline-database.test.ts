import "fake-indexeddb/auto";
import { afterEach, expect, test, vi } from "vitest";
import { OfflineDatabase } from "../../src/offline/offline-database.ts";

afterEach(() => vi.unstubAllGlobals());

test("the database is opened at the first use, once, and tells its state", async () => {
  const database = new OfflineDatabase("states");
  const states: string[] = [];
  database.subscribe(() => states.push(database.state));
  expect(database.state).toBe("closed");
  const [one, other] = await Promise.all([database.open(), database.open()]);
  expect(one).toBe(other);
  expect([...(one?.objectStoreNames ?? [])]).toEqual(["answers", "histories", "historyUses", "prompts", "queries"]);
  await database.close();
  expect(states).toEqual(["opening", "open", "closed"]);
});

test("a browser that forbids it has none, without an error", async () => {
  vi.stubGlobal("indexedDB", {
    open: () => {
      throw new DOMException("forbidden", "SecurityError");
    },
  });
  const database = new OfflineDatabase("forbidden");
  expect(await database.open()).toBeUndefined();
  expect(database.state).toBe("absent");
});

test("a newer page that wants to change it is let in", async () => {
  const database = new OfflineDatabase("newer");
  await database.open();
  const { promise, resolve, reject } = Promise.withResolvers<IDBDatabase>();
  const request = indexedDB.open("newer", 99);
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  (await promise).close();
  expect(database.state).toBe("absent");
  expect(await database.open()).toBeUndefined();
});
