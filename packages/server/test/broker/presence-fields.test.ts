import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dumpDatabase } from "../support/database-dump.ts";
import { MeshWorld, type Guest } from "../support/mesh-world.ts";
import type { RawFrame } from "../support/raw-client.ts";
import { STORE_KINDS, startDatabaseSource, type DatabaseSource } from "../support/store-kinds.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe.each(STORE_KINDS)("with %s", (kind) => {
  let databases: DatabaseSource;
  let world: MeshWorld;

  beforeAll(async () => {
    databases = await startDatabaseSource(kind);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    world = await MeshWorld.open({ databaseUrl: await databases.createUrl() });
  });
  afterEach(() => world.end());

  const ownRow = async (guest: Guest): Promise<RawFrame | undefined> =>
    ((await guest.client.request({ type: "list_peers" }))["peers"] as RawFrame[]).find((peer) => peer["you"] === true);

  /** One hook by its token alone: cwd and pid fit nobody. */
  async function hook(token: string, status: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${world.server.url}/hook/set-status`, {
      method: "POST",
      body: JSON.stringify({ cwd: "/nowhere", pid: 1, status, token }),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  test("[HELLO-8] only the SHA-256 of a hook token is stored; proposed and made tokens alike", async () => {
    const proposed = "p".repeat(16) + "roposed-token-of-a-session-0123456789";
    const grace = await world.join("grace", { hookToken: proposed });
    const ada = await world.join("ada");
    const made = String(ada.ack["hookToken"]);
    expect(made).toMatch(/^[A-Za-z0-9_-]{32,}$/);
    expect(grace.ack["hookToken"]).toBe(proposed);
    await hook(proposed, "working");
    await world.time.advance(1_000);
    const stored = await dumpDatabase(world.server);
    for (const token of [proposed, made]) {
      expect(stored).toContain(sha256(token));
      expect(stored).not.toContain(token);
      expect(JSON.stringify(world.server.log)).not.toContain(token);
    }
  });

  test("[HELLO-8] the newest two tokens of a presence are valid, through a restart too", async () => {
    const [first, second, third] = ["1", "2", "3"].map((digit) => digit.repeat(40)) as [string, string, string];
    let grace = await world.join("grace", { hookToken: first });
    const { presenceId } = grace.ack;
    const applied = { ok: true, presence_id: presenceId, applied: true };
    expect(await hook(first, "working")).toMatchObject(applied);
    grace = await world.join("grace", { session: grace.session, hookToken: second });
    expect(grace.ack).toMatchObject({ presenceId, resumed: true });
    expect(await hook(first, "idle")).toMatchObject(applied);
    expect(await hook(second, "working")).toMatchObject(applied);
    // The same token again is no new one.
    grace = await world.join("grace", { session: grace.session, hookToken: second });
    expect(await hook(first, "idle")).toMatchObject(applied);

    grace = await world.join("grace", { session: grace.session, hookToken: third });
    expect(await hook(first, "working")).toEqual({ ok: true, pending: true });
    expect(await ownRow(grace)).toMatchObject({ status: "idle" });
    expect(await hook(second, "working")).toMatchObject(applied);
    expect(await hook(third, "idle")).toMatchObject(applied);

    await world.restart();
    expect(await hook(first, "working")).toEqual({ ok: true, pending: true });
    expect(await hook(second, "working")).toMatchObject(applied);
    expect(await hook(third, "working")).toMatchObject(applied);
  });

  test("[GRP-3] a role is free text of at most 64 characters; empty equals absent; joining again replaces it", async () => {
    const grace = await world.join("grace", {
      groups: [{ name: "a", role: "lead" }, { name: "b", role: "" }, { name: "c" }],
    });
    const groups = async (): Promise<unknown> => (await ownRow(grace))?.["groups"];
    expect(await groups()).toEqual([{ name: "a", role: "lead" }, { name: "b" }, { name: "c" }]);
    const join = (name: string, role?: unknown): Promise<RawFrame> =>
      grace.client.request({ type: "join_group", name, ...(role === undefined ? {} : { role }) });

    const texts = ["🦉".repeat(64), "x') OR ('1'='1", 'lead: "of" <b>all</b>', "observer", " "];
    for (const role of texts) {
      expect(await join("a", role)).toMatchObject({ type: "ok", op: "join_group" });
      expect(await groups()).toEqual([{ name: "a", role }, { name: "b" }, { name: "c" }]);
    }
    // Characters count, not bytes.
    for (const role of ["🦉".repeat(65), "x".repeat(65), 7]) {
      expect(await join("a", role)).toMatchObject({ type: "error", code: "bad_request", field: "role" });
    }
    expect(await groups()).toContainEqual({ name: "a", role: " " });
    await join("b", "member");
    expect(await groups()).toContainEqual({ name: "b", role: "member" });
    await join("b", "");
    await join("a");
    expect(await groups()).toEqual([{ name: "a" }, { name: "b" }, { name: "c" }]);
    await join("c", "kept");
    const again = await world.restart().then(() => world.join("grace", { session: grace.session }));
    expect((await ownRow(again))?.["groups"]).toEqual([{ name: "a" }, { name: "b" }, { name: "c", role: "kept" }]);
  });
});
