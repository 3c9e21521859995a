import "fake-indexeddb/auto";
import { SessionView, type HistorySnapshot } from "@parlatory/client";
import type { RemoteMessageItem } from "@parlatory/protocol/remote";
import { afterEach, expect, test } from "vitest";
import { ManualClock } from "../../../client/test/support/manual-clock.ts";
import { HistorySaver } from "../../src/offline/histories/history-saver.ts";
import { OfflineHistories, type HistoryBounds } from "../../src/offline/histories/offline-histories.ts";
import { OfflineDatabase } from "../../src/offline/offline-database.ts";

const databases: OfflineDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.close();
});

function openHistories(name: string, bounds: Partial<HistoryBounds> = {}) {
  const database = new OfflineDatabase({ name });
  databases.push(database);
  let now = 0;
  const all = { sessions: 3, messages: 5, sessionBytes: 1_000_000, totalBytes: 10_000_000, ...bounds };
  return new OfflineHistories(database, () => (now += 1), all);
}

function history(count: number, text = "hello"): HistorySnapshot {
  const messages = Array.from({ length: count }, (_, index) => message(index + 1, text));
  return { logId: "log", messages, hasOlder: false };
}

function message(seq: number, text: string): RemoteMessageItem {
  return {
    id: `m${seq}`,
    seq,
    role: "assistant",
    kind: "reply",
    text,
    timestamp: "2026-03-01T09:00:00.000Z",
  } as RemoteMessageItem;
}

async function kept(histories: OfflineHistories, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => histories.load(name)));
  return names.filter((_, index) => found[index] !== undefined);
}

test("a history that was kept can be gone on from", async () => {
  const histories = openHistories("kept");
  await histories.save("a", history(3));
  const snapshot = await histories.load("a");
  const view = new SessionView("a", { snapshot });
  expect(view.cursor).toEqual({ logId: "log", seq: 3, messageId: "m3" });
  expect(await histories.load("b")).toBeUndefined();
});

test("of a long history the newest part is kept, and that there is more is known", async () => {
  const histories = openHistories("long");
  await histories.save("a", history(12));
  const snapshot = await histories.load("a");
  expect(snapshot?.messages.map(({ seq }) => seq)).toEqual([8, 9, 10, 11, 12]);
  expect(snapshot?.hasOlder).toBe(true);
});

test("of a history of large messages fewer are kept, at least the last one", async () => {
  const histories = openHistories("large", { sessionBytes: 2_500 });
  await histories.save("a", history(5, "x".repeat(1_000)));
  expect((await histories.load("a"))?.messages.map(({ seq }) => seq)).toEqual([4, 5]);
  await histories.save("b", history(5, "x".repeat(9_000)));
  expect((await histories.load("b"))?.messages.map(({ seq }) => seq)).toEqual([5]);
});

test("the sessions that were read longest ago are forgotten first", async () => {
  const histories = openHistories("many");
  for (const name of ["a", "b", "c"]) await histories.save(name, history(1));
  await histories.save("a", history(2));
  await histories.save("d", history(1));
  expect(await kept(histories, ["a", "b", "c", "d"])).toEqual(["a", "c", "d"]);
});

test("all of them together stay within their bytes; the last one read is always there", async () => {
  const histories = openHistories("bytes", { totalBytes: 3_000 });
  for (const name of ["a", "b", "c"]) await histories.save(name, history(1, "x".repeat(1_200)));
  expect(await kept(histories, ["a", "b", "c"])).toEqual(["b", "c"]);
  await histories.save("d", history(1, "x".repeat(9_000)));
  expect(await kept(histories, ["a", "b", "c", "d"])).toEqual(["d"]);
  await histories.clear();
  expect(await kept(histories, ["d"])).toEqual([]);
});

test("a history is saved some time after its last change, at once when the page goes, and not after a sign-out", async () => {
  const saved: string[] = [];
  const clock = new ManualClock();
  const saver = new HistorySaver(
    {
      load: () => Promise.resolve(undefined),
      save: (sessionId, { messages }) => Promise.resolve(void saved.push(`${sessionId} ${messages.length}`)),
    },
    clock,
  );
  saver.start();
  saver.save(new SessionView("a", { snapshot: history(1) }));
  saver.save(new SessionView("a", { snapshot: history(2) }));
  saver.save(new SessionView("empty"));
  expect(saved).toEqual([]);
  clock.advance(2_000);
  expect(saved).toEqual(["a 2"]);
  saver.save(new SessionView("b", { snapshot: history(3) }));
  expect((await saver.load("b"))?.messages).toHaveLength(3);
  await saver.flush();
  expect(saved).toEqual(["a 2", "b 3"]);
  saver.save(new SessionView("c", { snapshot: history(1) }));
  saver.stop();
  saver.save(new SessionView("d", { snapshot: history(1) }));
  clock.advance(10_000);
  expect(saved).toEqual(["a 2", "b 3"]);
});
