import "fake-indexeddb/auto";
import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test } from "vitest";
import { ManualClock } from "../../../client/test/support/manual-clock.ts";
import { OfflineDatabase } from "../../src/offline/offline-database.ts";
import { OfflineQueries } from "../../src/offline/queries/offline-queries.ts";
import { remoteKeys } from "../../src/remote/remote-keys.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function openPage(name: string, { build = "b1", bounds = { lists: 2, sessions: 2 } } = {}) {
  const database = new OfflineDatabase({ name });
  const queries = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } });
  const clock = new ManualClock();
  const offline = new OfflineQueries({ database, queries, clock, build, bounds });
  closing.push(
    () => database.close(),
    () => queries.clear(),
    () => offline.stop(),
  );
  return { queries, clock, offline, database };
}

test("the last list and details are there at the next start, as old as they are", async () => {
  const first = openPage("start");
  await first.offline.start();
  first.queries.setQueryData(remoteKeys.sessionList({}), ["a"], { updatedAt: 1_000 });
  first.queries.setQueryData(remoteKeys.sessionList({ agent: "echo" }), ["b"], { updatedAt: 1_500 });
  first.queries.setQueryData(remoteKeys.session("s1"), { name: "one" }, { updatedAt: 2_000 });
  first.queries.setQueryData(remoteKeys.devices, ["secret"]);
  await first.offline.flush();

  const second = openPage("start");
  await second.offline.start();
  expect(second.queries.getQueryData(remoteKeys.sessionList({}))).toEqual(["a"]);
  expect(second.queries.getQueryState(remoteKeys.sessionList({}))?.dataUpdatedAt).toBe(1_000);
  expect(second.queries.getQueryData(remoteKeys.sessionList({ agent: "echo" }))).toEqual(["b"]);
  expect(second.queries.getQueryData(remoteKeys.session("s1"))).toEqual({ name: "one" });
  expect(second.queries.getQueryData(remoteKeys.devices)).toBeUndefined();
});

test("what the server has told already is not replaced by what was kept", async () => {
  const first = openPage("newer");
  await first.offline.start();
  first.queries.setQueryData(remoteKeys.sessionList({}), ["old"]);
  await first.offline.flush();
  const second = openPage("newer");
  second.queries.setQueryData(remoteKeys.sessionList({}), ["new"]);
  await second.offline.start();
  expect(second.queries.getQueryData(remoteKeys.sessionList({}))).toEqual(["new"]);
});

test("what another build of the app wrote is not shown by this one", async () => {
  const first = openPage("build");
  await first.offline.start();
  first.queries.setQueryData(remoteKeys.sessionList({}), ["a"]);
  await first.offline.flush();
  const second = openPage("build", { build: "b2" });
  await second.offline.start();
  expect(second.queries.getQueryData(remoteKeys.sessionList({}))).toBeUndefined();
});

test("changes are saved together some time later, and the oldest of a kind go", async () => {
  const first = openPage("bounds");
  await first.offline.start();
  for (const [index, id] of ["s1", "s2", "s3"].entries()) {
    first.queries.setQueryData(remoteKeys.session(id), id, { updatedAt: index + 1 });
  }
  first.queries.setQueryData(remoteKeys.sessionList({}), ["a"], { updatedAt: 1 });
  first.clock.advance(1_500);
  // s2, s3 and the list.
  await expect.poll(async () => await (await first.database.open())?.count("queries")).toBe(3);
  const second = openPage("bounds");
  await second.offline.start();
  expect(second.queries.getQueryData(remoteKeys.session("s3"))).toBe("s3");
  expect(second.queries.getQueryData(remoteKeys.session("s1"))).toBeUndefined();
  expect(second.queries.getQueryData(remoteKeys.session("s2"))).toBe("s2");
  expect(second.queries.getQueryData(remoteKeys.sessionList({}))).toEqual(["a"]);
});
