import { DEFAULT_POLICIES } from "@parlatory/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MeshWorld, plainText, type Guest } from "../support/mesh-world.ts";
import type { RawFrame } from "../support/raw-client.ts";

let world: MeshWorld;
const members = ["ada", "grace", "alan"];

/** Sends so many, pipelined, and gives their answers. */
const sendMany = (from: Guest, to: Guest, count: number): Promise<RawFrame[]> =>
  Promise.all(Array.from({ length: count }, () => from.send(to)));
const isTaken = (answer: RawFrame): boolean => answer["queued"] === true;

describe("by default", () => {
  beforeAll(async () => {
    world = await MeshWorld.open({ meshes: [{ members }] });
  });
  afterAll(() => world.end());

  test("[SEND-9] [POL-7] a member has a burst of 500 for all its sessions, and 600 a minute after it", async () => {
    expect(DEFAULT_POLICIES).toMatchObject({ rateMessagesPerMinute: 600, rateBurst: 500 });
    const grace = await world.join("grace");
    const [one, two] = [await world.join("ada"), await world.join("ada")];
    const answers = [...(await sendMany(one, grace, 300)), ...(await sendMany(two, grace, 201))];
    expect(answers.filter(isTaken)).toHaveLength(500);
    expect(answers.at(-1)).toMatchObject({
      type: "ack",
      messageId: "",
      queued: false,
      code: "rate_limited",
      retryAfterMs: 100,
    });
    expect(await one.send(grace)).toMatchObject({ code: "rate_limited" });
    // The rate is the member's: others are not held up by it.
    expect(await (await world.join("alan")).send(grace)).toMatchObject({ queued: true });

    await world.time.advance(99);
    expect(await one.send(grace)).toMatchObject({ code: "rate_limited", retryAfterMs: 1 });
    await world.time.advance(1);
    expect(await two.send(grace)).toMatchObject({ queued: true });
    expect(await one.send(grace)).toMatchObject({ code: "rate_limited" });
    await world.time.advance(1_000);
    expect((await sendMany(one, grace, 11)).filter(isTaken)).toHaveLength(10);
    // However long it rests, it saves up no more than the burst.
    await world.pass(10 * 60_000);
    expect((await sendMany(one, grace, 502)).filter(isTaken)).toHaveLength(500);
  });

  test("[SEND-9] a legacy client is told the same by an error frame with the id of its send", async () => {
    await world.pass(60_000);
    const grace = await world.join("grace");
    const legacy = await world.join("alan", { legacy: true });
    await Promise.all(Array.from({ length: 500 }, () => legacy.send(grace)));
    expect(await legacy.send(grace)).toMatchObject({
      type: "error",
      id: "send-501",
      code: "rate_limited",
      retryAfterMs: 100,
    });
  });

  test("[POL-7] the policies move rate and burst at once, and 0 switches the limit off", async () => {
    await world.pass(60_000);
    const grace = await world.join("grace");
    const ada = await world.join("ada");
    await world.setPolicies({ rateMessagesPerMinute: 60, rateBurst: 3 });
    const few = await sendMany(ada, grace, 4);
    expect(few.map(isTaken)).toEqual([true, true, true, false]);
    expect(few.at(-1)).toMatchObject({ code: "rate_limited", retryAfterMs: 1_000 });
    for (const off of [{ rateMessagesPerMinute: 0 }, { rateMessagesPerMinute: 60, rateBurst: 0 }]) {
      await world.setPolicies(off);
      expect((await sendMany(ada, grace, 1_000)).every(isTaken)).toBe(true);
    }
  });
});

describe("with a burst of three", () => {
  beforeAll(async () => {
    world = await MeshWorld.open({ meshes: [{ members, policies: { rateMessagesPerMinute: 60, rateBurst: 3 } }] });
  });
  afterAll(() => world.end());

  test("[SEND-9] a send costs one token however many get it", async () => {
    const ada = await world.join("ada");
    for (const name of ["ada", "grace", "alan", "alan", "grace"]) await world.join(name);
    for (let n = 0; n < 3; n++) {
      expect(await ada.send("*", plainText("to five"))).toMatchObject({ queued: true, recipients: 5 });
    }
    expect(await ada.send("*", plainText("to five"))).toMatchObject({ code: "rate_limited" });
  });

  test("[SEND-9] [SEND-4] nothing of a send that came too early is delivered later", async () => {
    await world.pass(60_000);
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    const answers = await sendMany(ada, grace, 5);
    const taken = answers.filter(isTaken).map((answer) => answer["messageId"]);
    expect(taken).toHaveLength(3);
    await world.pass(60_000);
    await grace.client.settle();
    // What was taken came again meanwhile, because nobody acknowledged it; what was refused never came.
    expect(new Set(grace.received())).toEqual(new Set(taken));
    expect(await ada.send(grace)).toMatchObject({ queued: true });
  });
});
