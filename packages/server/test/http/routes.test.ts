import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createWaitingApp } from "../../src/http/waiting-app.ts";
import { createOriginPolicy } from "../../src/origin.ts";
import type { MemberRow, MeshRow } from "../../src/store/store.ts";
import { openHttpWorld, ADMIN_TOKEN, type CallOptions, type HttpWorld } from "../support/http-world.ts";
import { makeInvite, numberedKey, testKey } from "../support/keys.ts";
import { withMethods } from "../support/store-wrapper.ts";

let world: HttpWorld;
let mesh: MeshRow;
let member: MemberRow;
let base: string;

beforeAll(async () => {
  world = await openHttpWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  mesh = await world.createMesh();
  member = await world.addMember(mesh.id, testKey(1));
  base = `/api/v1/meshes/${mesh.id}`;
});

const admin = (method: string, path: string, options: CallOptions = {}) =>
  world.call(method, path, { token: ADMIN_TOKEN, ...options });

describe("without a token", () => {
  test("[HTTP-6] health says up, version and uptime in seconds", async () => {
    const { status, json } = await world.call("GET", "/health");
    expect({ status, json }).toEqual({
      status: 200,
      json: { status: "ok", db: "up", version: "0.1.0", gitSha: "abc123", uptime: expect.any(Number) },
    });
  });

  test("[HTTP-6] [DB-5] health is 503 while the database is down, also before it ever answered", async () => {
    const down = await openHttpWorld({
      deps: { store: withMethods(world.store, { ping: () => Promise.reject(new Error("down")) }) },
    });
    expect(await down.call("GET", "/health")).toMatchObject({ status: 503, json: { status: "degraded", db: "down" } });
    await down.close();
    const waiting = createWaitingApp({
      ...world,
      origins: createOriginPolicy({ host: "127.0.0.1" }),
      renderMetrics: async () => "",
      metricsToken: undefined,
      version: "0.1.0",
      gitSha: "abc123",
      startedAt: world.clock.now(),
    });
    const health = await waiting.fetch(new Request("http://localhost/health"));
    expect([health.status, await health.json()]).toEqual([
      503,
      expect.objectContaining({ status: "degraded", db: "down" }),
    ]);
    expect((await waiting.fetch(new Request("http://localhost/api/v1/meshes"))).status).toBe(503);
    expect((await waiting.fetch(new Request("http://evil.example.org/health"))).status).toBe(421);
  });

  test("[HTTP-7] metrics are open, or need their own token once one is set", async () => {
    const open = await world.call("GET", "/metrics");
    expect([open.status, open.headers.get("content-type"), open.text]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
      "parl_db_up 1\n",
    ]);
    const closed = await openHttpWorld({ deps: { metricsToken: "m-token" } });
    expect((await closed.call("GET", "/metrics")).status).toBe(401);
    expect((await closed.call("GET", "/metrics", { token: ADMIN_TOKEN })).status).toBe(401);
    expect((await closed.call("GET", "/metrics", { token: "m-token" })).status).toBe(200);
    await closed.close();
  });

  test("[INV-6] [HTTP-7] POST /join joins, with any content type", async () => {
    const { joinSecret, tokenHash } = makeInvite(world.owner, { mesh_id: mesh.id });
    const registered = await world.call("POST", `${base}/invites`, {
      owner: world.owner,
      body: { token_hash: tokenHash, role: "member", max_uses: 1, expires_at: 4_000_000_000 },
    });
    expect(registered).toMatchObject({
      status: 201,
      json: {
        id: expect.any(String),
        role: "member",
        max_uses: 1,
        used_count: 0,
        expires_at: 4_000_000_000,
        revoked_at: null,
      },
    });
    expect(registered.text).not.toContain(tokenHash);
    const body = JSON.stringify({ join_secret: joinSecret, peer_pubkey: numberedKey(1).pubkey, display_name: "n" });
    const joined = await world.call("POST", "/join", {
      text: body,
      headers: { "content-type": "text/plain" },
      address: "10.0.0.1",
    });
    expect(joined).toMatchObject({ status: 200, json: { ok: true, meshId: mesh.id } });
    expect((await admin("GET", `${base}/invites`)).json["invites"]).toMatchObject([{ used_count: 1 }]);
  });

  test("[HOOK-7] [HOOK-12] a hook is judged by the address of its connection and its proxy headers", async () => {
    const { presence } = world.attach(member, { cwd: "/w", pid: 5 });
    const hook = (options: CallOptions) =>
      world.call("POST", "/hook/set-status", { body: { cwd: "/w", status: "working", pid: 5 }, ...options });
    expect(await hook({ address: "10.0.0.9" })).toMatchObject({ status: 401, json: { error: "token_required" } });
    for (const name of ["Forwarded", "X-Forwarded-For", "Via"]) {
      expect((await hook({ headers: { [name]: "for=1.2.3.4" } })).status).toBe(401);
    }
    expect(await hook({})).toMatchObject({ status: 200, json: { ok: true, presence_id: presence.id, applied: true } });
    for (let n = 0; n < 30; n++) await hook({ address: "10.0.0.9" });
    const limited = await hook({ address: "10.0.0.9" });
    expect(limited).toMatchObject({ status: 429, json: { ok: false, error: "rate limited" } });
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("[INV-10] the page of an invite shows slug, role, expiry and the command, without a script", async () => {
    const { token } = makeInvite(world.owner, { mesh_id: mesh.id, mesh_slug: "demo-mesh", role: "admin" });
    const { status, headers, text } = await world.call("GET", `/join/${token}`);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
    expect(text).toContain("<dd>demo-mesh</dd>");
    expect(text).toContain("<dd>admin</dd>");
    expect(text).toContain("<dd>2096-10-02T07:06:40.000Z</dd>");
    expect(text).toContain(`parl join ${token}`);
    expect(text).not.toMatch(/<script|javascript:|\son\w+=|https?:/i);
  });

  test("[INV-10] a forged or broken token gets a page that repeats nothing of it", async () => {
    const hostile = encodeURIComponent(`"><script>alert(1)</script>`);
    const broken = await world.call("GET", `/join/${hostile}`);
    expect(broken.status).toBe(400);
    expect(broken.text).not.toContain("<script");
    const { token } = makeInvite(world.owner, { mesh_id: mesh.id });
    const forged = Buffer.from(Buffer.from(token, "base64url").toString().replace('"member"', '"admin"')).toString(
      "base64url",
    );
    const page = await world.call("GET", `/join/${forged}`);
    expect([page.status, page.text.includes("parl join")]).toEqual([400, false]);
    const shell = makeInvite(world.owner, { mesh_id: "a&b'c\"d<e>", broker_url: "ws://a$(reboot)b/ws" });
    const safe = await world.call("GET", `/join/${shell.token}`);
    expect(safe.text).not.toContain("reboot");
  });
});

describe("meshes, members, peers", () => {
  test("[HTTP-8] a mesh is made with the admin token, changed, and archived", async () => {
    const body = { slug: "new-mesh", owner_pubkey: testKey(6).pubkey, policies: { maxPeers: 9 } };
    const made = await admin("POST", "/api/v1/meshes", { body });
    expect(made).toMatchObject({
      status: 201,
      json: {
        slug: "new-mesh",
        name: "new-mesh",
        owner_pubkey: body.owner_pubkey,
        policies: { maxPeers: 9, rateBurst: 500 },
      },
    });
    expect(await admin("POST", "/api/v1/meshes", { body })).toMatchObject({
      status: 409,
      json: { error: "slug_taken" },
    });
    for (const slug of ["UPPER", "x", "a".repeat(41), "a b", "../x", 5]) {
      expect(await admin("POST", "/api/v1/meshes", { body: { ...body, slug } })).toMatchObject({
        status: 400,
        json: { field: "slug" },
      });
    }
    expect(
      await admin("POST", "/api/v1/meshes", { body: { ...body, slug: "other", policies: { nope: 1 } } }),
    ).toMatchObject({ status: 400, json: { field: "policies.nope" } });
    const path = "/api/v1/meshes/new-mesh";
    expect(await admin("PATCH", `${path}/policy`, { body: { policies: { messageLog: "yes" } } })).toMatchObject({
      status: 400,
      json: { error: "bad_request", field: "policies.messageLog" },
    });
    expect((await admin("PATCH", `${path}/policy`, { body: { policies: { messageLog: true } } })).json).toMatchObject({
      policies: { messageLog: true, maxPeers: 9 },
    });
    expect((await admin("DELETE", path)).json).toEqual({ ok: true });
    expect((await admin("GET", path)).status).toBe(404);
  });

  test("[HTTP-9] [INV-9] members are listed, added once, and revoked", async () => {
    const body = { peer_pubkey: numberedKey(2).pubkey, display_name: "<b>bold</b>", role: "admin" };
    const added = await admin("POST", `${base}/members`, { body });
    expect(added).toMatchObject({
      status: 201,
      json: { pubkey: body.peer_pubkey, display_name: "<b>bold</b>", role: "admin", revoked_at: null },
    });
    expect(await admin("POST", `${base}/members`, { body })).toMatchObject({
      status: 200,
      json: { id: added.json["id"] },
    });
    const { inbox } = world.attach(member);
    expect((await admin("DELETE", `${base}/members/${member.id}`)).json).toEqual({ ok: true });
    expect(inbox.closed).toEqual({ code: 4002, reason: "revoked" });
    const { json } = await admin("GET", `${base}/members`);
    expect(json["members"]).toMatchObject([
      { id: member.id, revoked_at: expect.any(String) },
      { id: added.json["id"], revoked_at: null },
    ]);
    expect(await admin("POST", `${base}/members`, { body: { ...body, peer_pubkey: member.pubkey } })).toMatchObject({
      status: 409,
      json: { error: "member_revoked" },
    });
    expect((await admin("DELETE", `${base}/members/nobody-here`)).status).toBe(404);
  });

  test("[HTTP-9] peers in snake_case; cwd and pid only with scope admin", async () => {
    world.attach(member, {
      displayName: "one",
      cwd: "/secret",
      pid: 4,
      groups: [{ name: "ops", role: "lead" }],
      agentInfo: { agent: "echo", agentVersion: "1" },
    });
    world.attach(member, { displayName: "two", sessionId: "two" });
    await world.addMember(mesh.id, numberedKey(3));
    const { secret } = await world.apiTokens.create({ meshId: mesh.id, name: "r", scope: "read" }, "test");
    const seen = await world.call("GET", `${base}/peers`, { token: secret });
    expect(seen.json["peers"]).toMatchObject([
      {
        display_name: "one",
        member_id: member.id,
        member_pubkey: member.pubkey,
        groups: [{ name: "ops", role: "lead" }],
        capabilities: { agent: "echo", agent_version: "1" },
      },
      { display_name: "two" },
    ]);
    expect(seen.text).not.toContain("secret");
    expect((await admin("GET", `${base}/peers`)).json["peers"]).toMatchObject([{ cwd: "/secret", pid: 4 }, {}]);
    expect((await admin("GET", `${base}/peers?group=@ops`)).json["peers"]).toHaveLength(1);
    expect((await admin("GET", `${base}/peers?group=${encodeURIComponent("x') OR ('1'='1")}`)).json["peers"]).toEqual(
      [],
    );
    expect((await admin("GET", `${base}/peers?include_offline=1`)).json["peers"]).toHaveLength(3);
  });
});

describe("state", () => {
  const hostileKeys = ["a/b", "ü€😀", "a b+c", "%2F", "?&=#", "x') OR ('1'='1", "__proto__", "<script>"];

  test.each(hostileKeys)("[HTTP-10] a key such as %j goes percent-encoded", async (key) => {
    const path = `${base}/state/${encodeURIComponent(key)}`;
    expect(await admin("PUT", path, { body: { value: { key } } })).toMatchObject({
      status: 200,
      json: { key, value: { key }, version: 1, updated_by: "admin" },
    });
    expect((await admin("GET", path)).json).toMatchObject({ key, value: { key } });
    expect((await admin("GET", `${base}/state?prefix=${encodeURIComponent(key)}`)).json["entries"]).toHaveLength(1);
    expect((await world.states.read(mesh.id, key)).version).toBe(1);
  });

  test("[HTTP-10] the version is the ETag; If-Match and If-None-Match guard writes, and a conflict tells what is there", async () => {
    const path = `${base}/state/k`;
    const put = (value: unknown, headers: Record<string, string> = {}) =>
      admin("PUT", path, { body: { value }, headers });
    const made = await put({ camelKey: 1 }, { "If-None-Match": "*" });
    expect([made.status, made.headers.get("etag")]).toEqual([200, '"1"']);
    const current = {
      key: "k",
      value: { camelKey: 1 },
      version: 1,
      updated_by: "admin",
      updated_at: expect.any(String),
    };
    expect(await put(2, { "If-None-Match": "*" })).toMatchObject({
      status: 412,
      json: { ok: false, error: "version_conflict", current },
    });
    expect(await put(2, { "If-Match": '"7"' })).toMatchObject({ status: 412, json: { current } });
    expect((await put(2, { "If-Match": 'W/"1"' })).status).toBe(412);
    expect((await put(2, { "If-Match": '"7", "1"' })).headers.get("etag")).toBe('"2"');
    expect((await put(3, { "If-Match": "*" })).headers.get("etag")).toBe('"3"');
    for (const headers of [
      { "If-Match": "3" },
      { "If-None-Match": '"3"' },
      { "If-Match": "*", "If-None-Match": "*" },
    ]) {
      expect((await put(4, headers as unknown as Record<string, string>)).status).toBe(400);
    }
    const got = await admin("GET", path);
    expect([got.status, got.headers.get("etag"), got.json["value"]]).toEqual([200, '"3"', 3]);
    expect((await admin("GET", path, { headers: { "If-None-Match": '"3"' } })).status).toBe(304);
    expect((await admin("DELETE", path, { headers: { "If-Match": '"2"' } })).status).toBe(412);
    expect((await admin("DELETE", path, { headers: { "If-Match": '"3"' } })).json).toEqual({ ok: true });
    expect((await admin("GET", path)).status).toBe(404);
    expect((await admin("DELETE", path)).status).toBe(404);
    expect(await put(5, { "If-Match": "*" })).toMatchObject({
      status: 412,
      json: { current: { value: null, version: 0 } },
    });
  });

  test("[HTTP-10] [STATE-3] of parallel writers with one ETag exactly one wins", async () => {
    await admin("PUT", `${base}/state/k`, { body: { value: 0 } });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        admin("PUT", `${base}/state/k`, { body: { value: n }, headers: { "If-Match": '"1"' } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(11);
  });

  test("[HTTP-10] [STATE-6] [STATE-7] a write by a token is pushed under the token's name", async () => {
    const { inbox } = world.attach(member);
    const { secret } = await world.apiTokens.create({ meshId: mesh.id, name: "dashboard", scope: "write" }, "test");
    await world.call("PUT", `${base}/state/k`, { token: secret, body: { value: null } });
    expect(inbox.texts).toEqual([]);
    await world.call("PUT", `${base}/state/k`, { token: secret, body: { value: [1] } });
    await world.call("PUT", `${base}/state/k`, { token: secret, body: { value: null } });
    expect(inbox.frames("state_change")).toMatchObject([
      { value: [1], updatedBy: "dashboard", version: 1 },
      { deleted: true, version: 2 },
    ]);
  });
});

describe("memories, messages, audit", () => {
  test("[HTTP-11] memories are added, searched, paged and forgotten", async () => {
    const add = async (content: string, tags: string[] = []) =>
      String((await admin("POST", `${base}/memories`, { body: { content, tags } })).json["id"]);
    const first = await add("the cache is cold", ["deploy", "Ops"]);
    world.clock.advance(5);
    const second = await add("<img src=x onerror=alert(1)>");
    const found = await admin("GET", `${base}/memories?query=caching`);
    expect(found.json["memories"]).toMatchObject([
      { id: first, remembered_by: "admin", member_pubkey: "", tags: ["deploy", "Ops"], score: expect.any(Number) },
    ]);
    expect((await admin("GET", `${base}/memories?tags=ops,deploy`)).json["memories"]).toMatchObject([{ id: first }]);
    expect((await admin("GET", `${base}/memories?query=&tags=`)).json["memories"]).toEqual([]);
    const page = await admin("GET", `${base}/memories?limit=1`);
    expect(page.json).toMatchObject({ memories: [{ id: second }], next: second });
    expect((await admin("GET", `${base}/memories?limit=1&before=${second}`)).json).toMatchObject({
      memories: [{ id: first }],
      next: null,
    });
    const { secret } = await world.apiTokens.create({ meshId: mesh.id, name: "w", scope: "write" }, "test");
    expect((await world.call("DELETE", `${base}/memories/${first}`, { token: secret })).status).toBe(403);
    expect((await admin("DELETE", `${base}/memories/${first}`)).json).toEqual({ id: first });
    expect((await admin("DELETE", `${base}/memories/${first}`)).status).toBe(404);
    expect(await admin("POST", `${base}/memories`, { body: { content: "x".repeat(32_769) } })).toMatchObject({
      status: 413,
      json: { error: "value_too_large", limit: 32_768 },
    });
  });

  test("[HTTP-12] [POL-5] the log is 404 log_off while off; a message is its ledger without a body", async () => {
    expect(await admin("GET", `${base}/messages`)).toMatchObject({ status: 404, json: { error: "log_off" } });
    await admin("PATCH", `${base}/policy`, { body: { policies: { messageLog: true } } });
    expect(await admin("GET", `${base}/messages`)).toMatchObject({ status: 200, json: { messages: [], next: null } });
    expect((await admin("GET", `${base}/messages?before=${encodeURIComponent("' OR 1")}`)).status).toBe(400);
    expect((await admin("GET", `${base}/messages/unknown-message`)).status).toBe(404);
    const ledger = {
      messageId: "message-1",
      targetSpec: "*",
      kind: "broadcast",
      priority: "next" as const,
      delivered: true,
      deliveredAt: "2026-01-01T00:00:00.000Z",
      recipients: [
        {
          name: "n",
          pubkey: "p",
          status: "delivered" as const,
          state: "surfaced" as const,
          reason: "client_ack",
          offers: 1,
          path: [],
        },
      ],
    };
    const answering = await openHttpWorld({
      deps: { readLedger: async (_, id) => (id === "message-1" ? ledger : undefined) },
    });
    const { id } = await answering.createMesh();
    const answer = await answering.call("GET", `/api/v1/meshes/${id}/messages/message-1`, { token: ADMIN_TOKEN });
    expect(answer.json).toEqual({
      message_id: "message-1",
      target_spec: "*",
      kind: "broadcast",
      priority: "next",
      delivered: true,
      delivered_at: "2026-01-01T00:00:00.000Z",
      recipients: [
        { name: "n", pubkey: "p", status: "delivered", state: "surfaced", reason: "client_ack", offers: 1, path: [] },
      ],
    });
    await answering.close();
  });

  test("[HTTP-15] [OBS-3] what administrators do is in the audit, and the chain verifies", async () => {
    await admin("PATCH", `${base}/policy`, { body: { policies: { maxPeers: 3 } } });
    await admin("POST", `${base}/tokens`, { body: { name: "t", scope: "read" } });
    await admin("PUT", `${base}/state/gone`, { body: { value: "not in the audit" } });
    await admin("DELETE", `${base}/state/gone`);
    await admin("DELETE", `${base}/members/${member.id}`);
    const { json, text } = await admin("GET", `${base}/audit?verify=1`);
    expect(text).not.toContain("not in the audit");
    const entries = json["entries"] as { event: string; seq: number; actor: string }[];
    expect(entries.map(({ event }) => event)).toEqual([
      "mesh_created",
      "member_added",
      "policy_changed",
      "token_created",
      "state_deleted",
      "member_revoked",
    ]);
    expect(entries[2]).toMatchObject({
      actor: "admin-token",
      prev_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(json).toMatchObject({ chain: "ok", at: null });
    expect((await admin("GET", `${base}/audit?since=${entries[4]?.seq}`)).json["entries"]).toMatchObject([
      { event: "member_revoked" },
    ]);
  });
});
