import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClientSessions } from "../../src/sessions/client-sessions.ts";
import { DeliveryQueue } from "../../src/sessions/delivery-queue.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { HeldTime } from "../support/held-time.ts";
import { delivery, outcomeOf, queueRequest } from "../support/remote-rows.ts";

const DAY = 86_400_000;

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-test-clients-"));
  store = await openSqliteStore({ path: join(folder, "parl.db"), durability: "normal" });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function deliver(clientSessionId: string, finishedAt: number): Promise<string> {
  const request = queueRequest(randomUUID());
  const message = delivery(clientSessionId);
  await store.acceptPrompt(request);
  await store.finishPrompt(outcomeOf(request.prompt.promptId, { finishedAt, delivery: message }));
  return message.messageId;
}

test("[RDLV-7] [SESS-4] a client session finds its session, directory and hidden set again when it is opened anew", async () => {
  const sessions = new ClientSessions({ store, clock: new HeldTime() });
  expect(await sessions.find("c-1")).toBeUndefined();
  expect(await sessions.open("c-1")).toEqual({ currentSessionId: undefined, directory: undefined, hidden: [] });
  await sessions.setDirectory("c-1", "/home/anna/shop");
  await sessions.setCurrent("c-1", "s-1");
  await sessions.setHidden("c-1", "s-2", true);
  await sessions.setHidden("c-1", "s-3", true);
  await sessions.setHidden("c-1", "s-3", false);
  const again = new ClientSessions({ store, clock: new HeldTime() });
  expect(await again.find("c-1")).toEqual({ currentSessionId: "s-1", directory: "/home/anna/shop" });
  expect(await again.open("c-1")).toEqual({ currentSessionId: "s-1", directory: "/home/anna/shop", hidden: ["s-2"] });
  // Nobody else's is touched by it.
  expect(await again.open("c-2")).toEqual({ currentSessionId: undefined, directory: undefined, hidden: [] });
});

test("[RDLV-6] opening is what keeps a client session from being forgotten, looking for it is not", async () => {
  const time = new HeldTime();
  const sessions = new ClientSessions({ store, clock: time });
  const purge = () =>
    store.purgeRemote({
      now: time.now(),
      promptMs: 1e12,
      clientSessionMs: 90 * DAY,
      queueMs: 1e12,
      queueMessages: 1_000,
      permissionMs: 1e12,
      maxRows: 100,
    });
  for (const id of ["kept", "looked-for"]) {
    await sessions.open(id);
    await sessions.setDirectory(id, "/");
  }
  await time.advance(60 * DAY);
  await sessions.open("kept");
  await sessions.find("looked-for");
  await time.advance(31 * DAY);
  await purge();
  expect(await sessions.find("kept")).toMatchObject({ directory: "/" });
  expect(await sessions.find("looked-for")).toBeUndefined();
});

test("[RDLV-2] [RDLV-3] [RDLV-4] the queue gives what is unacknowledged, in order and under its ids, until it is acknowledged", async () => {
  const time = new HeldTime();
  const queue = new DeliveryQueue({ store, clock: time, randomUuid: randomUUID });
  const sent = [await deliver("q-1", time.now()), await deliver("q-1", time.now()), await deliver("q-1", time.now())];
  const list = async () => (await queue.list("q-1")).map(({ messageId }) => messageId);
  expect(await list()).toEqual(sent);
  expect(await list()).toEqual(sent);
  await queue.acknowledge("q-2", sent[1] ?? "");
  await queue.acknowledge("q-1", randomUUID());
  await queue.acknowledge("q-1", sent[1] ?? "");
  await queue.acknowledge("q-1", sent[1] ?? "");
  expect(await list()).toEqual([sent[0], sent[2]]);
});

test(
  "[RDLV-5] the queue holds 1,000 messages of at most 30 days; what left is a gap that waits like a message",
  { timeout: 60_000 },
  async () => {
    const time = new HeldTime();
    const queue = new DeliveryQueue({ store, clock: time, randomUuid: randomUUID });
    const sent: string[] = [];
    for (let n = 0; n < 1_002; n++) sent.push(await deliver("full", time.now()));
    const [gap, ...rest] = await queue.list("full");
    expect(gap).toMatchObject({ kind: "gap" });
    expect(JSON.parse(gap?.documentJson ?? "")).toMatchObject({ dropped: 2, reason: "count" });
    expect(rest.map(({ messageId }) => messageId)).toEqual(sent.slice(2));
    await queue.acknowledge("full", gap?.messageId ?? "");
    await time.advance(30 * DAY);
    expect(await queue.list("full")).toHaveLength(1_000);
    await time.advance(1);
    const [aged, ...none] = await queue.list("full");
    expect(JSON.parse(aged?.documentJson ?? "")).toMatchObject({ dropped: 1_000, reason: "age" });
    expect(none).toEqual([]);
  },
);
