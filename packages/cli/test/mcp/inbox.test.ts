import { expect, test } from "vitest";
import { Inbox } from "../../src/mcp/inbox.ts";
import { arrival } from "./support/arrival.ts";

function filled(ids: readonly string[], options: ConstructorParameters<typeof Inbox>[0] = {}) {
  const surfaced: string[] = [];
  const inbox = new Inbox(options);
  const accepted = ids.map((id) => inbox.add({ message: arrival(id, {}, surfaced), meshId: "m1", meshSlug: "team" }));
  return { inbox, surfaced, accepted, ids: () => inbox.waiting().map((entry) => entry.message.messageId) };
}

test("[MCP-9] a message is handed over by one way at a time and surfaced only when that was confirmed", () => {
  const { inbox, surfaced, ids } = filled(["a", "b", "c"]);
  const first = inbox.take(inbox.waiting().slice(0, 2));
  expect(ids()).toEqual(["c"]);
  expect(inbox.take(first.entries).entries).toEqual([]);
  expect(surfaced).toEqual([]);
  first.confirm();
  first.release();
  first.confirm();
  expect(surfaced).toEqual(["a", "b"]);
  expect(ids()).toEqual(["c"]);
  expect(inbox.counts()).toEqual({ waiting: 1, handing: 0, confirmed: 2, notTaken: 0 });
});

test("[HOOK-23] a way that failed gives the messages back in their order, marked if they may have been seen", () => {
  const { inbox, surfaced, ids } = filled(["a", "b"]);
  const handover = inbox.take(inbox.waiting().slice(0, 1));
  handover.release({ possiblySeen: true });
  handover.confirm();
  expect(surfaced).toEqual([]);
  expect(ids()).toEqual(["a", "b"]);
  expect(inbox.waiting().map((entry) => entry.possiblySeen)).toEqual([true, false]);
});

test("[DLV-4] a message offered again while it waits is not taken in twice; the same id of another mesh is another message", () => {
  const { inbox, ids } = filled(["a"]);
  expect(inbox.add({ message: arrival("a"), meshId: "m1", meshSlug: "team" })).toBe(true);
  expect(ids()).toEqual(["a"]);
  inbox.add({ message: arrival("a"), meshId: "m2", meshSlug: "other" });
  expect(ids()).toEqual(["a", "a"]);
  expect(inbox.waiting(new Set(["m2"])).map((entry) => entry.meshSlug)).toEqual(["other"]);
});

test("[DLV-9] beyond its capacity an arrival is left to the broker", () => {
  const { inbox, accepted, ids } = filled(["a", "b", "c"], { capacity: 2 });
  expect(accepted).toEqual([true, true, false]);
  expect(ids()).toEqual(["a", "b"]);
  expect(inbox.counts().notTaken).toBe(1);
});

test("[MCP-11] a digest announces nothing", () => {
  const announced: string[] = [];
  const inbox = new Inbox({ onArrival: (entry) => announced.push(entry.message.messageId) });
  inbox.add({ message: arrival("low"), meshId: "m1", meshSlug: "team", digest: true });
  inbox.add({ message: arrival("next"), meshId: "m1", meshSlug: "team" });
  expect(announced).toEqual(["next"]);
});

test("[CRYPTO-4] mail of an identity that was lost is withdrawn; what the model already has is settled all the same", () => {
  const { inbox, surfaced, ids } = filled(["a", "b"]);
  const handover = inbox.take(inbox.waiting().slice(0, 1));
  inbox.withdraw("m1");
  expect(ids()).toEqual([]);
  handover.confirm();
  expect(surfaced).toEqual(["a"]);
  expect(ids()).toEqual([]);
});
