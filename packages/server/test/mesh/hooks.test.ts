import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HelloFrame } from "@parlatory/protocol";
import type { MemberRow, MeshRow } from "../../src/store/store.ts";
import { HookDesk } from "../../src/mesh/hooks.ts";
import { openBoardWorld, type BoardWorld } from "../support/board-world.ts";
import { testKey } from "../support/keys.ts";

let world: BoardWorld;
let desk: HookDesk;
let mesh: MeshRow;
let member: MemberRow;
const results: string[] = [];

beforeAll(async () => {
  world = await openBoardWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  for (const old of world.directory.meshes()) await world.meshAdmin.archive(old.id, "test");
  mesh = await world.createMesh();
  member = await world.addMember(mesh.id, testKey(1));
  results.length = 0;
  desk = new HookDesk({ ...world, metrics: { ...world.metrics, hookRequest: (result) => void results.push(result) } });
});

const TOKEN = "t".repeat(40);
const tokenHash = createHash("sha256").update(TOKEN).digest("hex");
const call = (body: unknown, options: { address?: string; isForwarded?: boolean } = {}) =>
  desk.handleStatus({
    body: typeof body === "string" ? body : JSON.stringify(body),
    address: "127.0.0.1",
    isForwarded: false,
    ...options,
  });
let sessions = 0;
const attach = (hello: Partial<HelloFrame> & { hookTokenHash?: string } = {}, of: MemberRow = member) =>
  world.attach(of, { sessionId: `session-${++sessions}`, cwd: "/work/a", pid: 100, parentPid: 50, ...hello }).presence;
const pending = { status: 200, body: { ok: true, pending: true } };

describe("the request", () => {
  test.each([
    ["{", "bad_json"],
    ["", "bad_json"],
    ["[]", "bad_request"],
    ["null", "bad_request"],
    ['{"cwd":5,"status":"idle"}', "bad_request"],
    ['{"cwd":"/a","status":"idle","pid":"7"}', "bad_request"],
    ['{"cwd":"/a","status":"idle","pid":1.5}', "bad_request"],
    ['{"cwd":"/a","status":"idle","session_id":7}', "bad_request"],
    ['{"cwd":"/a","status":"idle","token":"short"}', "bad_request"],
    ['{"cwd":"/a","status":"away"}', "bad_status"],
  ])("[HOOK-1] %s is %s", (body, error) => {
    expect(call(body)).toEqual({ status: 400, body: { ok: false, error } });
  });

  test.each(['{"status":"idle"}', '{"cwd":"/a"}', "{}", '{"cwd":"","status":"idle"}', '{"cwd":null,"status":"idle"}'])(
    "[HOOK-2] %s",
    (body) => {
      expect(call(body)).toEqual({ status: 200, body: { ok: false, error: "cwd and status required" } });
    },
  );

  test("[HOOK-4] [LIM-13] more than 30 a minute for one session or process, and 300 for one address, are 429", () => {
    for (let n = 0; n < 30; n++) expect(call({ cwd: "/a", status: "idle", session_id: "s" }).status).toBe(200);
    expect(call({ cwd: "/b", status: "idle", session_id: "s" })).toEqual({
      status: 429,
      body: { ok: false, error: "rate limited" },
      retryAfterSeconds: 60,
    });
    for (let n = 0; n < 30; n++) expect(call({ cwd: "/a", status: "idle", pid: 1 }).status).toBe(200);
    expect(call({ cwd: "/a", status: "idle", pid: 1 }).status).toBe(429);
    expect(call({ cwd: "/a", status: "idle", pid: 2 }).status).toBe(200);
    for (let n = 0; n < 237; n++) call({ cwd: `/n${n}`, status: "idle" });
    expect(call({ cwd: "/one-more", status: "idle" }).status).toBe(429);
    expect(call({ cwd: "/one-more", status: "idle" }, { address: "127.0.0.2" }).status).toBe(200);
    world.clock.advance(60_000);
    expect(call({ cwd: "/a", status: "idle", session_id: "s" }).status).toBe(200);
  });
});

describe("with a token", () => {
  test("[HOOK-5] [HOOK-8] acts on the presences of the token, whatever the rest says and wherever it comes from", () => {
    const presence = attach({ hookTokenHash: tokenHash, claudeSessionId: "mine" });
    const answer = call(
      { cwd: "/elsewhere", status: "working", pid: 9, session_id: "other", token: TOKEN },
      { address: "203.0.113.9", isForwarded: true },
    );
    expect(answer).toEqual({
      status: 200,
      body: { ok: true, presence_id: presence.id, presence_ids: [presence.id], applied: true },
    });
    expect(presence).toMatchObject({ status: "working", statusSource: "hook" });
  });

  test("[HOOK-8] applied is false when dnd ignores the hook", () => {
    const presence = attach({ hookTokenHash: tokenHash });
    world.presences.setStatus(presence, "dnd", "manual");
    expect(call({ cwd: "/work/a", status: "idle", token: TOKEN }).body).toMatchObject({ ok: true, applied: false });
    expect(presence.status).toBe("dnd");
    expect(results).toEqual(["ignored"]);
  });

  test("[HOOK-6] [HOOK-13] a token of nobody changes nothing and is kept for the hello that proposes it", () => {
    const bystander = attach({ claudeSessionId: "s" });
    expect(call({ cwd: "/work/a", status: "working", pid: 100, session_id: "s", token: TOKEN })).toEqual(pending);
    expect(bystander.status).toBe("idle");
    desk.applyPending(bystander);
    expect(bystander.status).toBe("idle");
    const meant = attach({ hookTokenHash: tokenHash });
    desk.applyPending(meant);
    expect(meant).toMatchObject({ status: "working", statusSource: "hook" });
    world.presences.setStatus(meant, "idle", "manual");
    desk.applyPending(meant);
    expect(meant.status).toBe("idle");
  });
});

describe("without a token", () => {
  test.each(["10.0.0.1", "::2", "127.0.0.1.evil", "", "1127.0.0.1"])(
    "[HOOK-7] from %j a token is required",
    (address) => {
      attach();
      expect(call({ cwd: "/work/a", status: "working", pid: 100 }, { address })).toEqual({
        status: 401,
        body: { ok: false, error: "token_required" },
      });
    },
  );

  test.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])("[HOOK-7] from %s none is", (address) => {
    attach();
    expect(call({ cwd: "/work/a", status: "working", pid: 100 }, { address }).body).toMatchObject({
      ok: true,
      applied: true,
    });
  });

  test("[HOOK-12] a forwarded request is not from loopback", () => {
    expect(call({ cwd: "/work/a", status: "working" }, { isForwarded: true }).status).toBe(401);
  });

  test("[HOOK-7] [POL-8] meshes without allowLoopbackHooks are left out, and without any other the token is required", async () => {
    const presence = attach();
    await world.meshAdmin.changePolicies(mesh.id, { allowLoopbackHooks: false }, "test");
    expect(call({ cwd: "/work/a", status: "working", pid: 100 }).status).toBe(401);
    await world.createMesh();
    expect(call({ cwd: "/work/a", status: "working", pid: 100 })).toEqual(pending);
    expect(presence.status).toBe("idle");
  });

  test("[HOOK-11] the session id goes before all else, in every mesh the session is in", async () => {
    const other = await world.createMesh();
    const twin = await world.addMember(other.id, testKey(1));
    const here = attach({ claudeSessionId: "s", cwd: "/x" });
    const there = attach({ claudeSessionId: "s", cwd: "/y" }, twin);
    const decoy = attach({ claudeSessionId: "not-s" });
    const { body } = call({ cwd: "/work/a", status: "working", pid: 100, session_id: "s" });
    expect(new Set(body["presence_ids"] as string[])).toEqual(new Set([here.id, there.id]));
    expect([here.status, there.status, decoy.status]).toEqual(["working", "working", "idle"]);
  });

  test("[HOOK-11] then directory and process, own or parent; never a presence of another known session", () => {
    const parent = attach({ pid: 7, parentPid: 50 });
    attach({ pid: 8, parentPid: 60 });
    attach({ claudeSessionId: "other", pid: 50 });
    expect(call({ cwd: "/work/a", status: "working", pid: 50, session_id: "new" }).body).toMatchObject({
      presence_ids: [parent.id],
    });
    expect(call({ cwd: "/work/A", status: "working", pid: 50, session_id: "new" })).toEqual(pending);
  });

  test("[HOOK-10] [HOOK-11] [COMPAT-7] the directory alone counts only if it leaves no doubt", () => {
    const only = attach({ pid: 1, parentPid: 2 });
    expect(call({ cwd: "/work/a", status: "working", pid: 999 }).body).toMatchObject({
      presence_ids: [only.id],
      applied: true,
    });
    const second = attach({ pid: 3, parentPid: 4 });
    expect(call({ cwd: "/work/a", status: "idle", pid: 999 })).toEqual({
      status: 200,
      body: { ok: false, error: "ambiguous" },
    });
    expect([only.status, second.status]).toEqual(["working", "idle"]);
  });

  test("[HOOK-9] what matches nothing live is pending", () => {
    const presence = attach();
    const { connection } = presence;
    if (connection !== undefined) world.presences.detach(presence, connection, true);
    expect(call({ cwd: "/work/a", status: "working", pid: 100 })).toEqual(pending);
    expect(presence.status).toBe("idle");
  });

  test.each([
    ["the same session id", { claudeSessionId: "s", cwd: "/q", pid: 1, parentPid: 2 }, "working"],
    ["the same process and directory", { pid: 1, parentPid: 100 }, "working"],
    ["another known session", { claudeSessionId: "other", pid: 100 }, "idle"],
    ["another directory", { cwd: "/q", pid: 100 }, "idle"],
  ])("[HOOK-13] a pending status and a hello with %s", (_, hello, expected) => {
    expect(call({ cwd: "/work/a", status: "working", pid: 100, session_id: "s" })).toEqual(pending);
    const presence = attach(hello);
    desk.applyPending(presence);
    expect(presence.status).toBe(expected);
  });

  test("[HOOK-13] a pending status lives 10 s", () => {
    call({ cwd: "/work/a", status: "working", pid: 100, session_id: "s" });
    world.clock.advance(10_000);
    const presence = attach({ claudeSessionId: "s" });
    desk.applyPending(presence);
    expect(presence.status).toBe("idle");
  });
});
