import { describe, expect, test } from "vitest";
import type { OwnRecord } from "../../../src/sessions/catalog.ts";
import { CatalogWorld, SESSION, textsOf } from "./catalog-world.ts";
import { idOf } from "./session-lines.ts";

const NOTE = { sessionId: SESSION, agent: "acp", workingDirectory: "/srv/shop", createdAt: 5 };

function record(number: number, type: "user" | "assistant", text: string): OwnRecord {
  return {
    uuid: idOf(number),
    parentUuid: number > 1 ? idOf(number - 1) : null,
    type,
    timestamp: new Date(Date.UTC(2026, 2, 1) + number * 1_000).toISOString(),
    cwd: "/srv/shop",
    message: { role: type, content: text },
    ...(type === "user" ? { promptId: idOf(number) } : {}),
  };
}

const turn = (number: number, text: string): OwnRecord[] => [
  record(number, "user", text),
  record(number + 1, "assistant", `answer to ${text}`),
];

describe("sessions whose agent keeps no files", () => {
  test("[HIST-1] their records are in the store before anybody is told, and are the log", async () => {
    const world = await CatalogWorld.start();
    world.catalog.note(NOTE);
    await world.log(SESSION);
    const durable: number[] = [];
    world.catalog.listen({ onAppended: () => void durable.push(world.store.events.get(SESSION)?.length ?? 0) });
    await world.catalog.append(SESSION, turn(1, "Fix the cart total"));
    await world.catalog.append(SESSION, turn(3, "and the tax"));
    expect(durable).toEqual([2, 4]);
    expect(world.kinds()).toEqual(["created", "appended", "changed", "appended"]);
    const log = await world.log(SESSION);
    expect(await textsOf(log)).toEqual([
      "Fix the cart total",
      "answer to Fix the cart total",
      "and the tax",
      "answer to and the tax",
    ]);
    expect(await log.seqOf(idOf(3))).toBe(3);
    expect(world.summary(SESSION)).toMatchObject({
      agent: "acp",
      name: "Fix the cart total",
      messageCount: 4,
      preview: "answer to and the tax",
    });
  });

  test("[HIST-1] a record that is there already is neither kept nor told again", async () => {
    const world = await CatalogWorld.start();
    world.catalog.note(NOTE);
    await world.log(SESSION);
    await world.catalog.append(SESSION, turn(1, "Fix the cart total"));
    await world.catalog.append(SESSION, [...turn(1, "Fix the cart total"), record(3, "user", "more")]);
    expect(world.told(SESSION)).toEqual(["Fix the cart total", "answer to Fix the cart total", "more"]);
  });

  test("[HIST-10] lists, names and numbering are the same after a restart", async () => {
    const world = await CatalogWorld.start();
    world.catalog.note(NOTE);
    world.store.sessions.set(SESSION, NOTE);
    for (const [index, text] of ["hi", "go", "Fix the cart total"].entries()) {
      await world.catalog.append(SESSION, turn(1 + 2 * index, text));
    }
    const before = world.summary(SESSION);
    const { logId } = await world.log(SESSION);
    await world.restart();
    expect(world.summary(SESSION)).toEqual(before);
    expect(before.name).toBe("Fix the cart total");
    expect((await world.log(SESSION)).logId).toBe(logId);
    expect(world.catalog.list({})).toHaveLength(1);
  });

  test("[HIST-1] a long log is read in pages from either end", async () => {
    const world = await CatalogWorld.start();
    world.catalog.note(NOTE);
    for (let number = 1; number < 250; number += 2) await world.catalog.append(SESSION, turn(number, `text ${number}`));
    const log = await world.log(SESSION);
    expect(log.endSeq).toBe(250);
    const seqs: number[] = [];
    for await (const batch of log.readBackwards(240, 10)) seqs.push(...batch.map(({ seq }) => seq));
    expect(seqs).toEqual(Array.from({ length: 229 }, (_, index) => 239 - index));
    expect((await log.read(90, 210)).map(({ seq }) => seq)).toEqual(Array.from({ length: 121 }, (_, i) => 90 + i));
    expect(await log.seqOf(idOf(2))).toBe(2);
    expect(await log.seqOf(idOf(999))).toBeUndefined();
  });

  test("[CRASH-3] they say whether a prompt is in them, and what its turn answered", async () => {
    const world = await CatalogWorld.start();
    world.catalog.note(NOTE);
    await world.catalog.append(SESSION, [...turn(1, "Fix the cart total"), record(3, "user", "and the tax")]);
    const tail = await world.catalog.tail(SESSION);
    expect(tail).toMatchObject({ length: 3, lastRecordId: idOf(3), isTurnFinished: false });
    expect(await tail?.hasRecord(idOf(3))).toBe(true);
    expect(await tail?.hasRecord(idOf(5))).toBe(false);
    expect(await tail?.answerTo(idOf(1))).toEqual({ isFinished: true, text: "answer to Fix the cart total" });
    expect(await tail?.answerTo(idOf(3))).toEqual({ isFinished: false, text: "" });
  });

  test("[SUB-2] a session without a record has a tail without a turn", async () => {
    const world = await CatalogWorld.start();
    world.catalog.note(NOTE);
    const tail = await world.catalog.tail(SESSION);
    expect(tail).toMatchObject({ length: 0, lastRecordId: null, isTurnFinished: true });
    expect(await tail?.hasRecord(idOf(1))).toBe(false);
    expect(await tail?.answerTo(idOf(1))).toBeUndefined();
  });

  test("[WATCH-7] a name given through this server comes before every other, and is told", async () => {
    const world = await CatalogWorld.start();
    world.catalog.note(NOTE);
    await world.catalog.append(SESSION, turn(1, "Fix the cart total"));
    world.catalog.note({ ...NOTE, name: "Carts" });
    expect(world.summary(SESSION).name).toBe("Carts");
    expect(world.kinds()).toEqual(["created", "changed"]);
  });
});
