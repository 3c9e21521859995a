import "fake-indexeddb/auto";
import type { StoredPrompt } from "@parlatory/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OfflineDatabase } from "../../src/offline/offline-database.ts";
import { EarlierPrompts } from "../../src/offline/prompts/earlier-prompts.ts";
import { OfflinePrompts } from "../../src/offline/prompts/offline-prompts.ts";
import { createTabLocks } from "../../src/offline/prompts/tab-locks.ts";
import { FakeLocks } from "./fake-locks.ts";

let count = 0;
let name: string;
let locks: FakeLocks;
const opened: { close: () => unknown }[] = [];

beforeEach(() => {
  count += 1;
  name = `prompts-${count}`;
  locks = new FakeLocks();
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

/** `manager` null: a browser without locks. */
function openTab(tab: string, manager: LockManager | null = locks.manager, identity = "me") {
  const database = new OfflineDatabase({ name });
  const adopted: string[] = [];
  const prompts = new OfflinePrompts({
    database,
    locks: createTabLocks(manager ?? undefined),
    tab,
    identity,
    adopted: (taken) => void adopted.push(...taken.map(({ promptId }) => promptId)),
    makeRoom: () => Promise.resolve(),
  });
  opened.push({ close: () => database.close() }, prompts);
  return { prompts, adopted, database };
}

function prompt(promptId: string, isAccepted = false): StoredPrompt {
  const message = { type: "prompt", text: promptId, prompt_id: promptId } as const;
  return { promptId, sessionId: "s", message, writtenAt: 1, isAccepted, wasOffline: true };
}
const idsOf = (prompts: readonly StoredPrompt[]): string[] => prompts.map(({ promptId }) => promptId);

test("[CLIENT-5] prompts survive a reload in the order of writing, whatever their ids and later changes", async () => {
  const first = openTab("a");
  await first.prompts.load();
  for (const id of ["z", "m", "b"]) await first.prompts.put(prompt(id));
  await first.prompts.put(prompt("z", true));
  await first.prompts.remove("m");
  first.prompts.close();
  const again = await openTab("b").prompts.load();
  expect(again.map(({ promptId, isAccepted }) => [promptId, isAccepted])).toEqual([
    ["z", true],
    ["b", false],
  ]);
});

test("[CLIENT-5] prompts of a tab that lives are left to it, and come over when it is gone", async () => {
  const writer = openTab("a");
  await writer.prompts.load();
  await writer.prompts.put(prompt("p1"));
  const reader = openTab("b");
  expect(await reader.prompts.load()).toEqual([]);
  expect(reader.adopted).toEqual([]);
  writer.prompts.close();
  await expect.poll(() => reader.adopted).toEqual(["p1"]);
  // A third one finds that they have an owner again.
  expect(await openTab("c").prompts.load()).toEqual([]);
});

test("[CLIENT-5] a tab that began later leaves its prompts to the one that looks around", async () => {
  const early = openTab("a");
  await early.prompts.load();
  const late = openTab("b");
  await late.prompts.load();
  await late.prompts.put(prompt("p1"));
  await early.prompts.lookAround();
  late.prompts.close();
  await expect.poll(() => early.adopted).toEqual(["p1"]);
});

test("[CLIENT-5] two tabs that start at once share what a third one left: none is given twice", async () => {
  const gone = openTab("a");
  await gone.prompts.load();
  await gone.prompts.put(prompt("p1"));
  await gone.prompts.put(prompt("p2"));
  gone.prompts.close();
  const [one, other] = await Promise.all([openTab("b").prompts.load(), openTab("c").prompts.load()]);
  expect([...idsOf(one), ...idsOf(other)].toSorted()).toEqual(["p1", "p2"]);
});

test("[CLIENT-5] without locks every tab that starts takes all that is kept", async () => {
  const writer = openTab("a", null);
  await writer.prompts.load();
  await writer.prompts.put(prompt("p1"));
  const other = openTab("b", null);
  expect(idsOf(await other.prompts.load())).toEqual(["p1"]);
  await writer.prompts.lookAround();
  expect(writer.adopted).toEqual([]);
});

test("[CLIENT-5] a full disk gives up copies and keeps the prompt; what cannot be kept even then is refused", async () => {
  const { prompts, database } = openTab("a");
  const open = await database.open();
  if (open === undefined) throw new Error("there is a database");
  let rooms = 0;
  let failures = 1;
  const full: Pick<OfflineDatabase, "open"> = {
    open: () =>
      Promise.resolve(
        new Proxy(open, {
          get(target, key) {
            if (key === "transaction" && failures > 0) {
              failures -= 1;
              throw new DOMException("full", "QuotaExceededError");
            }
            const value: unknown = Reflect.get(target, key);
            return typeof value === "function" ? value.bind(target) : value;
          },
        }),
      ),
  };
  const cramped = new OfflinePrompts({
    database: full as OfflineDatabase,
    locks: createTabLocks(locks.manager),
    tab: "b",
    identity: "me",
    adopted: () => undefined,
    makeRoom: () => Promise.resolve(void (rooms += 1)),
  });
  await cramped.put(prompt("p1"));
  expect(rooms).toBe(1);
  failures = 2;
  await expect(cramped.put(prompt("p2"))).rejects.toThrow("full");
  expect(idsOf(await prompts.load())).toEqual(["p1"]);
});

test("[CLIENT-5] without a database prompts are taken all the same, for as long as the page lives", async () => {
  const prompts = new OfflinePrompts({
    database: { open: () => Promise.resolve(undefined) } as OfflineDatabase,
    locks: createTabLocks(locks.manager),
    tab: "a",
    identity: "me",
    adopted: () => undefined,
    makeRoom: () => Promise.resolve(),
  });
  await prompts.put(prompt("p1"));
  await prompts.remove("p1");
  expect(await prompts.load()).toEqual([]);
});

function openEarlier(tab: string, identity: string) {
  const { prompts, database, adopted } = openTab(tab, locks.manager, identity);
  const taken: string[] = [];
  const earlier = new EarlierPrompts({
    database,
    locks: createTabLocks(locks.manager),
    tab,
    identity,
    taken: (found) => void taken.push(...idsOf(found)),
  });
  return { prompts, adopted, earlier, taken };
}

async function leaveAs(identity: string, ...ids: string[]): Promise<void> {
  const { prompts } = openTab(`tab of ${identity}`, locks.manager, identity);
  await prompts.load();
  for (const id of ids) await prompts.put(prompt(id));
  await prompts.put(prompt(`accepted of ${identity}`, true));
  prompts.close();
}

test("[CLIENT-5] what was written under another identity is sent by nobody unasked, and goes out in order when taken", async () => {
  await leaveAs("before", "z", "b");
  const { prompts, adopted, earlier, taken } = openEarlier("now", "after");
  expect(await prompts.load()).toEqual([]);
  await prompts.lookAround();
  expect(idsOf(await earlier.list())).toEqual(["z", "b"]);
  expect([adopted, taken]).toEqual([[], []]);
  await earlier.take();
  expect(taken).toEqual(["z", "b"]);
  expect(await earlier.list()).toEqual([]);
  prompts.close();
  // Taken, they are prompts of the present identity over a reload too; what the server had already is not.
  expect(idsOf(await openTab("reloaded", locks.manager, "after").prompts.load())).toEqual(["z", "b"]);
});

test("[CLIENT-5] of two tabs that take what was left, each prompt goes to one", async () => {
  await leaveAs("before", "p1", "p2");
  const one = openEarlier("one", "after");
  const other = openEarlier("other", "after");
  await Promise.all([one.earlier.take(), other.earlier.take()]);
  expect([...one.taken, ...other.taken].toSorted()).toEqual(["p1", "p2"]);
});

test("[CLIENT-5] what was left and is discarded is gone for every identity; a tab that lives under another keeps its own", async () => {
  await leaveAs("before", "p1");
  const living = openTab("living", locks.manager, "other");
  await living.prompts.load();
  await living.prompts.put(prompt("kept"));
  const { prompts, earlier, taken } = openEarlier("now", "after");
  await prompts.load();
  expect(idsOf(await earlier.list())).toEqual(["p1"]);
  await earlier.discard();
  await earlier.take();
  expect(taken).toEqual([]);
  living.prompts.close();
  expect(await openTab("again", locks.manager, "before").prompts.load()).toEqual([]);
  expect(idsOf(await openTab("later", locks.manager, "other").prompts.load())).toEqual(["kept"]);
});
