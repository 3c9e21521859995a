import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MeshWorld, type Guest, type GuestPlan } from "../support/mesh-world.ts";
import type { RawFrame } from "../support/raw-client.ts";

const SWEEP_MS = 5_000;
const MINUTE = 60_000;
let world: MeshWorld;
beforeEach(async () => {
  world = await MeshWorld.open({ meshes: [{ members: ["ada", "grace"], policies: { rateMessagesPerMinute: 0 } }] });
});
afterEach(() => world.end());

const set = (guest: Guest, status: string, source?: string): Promise<RawFrame> =>
  guest.client.request({ type: "set_status", status, ...(source === undefined ? {} : { source }) });
async function own(guest: Guest): Promise<unknown[]> {
  const peers = (await guest.client.request({ type: "list_peers" }))["peers"] as RawFrame[];
  const row = peers.find((peer) => peer["you"] === true);
  return [row?.["status"], row?.["statusSource"]];
}
const comeBack = (guest: Guest, plan: GuestPlan = {}): Promise<Guest> =>
  world.join("grace", { session: guest.session, ...plan });

describe("sources", () => {
  test("[STAT-1] a new presence is idle, inferred", async () => {
    expect(await own(await world.join("grace"))).toEqual(["idle", "inferred"]);
    expect(await own(await world.join("grace", { legacy: true }))).toEqual(["idle", "inferred"]);
  });

  test("[STAT-1] set_status is manual unless it says hook, and its ok carries the status that resulted", async () => {
    const grace = await world.join("grace");
    expect(await set(grace, "working")).toMatchObject({ type: "ok", op: "set_status", status: "working" });
    expect(await own(grace)).toEqual(["working", "manual"]);
    expect(await set(grace, "idle", "hook")).toMatchObject({ status: "idle" });
    expect(await own(grace)).toEqual(["idle", "hook"]);
    expect(await set(grace, "dnd", "manual")).toMatchObject({ status: "dnd" });
    // A hook does not leave `dnd`, and is told so.
    expect(await set(grace, "working", "hook")).toMatchObject({ type: "ok", status: "dnd" });
    expect(await own(grace)).toEqual(["dnd", "manual"]);
    for (const source of ["inferred", "robot", 5]) {
      expect(await grace.client.request({ type: "set_status", status: "idle", source })).toMatchObject({
        type: "error",
        code: "bad_request",
        field: "source",
      });
    }
    expect(await own(grace)).toEqual(["dnd", "manual"]);
  });

  test("[STAT-1] [STAT-2] of equal statuses the higher source stays: hook before manual before inferred", async () => {
    const grace = await world.join("grace");
    expect(await own(grace)).toEqual(["idle", "inferred"]);
    await set(grace, "idle");
    expect(await own(grace)).toEqual(["idle", "manual"]);
    await set(grace, "idle", "hook");
    expect(await own(grace)).toEqual(["idle", "hook"]);
    await set(grace, "idle");
    expect(await own(grace)).toEqual(["idle", "hook"]);
  });

  test("[STAT-1] the parts that know sessions cannot read files: nothing is inferred from a transcript", () => {
    const folder = fileURLToPath(new URL("../../src/", import.meta.url));
    const files = globSync(["mesh/**/*.ts", "gateway/**/*.ts", "broker.ts", "jobs.ts"], { cwd: folder });
    expect(files.length).toBeGreaterThan(50);
    const readers = files.filter((file) =>
      /["'](?:node:)?fs(?:\/promises)?["']/.test(readFileSync(folder + file, "utf8")),
    );
    expect(readers).toEqual([]);
  });
});

describe("how long a status holds", () => {
  /** Sends something that waits while Grace is busy. */
  const sendHeld = async (to: Guest): Promise<unknown> => {
    const ada = await world.join("ada");
    const ack = await ada.send(to);
    expect(ack).toMatchObject({ outcome: { held: 1 } });
    await ada.leave();
    return ack["messageId"];
  };

  test("[STAT-3] `working` holds 1,800 s after its last write, and nothing shorter lets held mail through", async () => {
    const grace = await world.join("grace");
    await set(grace, "working");
    await world.pass(20 * MINUTE);
    // The same status again renews the time, from whatever source.
    await set(grace, "working", "hook");
    const messageId = await sendHeld(grace);
    await world.pass(30 * MINUTE - SWEEP_MS - 1_000);
    await world.time.advance(SWEEP_MS);
    expect(await own(grace)).toEqual(["working", "hook"]);
    expect(grace.pushes()).toEqual([]);
    await world.time.advance(1_000 + SWEEP_MS);
    expect(await grace.waitForPushes(1)).toMatchObject([{ messageId }]);
    expect(await own(grace)).toEqual(["idle", "inferred"]);
  });

  test("[STAT-3] [STAT-4] neither a lost connection nor a restart of the broker shortens or renews it", async () => {
    let grace = await world.join("grace");
    await set(grace, "working");
    await world.pass(10 * MINUTE);
    await grace.lose();
    grace = await comeBack(grace);
    await world.restart();
    grace = await comeBack(grace);
    expect(grace.ack).toMatchObject({ resumed: true });
    const messageId = await sendHeld(grace);
    await world.pass(20 * MINUTE - SWEEP_MS - 1_000);
    await world.time.advance(SWEEP_MS);
    expect(await own(grace)).toEqual(["working", "manual"]);
    expect(grace.pushes()).toEqual([]);
    await world.time.advance(1_000 + SWEEP_MS);
    expect(await grace.waitForPushes(1)).toMatchObject([{ messageId }]);
  });

  test("[STAT-3] it ends with its presence: after the lease the same session begins idle, and its mail comes", async () => {
    let grace = await world.join("grace");
    await set(grace, "working");
    const messageId = await sendHeld(grace);
    await grace.lose();
    await world.pass(95_000);
    grace = await comeBack(grace);
    expect(grace.ack).toMatchObject({ resumed: false });
    expect(await own(grace)).toEqual(["idle", "inferred"]);
    expect(await grace.waitForPushes(1)).toMatchObject([{ messageId }]);
  });

  test("[STAT-3] [POL-6] the policy workingTtlSeconds moves it, also for who is working already", async () => {
    const grace = await world.join("grace");
    await set(grace, "working");
    await world.setPolicies({ workingTtlSeconds: 60 });
    await world.time.advance(MINUTE - SWEEP_MS);
    expect(await own(grace)).toEqual(["working", "manual"]);
    await world.time.advance(2 * SWEEP_MS);
    expect(await own(grace)).toEqual(["idle", "inferred"]);
    for (const workingTtlSeconds of [59, 86_401]) {
      expect(await world.rest("PATCH", "/policy", { policies: { workingTtlSeconds } })).toMatchObject({ status: 400 });
    }
  });

  test("[STAT-3] `dnd` has no end of its own", async () => {
    await world.end();
    const forever = "2147483647";
    world = await MeshWorld.open({ env: { PARL_PING_INTERVAL_MS: forever, PARL_DEAD_AFTER_MS: forever } });
    const grace = await world.join("grace");
    await set(grace, "dnd");
    await world.time.leap(20 * 86_400_000);
    await world.time.advance(2 * SWEEP_MS);
    expect(await own(grace)).toEqual(["dnd", "manual"]);
  });
});
