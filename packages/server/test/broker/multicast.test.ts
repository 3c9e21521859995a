import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MeshWorld, plainText } from "../support/mesh-world.ts";
import { STORE_KINDS, startDatabaseSource, type DatabaseSource } from "../support/store-kinds.ts";

const OPS = [{ name: "ops" }];

describe.each(STORE_KINDS)("multicast with %s", (kind) => {
  let databases: DatabaseSource;
  let world: MeshWorld;

  beforeAll(async () => {
    databases = await startDatabaseSource(kind);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    world = await MeshWorld.open({
      meshes: [{ members: ["ada", "grace", "alan"] }],
      databaseUrl: await databases.createUrl(),
    });
  });
  afterEach(() => world.end());

  test("[SEND-2] who joins or connects after the commit never gets it, also through a restart", async () => {
    const ada = await world.join("ada");
    const grace = await world.join("grace", { groups: OPS });
    const alan = await world.join("alan");
    await grace.client.request({ type: "set_status", status: "working" });
    const ack = await ada.send("@ops", plainText("for those who are here"));
    expect(ack).toMatchObject({ queued: true, recipients: 1, outcome: { held: 1 } });

    await alan.client.request({ type: "join_group", name: "ops" });
    const late = await world.join("grace", { groups: OPS });
    expect(await late.client.request({ type: "pull" })).toMatchObject({ count: 0, remaining: 0 });
    expect(await alan.client.request({ type: "pull" })).toMatchObject({ count: 0, remaining: 0 });

    await world.restart();
    const again = await world.join("alan", { session: alan.session });
    const newcomer = await world.join("alan", { groups: OPS });
    const back = await world.join("grace", { session: grace.session });
    await back.client.request({ type: "set_status", status: "idle" });
    expect((await back.waitForPushes(1)).map((push) => push["messageId"])).toEqual([ack["messageId"]]);
    for (const other of [again, newcomer]) {
      expect(await other.client.request({ type: "pull" })).toMatchObject({ count: 0 });
      expect(other.pushes()).toEqual([]);
    }
  });

  test("[SEND-2] leaving the group does not take away what was accepted", async () => {
    const ada = await world.join("ada");
    const grace = await world.join("grace", { groups: OPS });
    await grace.client.request({ type: "set_status", status: "working" });
    const ack = await ada.send("@ops", plainText("accepted"));
    await grace.client.request({ type: "leave_group", name: "ops" });
    expect(await ada.send("@ops", plainText("too late"))).toMatchObject({ queued: false, code: "empty_group" });
    await grace.client.request({ type: "set_status", status: "idle" });
    expect(await grace.waitForPushes(1)).toMatchObject([{ messageId: ack["messageId"], targetSpec: "@ops" }]);
  });

  test("[SEND-3] the sending presence never gets its own multicast; other sessions of its member do", async () => {
    const ada = await world.join("ada", { groups: OPS });
    const twin = await world.join("ada", { groups: OPS });
    const keyless = await world.join("ada", { session: null, sessionId: "no-key", groups: OPS });
    const ids: unknown[] = [];
    for (const target of ["*", "@all", "@ops"]) {
      const ack = await ada.send(target, { ...plainText("to the others"), includeOffline: target === "*" });
      // Grace and Alan are offline: with `includeOffline` their member keys are recipients too.
      expect(ack).toMatchObject({ queued: true, recipients: target === "*" ? 4 : 2 });
      ids.push(ack["messageId"]);
    }
    const fromKeyless = await keyless.send("*", plainText("without a key of its own"));
    expect(fromKeyless).toMatchObject({ recipients: 2 });
    await twin.waitForPushes(4);
    await keyless.waitForPushes(3);
    expect(twin.received()).toEqual([...ids, fromKeyless["messageId"]]);
    expect(keyless.received()).toEqual(ids);

    expect(await ada.client.request({ type: "pull" })).toMatchObject({ count: 0, remaining: 0 });
    expect(ada.received()).toEqual([fromKeyless["messageId"]]);
    await ada.lose();
    const back = await world.join("ada", { session: ada.session });
    expect(back.ack).toMatchObject({ resumed: true, mailbox: { next: 1 } });
    await back.waitForPushes(1);
    expect(await back.client.request({ type: "pull" })).toMatchObject({ count: 0, remaining: 0 });
    expect(back.received()).toEqual([fromKeyless["messageId"]]);
  });

  test("[SEND-3] what a control connection sends to absent members too does not come back to it", async () => {
    await world.join("grace");
    const control = await world.control("ada", { capabilities: ["client_ack", "pull"] });
    const ack = await control.send("*", { ...plainText("to everybody"), includeOffline: true });
    // Grace's session, and the member keys of Alan and of Ada, who has no session here.
    expect(ack).toMatchObject({ recipients: 3 });
    expect(await control.client.request({ type: "pull" })).toMatchObject({ count: 0, remaining: 0 });
    const other = await world.control("ada", { capabilities: ["client_ack", "pull"] });
    expect(await other.client.request({ type: "pull" })).toMatchObject({ count: 1, remaining: 0 });
    expect(other.received()).toEqual([ack["messageId"]]);
  });
});
