import "fake-indexeddb/auto";
import { afterEach, expect, test, vi } from "vitest";
import { OfflineDatabase } from "../../src/offline/offline-database.ts";

afterEach(() => vi.unstubAllGlobals());

test("the database is opened at the first use, once, and tells its state", async () => {
  const database = new OfflineDatabase({ name: "states" });
  const states: string[] = [];
  database.subscribe(() => states.push(database.state));
  expect(database.state).toBe("closed");
  const [one, other] = await Promise.all([database.open(), database.open()]);
  expect(one).toBe(other);
  expect([...(one?.objectStoreNames ?? [])]).toEqual([
    "answers",
    "draftFileUses",
    "draftFiles",
    "histories",
    "historyUses",
    "prompts",
    "queries",
  ]);
  await database.close();
  expect(states).toEqual(["opening", "open", "closed"]);
});

test("nothing is opened before it may be", async () => {
  const open = vi.spyOn(indexedDB, "open");
  const { promise: after, resolve } = Promise.withResolvers<void>();
  const database = new OfflineDatabase({ name: "later", after });
  const opening = database.open();
  await Promise.resolve();
  expect(open).not.toHaveBeenCalled();
  resolve();
  expect(await opening).toBeDefined();
  expect(open).toHaveBeenCalledOnce();
  open.mockRestore();
  await database.close();
});

test("a browser that forbids it has none, without an error", async () => {
  vi.stubGlobal("indexedDB", {
    open: () => {
      throw new DOMException("forbidden", "SecurityError");
    },
  });
  const database = new OfflineDatabase({ name: "forbidden" });
  expect(await database.open()).toBeUndefined();
  expect(database.state).toBe("absent");
});

test("a newer page that wants to change it is let in", async () => {
  const database = new OfflineDatabase({ name: "newer" });
  await database.open();
  const { promise, resolve, reject } = Promise.withResolvers<IDBDatabase>();
  const request = indexedDB.open("newer", 99);
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  (await promise).close();
  expect(database.state).toBe("absent");
  expect(await database.open()).toBeUndefined();
});

test("a browser with the first form of it keeps what it has", async () => {
  const { promise, resolve, reject } = Promise.withResolvers<IDBDatabase>();
  const request = indexedDB.open("older", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("prompts", { keyPath: "promptId" }).createIndex("place", "place");
    request.transaction?.objectStore("prompts").put({ promptId: "kept", place: 1 });
  };
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  (await promise).close();
  const database = new OfflineDatabase({ name: "older" });
  const open = await database.open();
  expect(await open?.get("prompts", "kept")).toMatchObject({ promptId: "kept" });
  expect([...(open?.objectStoreNames ?? [])]).toEqual(["draftFileUses", "draftFiles", "prompts"]);
  await database.close();
});
