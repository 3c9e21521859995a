import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HTTP_ROUTES } from "@parlatory/protocol/schemas";
import type { MeshRow } from "../../src/store/store.ts";
import { openHttpWorld, ADMIN_TOKEN, type HttpWorld } from "../support/http-world.ts";
import { signOwnerRequest, testKey } from "../support/keys.ts";

let world: HttpWorld;
let mesh: MeshRow;
let other: MeshRow;
const tokens = { read: "", write: "", admin: "" };

beforeAll(async () => {
  world = await openHttpWorld();
  mesh = await world.createMesh();
  other = await world.createMesh({}, testKey(5));
  for (const scope of ["read", "write", "admin"] as const) {
    tokens[scope] = (await world.apiTokens.create({ meshId: mesh.id, name: `${scope} token`, scope }, "test")).secret;
  }
});
afterAll(() => world.close());

const apiRoutes = Object.entries(HTTP_ROUTES).filter(([, route]) => route.path.startsWith("/api/v1"));
const fill = (path: string) => path.replace("{mesh}", mesh.id).replaceAll(/\{\w+\}/g, "xxxxxxxx");

describe("who may call", () => {
  test.each(apiRoutes.map(([id, route]) => [id, route.method, route.path] as const))(
    "[HTTP-2] %s needs a token, also on loopback",
    async (_, method, path) => {
      for (const headers of [
        {},
        { authorization: "Bearer wrong" },
        { authorization: `Basic ${ADMIN_TOKEN}` },
        { authorization: ADMIN_TOKEN },
        { cookie: `token=${ADMIN_TOKEN}` },
      ]) {
        const answer = await world.call(method, fill(path), { headers });
        expect(answer).toMatchObject({ status: 401, json: { ok: false, error: "unauthorized" } });
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
      const inQuery = await world.call(method, `${fill(path)}?token=${ADMIN_TOKEN}`);
      expect(inQuery.status).toBe(401);
    },
  );

  test.each(
    apiRoutes
      .filter(([, { access }]) => access === "write" || access === "admin" || access === "broker")
      .map(([id, route]) => [id, route] as const),
  )("[HTTP-2] %s refuses a smaller scope", async (_, route) => {
    const token = route.access === "write" ? tokens.read : route.access === "admin" ? tokens.write : tokens.admin;
    expect(await world.call(route.method, fill(route.path), { token })).toMatchObject({
      status: 403,
      json: { error: "forbidden" },
    });
  });

  test("[MODEL-2] [HTTP-4] a token sees its own mesh and no trace of another", async () => {
    expect(await world.call("GET", `/api/v1/meshes/${other.id}`, { token: tokens.admin })).toMatchObject({
      status: 404,
      json: { error: "mesh_not_found" },
    });
    expect(await world.call("GET", `/api/v1/meshes/${other.slug}/state`, { token: tokens.read })).toMatchObject({
      status: 404,
    });
    const { json } = await world.call("GET", "/api/v1/meshes", { token: tokens.read });
    expect((json["meshes"] as { id: string }[]).map(({ id }) => id)).toEqual([mesh.id]);
    const all = await world.call("GET", "/api/v1/meshes", { token: ADMIN_TOKEN });
    expect(all.json["meshes"]).toHaveLength(2);
  });

  test("[HTTP-4] the admin token reaches every mesh, by id and by slug", async () => {
    for (const name of [mesh.id, mesh.slug, other.slug]) {
      expect((await world.call("GET", `/api/v1/meshes/${name}`, { token: ADMIN_TOKEN })).status).toBe(200);
    }
  });

  test("[HTTP-14] a revoked or expired token is 401", async () => {
    const path = `/api/v1/meshes/${mesh.id}`;
    const made = await world.call("POST", `${path}/tokens`, {
      token: tokens.admin,
      body: { name: "short", scope: "read", expires_at: "2020-01-01T00:00:00Z" },
    });
    expect(made).toMatchObject({ status: 201, json: { name: "short", scope: "read", revoked_at: null } });
    expect((await world.call("GET", `${path}/state`, { token: String(made.json["token"]) })).status).toBe(401);
    const lasting = await world.call("POST", `${path}/tokens`, {
      token: tokens.admin,
      body: { name: "lasting", scope: "read" },
    });
    const secret = String(lasting.json["token"]);
    expect((await world.call("GET", `${path}/state`, { token: secret })).status).toBe(200);
    expect(
      (await world.call("DELETE", `${path}/tokens/${String(lasting.json["id"])}`, { token: tokens.admin })).json,
    ).toEqual({ ok: true });
    expect((await world.call("GET", `${path}/state`, { token: secret })).status).toBe(401);
    const list = await world.call("GET", `${path}/tokens`, { token: tokens.admin });
    expect(list.text).not.toContain(secret);
    expect(list.text).not.toContain("hash");
  });
});

describe("owner signatures", () => {
  test("[HTTP-5] the owner has scope admin in its mesh, by slug too, and each signature counts once", async () => {
    const path = `/api/v1/meshes/${mesh.slug}/policy`;
    const text = '{"policies":{"maxPeers":55}}';
    const header = signOwnerRequest(world.owner, { method: "PATCH", path, body: text, timestamp: world.clock.now() });
    const answer = await world.call("PATCH", `${path}?ignored=1`, { text, headers: { "parl-owner": header } });
    expect(answer).toMatchObject({ status: 200, json: { policies: { maxPeers: 55 } } });
    expect(await world.call("PATCH", path, { text, headers: { "parl-owner": header } })).toMatchObject({ status: 401 });
  });

  test("[HTTP-5] the signature of the contract verifies and only with the very same bytes", async () => {
    const path = `/api/v1/meshes/${mesh.id}/policy`;
    const text = '{"policies":{"maxPeers":56}}';
    const timestamp = world.clock.now();
    const sign = (request: Partial<Parameters<typeof signOwnerRequest>[1]>, key = world.owner) =>
      signOwnerRequest(key, { method: "PATCH", path, body: text, timestamp, ...request });
    for (const header of [
      sign({ method: "POST" }),
      sign({ path: `${path}/` }),
      sign({ body: `${text} ` }),
      sign({}, testKey(5)),
      sign({ timestamp: timestamp - 60_001 }),
      sign({ timestamp: timestamp + 61_000 }),
      `${timestamp}.${"0".repeat(128)}`,
      "nonsense",
      `0${sign({})}`,
    ]) {
      expect((await world.call("PATCH", path, { text, headers: { "parl-owner": header } })).status).toBe(401);
    }
    expect(
      (await world.call("PATCH", path, { text, headers: { "parl-owner": sign({ timestamp: timestamp - 59_000 }) } }))
        .status,
    ).toBe(200);
  });

  test("[HTTP-5] it says nothing about another mesh, an unknown one, or the broker", async () => {
    expect((await world.call("GET", `/api/v1/meshes/${other.id}`, { owner: world.owner })).status).toBe(401);
    expect((await world.call("GET", "/api/v1/meshes/no-such-mesh", { owner: world.owner })).status).toBe(401);
    expect((await world.call("GET", "/api/v1/meshes", { owner: world.owner })).status).toBe(401);
    expect((await world.call("GET", `/api/v1/meshes/${other.id}`, { owner: testKey(5) })).status).toBe(200);
  });

  test("[HTTP-5] a repeat is refused also after a restart", async () => {
    const first = await openHttpWorld();
    const { id } = await first.createMesh();
    const path = `/api/v1/meshes/${id}`;
    const headers = {
      "parl-owner": signOwnerRequest(first.owner, { method: "GET", path, timestamp: first.clock.now() }),
    };
    expect((await first.call("GET", path, { headers })).status).toBe(200);
    const { cpSync, mkdtempSync, rmSync } = await import("node:fs");
    const copy = mkdtempSync(`${first.folder}-restart-`);
    await first.store.backupTo(`${copy}/backup.db`);
    cpSync(`${copy}/backup.db`, `${copy}/parl.db`);
    await first.close();
    const second = await openHttpWorld({ directory: copy });
    expect((await second.call("GET", path, { headers })).status).toBe(401);
    expect((await second.call("GET", path, { owner: first.owner })).status).toBe(200);
    await second.close();
    rmSync(copy, { recursive: true, force: true });
  });
});

describe("what a request must be", () => {
  const state = () => `/api/v1/meshes/${mesh.id}/state/k`;

  test("[HTTP-1] unknown paths are 404, wrong methods 405 with Allow, and queries change neither", async () => {
    for (const path of [
      "/nothing",
      "/api/v1/nothing",
      "/api/v1/meshes/",
      "//health",
      "/health/",
      `/api/v1/meshes/${mesh.id}/state/a/b`,
      "/nothing?/health",
    ]) {
      expect(await world.call("GET", path, { token: ADMIN_TOKEN })).toMatchObject({
        status: 404,
        json: { ok: false, error: "not_found" },
      });
    }
    const wrong = await world.call("PATCH", state(), { token: ADMIN_TOKEN, body: {} });
    expect(wrong).toMatchObject({ status: 405, json: { ok: false, error: "method_not_allowed" } });
    expect(wrong.headers.get("allow")).toBe("GET, PUT, DELETE");
    expect((await world.call("GET", "/join?x=/join/abc")).status).toBe(405);
    expect((await world.call("GET", "/health?/api/v1/meshes")).status).toBe(200);
    expect((await world.call("OPTIONS", "/health")).status).toBe(405);
  });

  test("[HTTP-1] writes must be JSON by content type, except joins and hooks", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""]) {
      const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
      const answer = await world.call("PUT", state(), {
        token: ADMIN_TOKEN,
        text: new TextEncoder().encode('{"value":1}'),
        headers: { "content-type": "", ...headers },
      });
      expect(answer).toMatchObject({ status: 415, json: { error: "unsupported_media_type" } });
    }
    expect(
      (
        await world.call("PUT", state(), {
          token: ADMIN_TOKEN,
          body: { value: 1 },
          headers: { "content-type": "Application/JSON; charset=utf-8" },
        })
      ).status,
    ).toBe(200);
    expect(
      (await world.call("POST", "/join", { text: "{", headers: { "content-type": "text/plain" } })).json["error"],
    ).toBe("bad_json");
    expect(
      (await world.call("POST", "/hook/set-status", { text: "{", headers: { "content-type": "text/plain" } })).json[
        "error"
      ],
    ).toBe("bad_json");
  });

  test("[HTTP-1] bad JSON, bad UTF-8 and bad fields are 400 and name the field", async () => {
    expect(await world.call("PUT", state(), { token: ADMIN_TOKEN, text: "{" })).toMatchObject({
      status: 400,
      json: { error: "bad_json" },
    });
    expect(
      await world.call("PUT", state(), { token: ADMIN_TOKEN, text: new Uint8Array([0x22, 0xff, 0x22]) }),
    ).toMatchObject({ status: 400, json: { error: "bad_json" } });
    expect(await world.call("PUT", state(), { token: ADMIN_TOKEN, body: {} })).toMatchObject({
      status: 400,
      json: { error: "bad_request", field: "value" },
    });
    expect(await world.call("PUT", state(), { token: ADMIN_TOKEN, body: [] })).toMatchObject({
      status: 400,
      json: { error: "bad_request" },
    });
    const memories = `/api/v1/meshes/${mesh.id}/memories`;
    expect(
      await world.call("POST", memories, { token: ADMIN_TOKEN, body: { content: "x", tags: ["ok", 5] } }),
    ).toMatchObject({ status: 400, json: { field: "tags[1]" } });
    for (const limit of ["0", "101", "ten", "1.5", "-1", ""]) {
      expect(await world.call("GET", `${memories}?limit=${limit}`, { token: ADMIN_TOKEN })).toMatchObject({
        status: 400,
        json: { field: "limit" },
      });
    }
    expect((await world.call("GET", `/api/v1/meshes/${mesh.id}/state/%zz`, { token: ADMIN_TOKEN })).status).toBe(400);
    expect((await world.call("GET", "/api/v1/meshes/%ff/state", { token: ADMIN_TOKEN })).status).toBe(400);
  });

  test("[LIM-3] [HOOK-3] [INV-7] bodies above the limit are 413", async () => {
    const big = (bytes: number) => `{"value":"${"x".repeat(bytes - 12)}"}`;
    expect(await world.call("PUT", state(), { token: ADMIN_TOKEN, text: big(262_145) })).toMatchObject({
      status: 413,
      json: { error: "payload_too_large", limit: 262_144 },
    });
    expect(await world.call("PUT", state(), { token: ADMIN_TOKEN, text: big(262_144) })).toMatchObject({
      status: 413,
      json: { error: "value_too_large", limit: 65_536 },
    });
    expect(await world.call("POST", "/join", { text: big(65_537) })).toMatchObject({
      status: 413,
      json: { ok: false },
    });
    expect((await world.call("POST", "/join", { text: big(65_536) })).status).toBe(400);
    expect(await world.call("POST", "/hook/set-status", { text: big(65_537) })).toMatchObject({
      status: 413,
      json: { ok: false, error: "payload too large" },
    });
  });

  test("[HTTP-18] no answer may be kept or sniffed", async () => {
    for (const path of ["/health", "/nothing", `/api/v1/meshes/${mesh.id}/state`]) {
      const { headers } = await world.call("GET", path, { token: ADMIN_TOKEN });
      expect([headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual(["no-store", "nosniff"]);
    }
  });

  test("[OBS-1] requests are counted by route pattern, never by path", async () => {
    world.requests.length = 0;
    await world.call("GET", state());
    await world.call("GET", "/secret-path");
    await world.call("POST", "/health");
    expect(world.requests).toEqual([
      { route: "/api/v1/meshes/{mesh}/state/{key}", status: 401 },
      { route: "none", status: 404 },
      { route: "/health", status: 405 },
    ]);
  });
});

describe("hosts and origins", () => {
  test.each([
    ["localhost", 200],
    ["LOCALHOST:7900", 200],
    ["127.0.0.1:80", 200],
    ["10.1.2.3", 200],
    ["[::1]:7900", 200],
    ["mesh.example.org", 200],
    ["internal.lan:8", 200],
    ["evil.example.org", 421],
    ["localhost.evil.org", 421],
    ["127.0.0.1.evil.org", 421],
    ["localhost@evil.org", 421],
    ["", 421],
    ["[::1].evil", 421],
  ])("[HTTP-3] host %j is %i", async (host, status) => {
    expect((await world.call("GET", "/health", { headers: { host } })).status).toBe(status);
  });

  test.each([
    ["http://localhost", 200],
    ["https://localhost", 200],
    ["https://dash.example.org", 200],
    ["null", 403],
    ["http://evil.example.org", 403],
    ["http://localhost:8080", 403],
    ["https://dash.example.org.evil", 403],
    ["http://localhost https://x", 403],
    ["file://", 403],
    ["", 403],
  ])("[HTTP-3] a write from origin %j is %i", async (origin, status) => {
    const options = { token: ADMIN_TOKEN, body: { value: 1 }, headers: { host: "localhost", origin } };
    expect((await world.call("PUT", `/api/v1/meshes/${mesh.id}/state/o`, options)).status).toBe(status);
    const join = await world.call("POST", "/join", { text: "{", headers: { host: "localhost", origin } });
    expect(join.status).toBe(status === 403 ? 403 : 400);
  });

  test("[HTTP-3] Access-Control-Allow-Origin goes to listed origins only; * to health only", async () => {
    const allowed = async (method: string, path: string, origin: string, extra: Record<string, string> = {}) =>
      (await world.call(method, path, { token: ADMIN_TOKEN, headers: { origin, ...extra } })).headers.get(
        "access-control-allow-origin",
      );
    const path = `/api/v1/meshes/${mesh.id}/state`;
    expect(await allowed("GET", path, "https://dash.example.org")).toBe("https://dash.example.org");
    expect(await allowed("GET", path, "http://localhost")).toBeNull();
    expect(await allowed("GET", path, "https://evil.example.org")).toBeNull();
    expect(await allowed("GET", "/health", "https://evil.example.org")).toBe("*");
    const preflight = { "access-control-request-method": "PUT" };
    expect(await allowed("OPTIONS", path, "https://evil.example.org", preflight)).toBeNull();
    const answer = await world.call("OPTIONS", path, { headers: { origin: "https://dash.example.org", ...preflight } });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-headers")).toContain("Authorization");
  });
});
