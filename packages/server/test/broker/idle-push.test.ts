import { afterEach, beforeEach, expect, test } from "vitest";
import { MeshWorld, plainText } from "../support/mesh-world.ts";

// Time stands still in this file: whatever needs a timer or a poll never happens.
let world: MeshWorld;
beforeEach(async () => {
  world = await MeshWorld.open({ meshes: [{ members: ["ada", "grace", "alan"] }] });
});
afterEach(() => world.end());

test("[DLV-6] a push to an idle connected peer leaves although no timer of the broker ever fires", async () => {
  const ada = await world.join("ada");
  const modern = await world.join("grace", { groups: [{ name: "ops" }] });
  const legacy = await world.join("alan", { legacy: true });
  const keyless = await world.join("alan", { session: null, sessionId: "k" });
  for (const priority of ["now", "next"]) {
    const direct = await ada.send(modern, { priority });
    expect(direct).toMatchObject({ outcome: { offering: 1 } });
    const group = await ada.send("@ops", { ...plainText("group"), priority });
    expect(group).toMatchObject({ outcome: { offering: 1 } });
    const all = await ada.send("*", { ...plainText("all"), priority });
    expect(all).toMatchObject({ outcome: { offering: 3 } });
  }
  await modern.waitForPushes(6);
  await legacy.waitForPushes(2);
  await keyless.waitForPushes(2);
});

test("[DLV-6] the member key of somebody with an idle session, and a peer that has just come back", async () => {
  const ada = await world.join("ada");
  const grace = await world.join("grace");
  await ada.send(world.member("grace"));
  await grace.waitForPushes(1);
  await grace.lose();
  await ada.send(grace);
  const back = await world.join("grace", { session: grace.session });
  expect(await back.waitForPushes(2)).toHaveLength(2);
});
