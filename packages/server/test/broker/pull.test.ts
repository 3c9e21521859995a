import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MeshWorld, type Guest } from "../support/mesh-world.ts";
import { STORE_KINDS, startDatabaseSource, type DatabaseSource } from "../support/store-kinds.ts";

const PULLING = { capabilities: ["client_ack", "pull"] };

describe.each(STORE_KINDS)("pull with %s", (kind) => {
  let databases: DatabaseSource;
  let world: MeshWorld;
  let ada: Guest;

  beforeAll(async () => {
    databases = await startDatabaseSource(kind);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    world = await MeshWorld.open({
      meshes: [{ members: ["ada", "grace"], policies: { rateMessagesPerMinute: 0 } }],
      databaseUrl: await databases.createUrl(),
      env: { PARL_OFFER_WINDOW: "200" },
    });
    ada = await world.join("ada");
  });
  afterEach(() => world.end());

  const send = async (to: Guest | "member", priority: string): Promise<unknown> =>
    (await ada.send(to === "member" ? world.member("grace") : to, { priority }))["messageId"];

  test("[DLV-18] everything held comes, the member mailbox too, whatever the status and class, `now` before `next` before `low`", async () => {
    for (const status of ["working", "dnd"]) {
      const grace = await world.join("grace", PULLING);
      await grace.client.request({ type: "set_status", status });
      const low = await send(grace, "low");
      const memberLow = await send("member", "low");
      const next = await send(grace, "next");
      const memberNext = await send("member", "next");
      await grace.client.settle();
      expect(grace.pushes()).toEqual([]);
      const result = await grace.client.request({ type: "pull" });
      // The pushes are written before the result.
      expect(grace.received()).toEqual([next, memberNext, low, memberLow]);
      expect(result).toMatchObject({ type: "pull_result", count: 4, remaining: 0 });
      for (const push of grace.pushes()) expect(push).toMatchObject({ pulled: true });
      for (const push of grace.pushes()) expect(push).not.toHaveProperty("redelivery");
      await grace.client.request({ type: "client_ack", upTo: memberLow });
      await grace.leave();
    }
  });

  test("[DLV-18] what was offered before goes first, in its order, and bodies are read back after a restart", async () => {
    const grace = await world.join("grace", PULLING);
    const offered = [await send(grace, "next"), await send(grace, "now"), await send(grace, "next")];
    await grace.waitForPushes(3);
    await grace.client.request({ type: "set_status", status: "dnd" });
    const fresh = [await send(grace, "low"), await send(grace, "next")];
    await world.restart();
    const back = await world.join("grace", { ...PULLING, session: grace.session });
    expect(back.ack).toMatchObject({ resumed: true, mailbox: { now: 1, next: 3, low: 1 } });
    // `now` passes the gate without being asked for.
    await back.waitForPushes(1);
    expect(await back.client.request({ type: "pull" })).toMatchObject({ count: 4, remaining: 0 });
    expect(back.received()).toEqual([offered[1], offered[0], offered[2], fresh[1], fresh[0]]);
    const [now, ...pulled] = back.pushes();
    expect(now).toMatchObject({ redelivery: 1 });
    expect(now).not.toHaveProperty("pulled");
    expect(pulled.map((push) => push["redelivery"])).toEqual([1, 1, undefined, undefined]);
    expect(pulled.every((push) => push["pulled"] === true)).toBe(true);
  });

  test("[DLV-18] `max` is from 1 to 500 and 50 by default; `remaining` tells what is left", async () => {
    const grace = await world.join("grace", PULLING);
    const ids: unknown[] = [];
    for (let n = 0; n < 60; n++) ids.push(await send(grace, "low"));
    expect(await grace.client.request({ type: "pull", max: 1 })).toMatchObject({ count: 1, remaining: 59 });
    expect(await grace.client.request({ type: "pull" })).toMatchObject({ count: 50, remaining: 9 });
    expect(await grace.client.request({ type: "pull", max: 500 })).toMatchObject({ count: 9, remaining: 0 });
    expect(await grace.client.request({ type: "pull", max: 500 })).toMatchObject({ count: 0, remaining: 0 });
    expect(grace.received()).toEqual(ids);
    for (const max of [0, 501, 1.5, "5"]) {
      expect(await grace.client.request({ type: "pull", max })).toMatchObject({ code: "bad_request", field: "max" });
    }
  });

  test("[DLV-18] the offer window holds a pull back, and what was pulled waits for its acknowledgement", async () => {
    const grace = await world.join("grace", PULLING);
    const ids: unknown[] = [];
    for (let n = 0; n < 250; n++) ids.push(await send(grace, "low"));
    expect(await grace.client.request({ type: "pull", max: 500 })).toMatchObject({ count: 200, remaining: 50 });
    expect(await grace.client.request({ type: "pull", max: 500 })).toMatchObject({ count: 0, remaining: 50 });
    await grace.client.request({ type: "client_ack", upTo: ids[9] });
    expect(await grace.client.request({ type: "pull", max: 500 })).toMatchObject({ count: 10, remaining: 40 });
    const status = await ada.client.request({ type: "message_status", messageId: ids[9] });
    expect(status["recipients"]).toMatchObject([
      {
        state: "surfaced",
        offers: 1,
        path: [
          { state: "accepted" },
          { state: "held", reason: "pull_only" },
          { state: "offered", reason: "pull" },
          { state: "surfaced", reason: "client_ack" },
        ],
      },
    ]);
    // Not acknowledged, it is offered again by the timer, and again only by a pull.
    await world.time.advance(30_250);
    expect((await grace.client.request({ type: "pull", max: 1 }))["count"]).toBe(1);
    expect(grace.pushes().at(-1)).toMatchObject({ messageId: ids[10], redelivery: 1, pulled: true });
  });

  test("[DLV-18] every connection may pull: a legacy one, a control connection, one without the capability", async () => {
    const legacy = await world.join("grace", { legacy: true });
    await legacy.client.request({ type: "set_status", status: "dnd" });
    const forLegacy = await send(legacy, "next");
    expect(await legacy.client.request({ type: "pull" })).toMatchObject({ count: 1, remaining: 0 });
    expect(legacy.received()).toEqual([forLegacy]);

    const plain = await world.join("grace", { capabilities: [] });
    await plain.client.request({ type: "set_status", status: "working" });
    const forPlain = await send(plain, "low");
    expect(await plain.client.request({ type: "pull" })).toMatchObject({ count: 1, remaining: 0 });
    expect(plain.received()).toEqual([forPlain]);

    const forMember = await send("member", "next");
    const control = await world.control("grace");
    // A control connection gets the member's mail, not that of its sessions.
    await send(plain, "low");
    expect(await control.client.request({ type: "pull" })).toMatchObject({ count: 1, remaining: 0 });
    expect(control.received()).toEqual([forMember]);
  });

  test("[STAT-8] `low` reaches a `pull` client by pull only, and hello_ack tells that it is there", async () => {
    const grace = await world.join("grace", PULLING);
    expect(grace.ack).toMatchObject({ mailbox: { now: 0, next: 0, low: 0 } });
    const ids = [await send(grace, "low"), await send("member", "low")];
    const pushed = await send(grace, "next");
    await grace.waitForPushes(1);
    // Neither a new status nor time brings it.
    for (const status of ["dnd", "idle", "working", "idle"]) {
      await grace.client.request({ type: "set_status", status });
    }
    await grace.acknowledge(pushed);
    await world.pass(10 * 60_000);
    expect(grace.received()).toEqual([pushed]);
    await grace.lose();
    const back = await world.join("grace", { ...PULLING, session: grace.session });
    expect(back.ack).toMatchObject({ mailbox: { now: 0, next: 0, low: 2 } });
    await back.client.settle();
    expect(back.pushes()).toEqual([]);
    await world.restart();
    const again = await world.join("grace", { ...PULLING, session: grace.session });
    expect(again.ack).toMatchObject({ mailbox: { low: 2 } });
    await again.client.settle();
    expect(again.pushes()).toEqual([]);
    expect(await again.client.request({ type: "pull" })).toMatchObject({ count: 2 });
    expect(again.received()).toEqual(ids);
    // A client without the capability gets the same class by itself.
    ada = await world.join("ada");
    const without = await world.join("grace");
    const low = await send(without, "low");
    await without.waitForPushes(1);
    expect(without.received()).toEqual([low]);
  });
});
