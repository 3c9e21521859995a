import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import { inviteLink } from "@parlatory/protocol";
import { joinSecretOf, type OpenedInvite } from "../../src/crypto/invite.ts";
import { createApiClient, fetchHealth } from "../../src/http/api-client.ts";
import { fetchHttp } from "../../src/http/fetch-http.ts";
import type { HttpPort } from "../../src/http/http-port.ts";
import { joinMesh } from "../../src/http/join-mesh.ts";
import { nodeHttp } from "../../src/node/node-http.ts";
import { ROOT_KEY, closeLater, crypto, memberKey } from "../support/mesh-fixture.ts";

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

let origin = "";
let seen: Seen[] = [];
let answer: (response: ServerResponse) => void = () => undefined;

beforeEach(async () => {
  seen = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closeLater(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});

function json(status: number, body: unknown, headers: Record<string, string> = {}): void {
  answer = (response) =>
    response
      .writeHead(status, { "content-type": "application/json", connection: "close", ...headers })
      .end(JSON.stringify(body));
}

describe.each<[string, HttpPort]>([
  ["nodeHttp", nodeHttp],
  ["fetchHttp", fetchHttp],
])("%s", (_, http) => {
  test("[HTTP-1] gives status, headers and body of any answer", async () => {
    json(409, { ok: false, error: "slug_taken" }, { etag: '"7"' });
    const response = await http({ method: "PUT", url: `${origin}/a?b=c`, headers: { "x-test": "1" }, body: "héllo" });
    expect(response).toMatchObject({
      status: 409,
      headers: { etag: '"7"' },
      body: '{"ok":false,"error":"slug_taken"}',
    });
    expect(seen).toMatchObject([{ method: "PUT", url: "/a?b=c", body: "héllo", headers: { "x-test": "1" } }]);
  });

  test("[CLI-2] no answer is server_unreachable, and the address in it has no path", async () => {
    answer = (response) => response.destroy();
    await expect(http({ method: "GET", url: `${origin}/join/secret` })).rejects.toMatchObject({
      name: "HttpUnreachableError",
      code: "server_unreachable",
      message: expect.not.stringContaining("secret"),
    });
    answer = () => undefined;
    await expect(http({ method: "GET", url: origin, timeoutMs: 30 })).rejects.toMatchObject({
      code: "server_unreachable",
    });
    await expect(http({ method: "GET", url: "no url" })).rejects.toMatchObject({ code: "server_unreachable" });
    answer = (response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setImmediate(() => response.destroy());
    };
    await expect(http({ method: "GET", url: origin })).rejects.toMatchObject({ code: "server_unreachable" });
  });
});

describe("joining", () => {
  function invite(): OpenedInvite {
    const owner = crypto.generateKeyPair();
    const made = crypto.createInvite(
      {
        mesh_id: "mesh-1",
        mesh_slug: "demo",
        broker_url: `${origin.replace("http", "ws")}/ws`,
        expires_at: 2_000_000_000,
        mesh_root_key: ROOT_KEY,
        role: "admin",
      },
      owner.secretKey,
    );
    if (!made.ok) throw new Error(made.reason);
    const opened = crypto.parseInvite(inviteLink(made.invite.broker_url, made.token), Date.now());
    if (!opened.ok) throw new Error(opened.reason);
    return opened;
  }
  const join = (opened: OpenedInvite): ReturnType<typeof joinMesh> =>
    joinMesh({ invite: opened, memberKey, displayName: "ada@box", http: nodeHttp });

  test("[INV-5] [INV-6] sends the join secret and neither token nor root key, and gives the entry of the config", async () => {
    json(200, { ok: true, memberId: "member-9", meshId: "mesh-1", alreadyMember: true });
    const opened = invite();
    expect(await join(opened)).toEqual({
      ok: true,
      role: "admin",
      alreadyMember: true,
      mesh: {
        meshId: "mesh-1",
        memberId: "member-9",
        slug: "demo",
        pubkey: memberKey.publicKey,
        secretKey: memberKey.secretKey,
        brokerUrl: opened.invite.broker_url,
        rootKey: ROOT_KEY,
      },
    });
    expect(seen).toMatchObject([{ method: "POST", url: "/join", headers: { "content-type": "application/json" } }]);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
      join_secret: joinSecretOf(opened.token),
      peer_pubkey: memberKey.publicKey,
      display_name: "ada@box",
    });
    expect(seen[0]?.body).not.toContain(ROOT_KEY);
  });

  test.each([
    [400, { ok: false, error: "invite_exhausted" }, "invite_exhausted", false],
    [400, { ok: false, error: "member_revoked" }, "member_revoked", false],
    [400, { ok: false, error: "display_name must be 1-64 characters" }, "bad_request", false],
    [429, { ok: false, error: "rate_limited" }, "rate_limited", true],
    [503, { ok: false, error: "storage_unavailable" }, "storage_unavailable", true],
    [500, "oops", "internal", false],
    [200, { ok: true, meshId: "another", memberId: "m" }, "internal", false],
    [200, { ok: true, meshId: "mesh-1" }, "internal", false],
  ])(
    "[INV-3] [INV-7] status %i with %o is %s, and there is nothing to store",
    async (status, body, code, retryable) => {
      json(status, body);
      expect(await join(invite())).toMatchObject({ ok: false, code, retryable });
    },
  );

  test("[INV-3] nobody there is server_unreachable", async () => {
    answer = (response) => response.destroy();
    expect(await join(invite())).toMatchObject({ ok: false, code: "server_unreachable", retryable: true });
  });
});

describe("the REST client", () => {
  test("[HTTP-2] sends the bearer token, and nothing of it in the address", async () => {
    json(200, { peers: [] });
    const api = createApiClient({
      url: `${origin.replace("http", "ws")}/ws`,
      auth: { kind: "token", token: "parl_secret" },
      http: nodeHttp,
    });
    const { body } = await api.request<{ peers: unknown[] }>({
      method: "GET",
      path: ["meshes", "demo", "peers"],
      query: { group: "a b", include_offline: true, before: undefined },
    });
    expect(body).toEqual({ peers: [] });
    expect(seen).toMatchObject([
      {
        method: "GET",
        url: "/api/v1/meshes/demo/peers?group=a+b&include_offline=true",
        headers: { authorization: "Bearer parl_secret" },
      },
    ]);
  });

  test("[HTTP-5] signs with the owner key over method, path as sent, body and time, each time anew", async () => {
    json(200, {});
    const owner = crypto.generateKeyPair();
    const nowMs = 1_700_000_000_000;
    const api = createApiClient({
      url: origin,
      auth: { kind: "owner", secretKey: owner.secretKey, crypto, nowMs: () => nowMs },
      http: nodeHttp,
    });
    const request = {
      method: "PUT" as const,
      path: ["meshes", "mesh-1", "state", "a/b c"],
      query: { x: 1 },
      body: { value: 1 },
    };
    await api.request(request);
    await api.request(request);
    const expected = (timestamp: number): string =>
      crypto.signOwnerRequest(owner.secretKey, {
        method: "PUT",
        path: "/api/v1/meshes/mesh-1/state/a%2Fb%20c",
        body: '{"value":1}',
        timestamp,
      });
    expect(seen.map(({ headers }) => headers["parl-owner"])).toEqual([expected(nowMs), expected(nowMs + 1)]);
    expect(seen[0]).toMatchObject({ body: '{"value":1}', headers: { "content-type": "application/json" } });
  });

  test("[HTTP-1] a refusal rejects with status, code and body", async () => {
    json(412, { ok: false, error: "version_conflict", message: "too late", current: { version: 3 } });
    const api = createApiClient({ url: origin, auth: { kind: "token", token: "t" }, http: nodeHttp });
    await expect(api.request({ method: "DELETE", path: ["meshes", "demo", "state", "k"] })).rejects.toMatchObject({
      name: "ApiError",
      status: 412,
      code: "version_conflict",
      message: "too late",
      body: { current: { version: 3 } },
    });
    json(502, "a proxy's page");
    await expect(api.request({ method: "GET", path: ["meshes"] })).rejects.toMatchObject({ code: "http_502" });
  });

  test("[HTTP-6] health tells who answers, or that nobody does", async () => {
    json(503, { status: "degraded", db: "down" });
    expect(await fetchHealth(origin, nodeHttp)).toEqual({ status: 503, body: { status: "degraded", db: "down" } });
    answer = (response) => response.destroy();
    expect(await fetchHealth(origin, nodeHttp)).toBeUndefined();
  });
});
