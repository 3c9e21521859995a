import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError, StoreLockedError, startServer } from "../../src/index.ts";
import { RawClient, legacyHello, modernHello } from "../support/raw-client.ts";
import { membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

let server: TestServer;
let ada: TestMember;

beforeAll(async () => {
  server = await startTestServer({
    env: {
      PARL_ALLOWED_HOSTS: "mesh.example.org",
      PARL_ALLOWED_ORIGINS: "https://dash.example.org",
      PARL_PUBLIC_URL: "https://public.example.org",
    },
  });
  [ada] = membersOf(server);
});
afterAll(() => server.end());

/** Status of an upgrade, 101 when it was taken. */
function upgrade(path: string, headers: Record<string, string> = {}, to: TestServer = server): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1",
      port: to.port,
      path,
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": Buffer.alloc(16, 7).toString("base64"),
        ...headers,
      },
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("upgrade", (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("upgrades", () => {
  test("[WS-2] the mesh is served at /ws, whatever the query; elsewhere there is 404", async () => {
    expect(await upgrade("/ws")).toBe(101);
    expect(await upgrade("/ws?mesh=1&x=/other")).toBe(101);
    expect(await upgrade("/mesh")).toBe(404);
    expect(await upgrade("/ws/")).toBe(404);
    expect(await upgrade("/wss?x=/ws")).toBe(404);
  });

  test("[WS-2] compression is never negotiated", async () => {
    const client = await RawClient.open(server.wsUrl, { perMessageDeflate: true });
    expect(client.webSocket.extensions).toBe("");
    await client.close();
  });

  test("[HTTP-3] the Host must be an IP literal, localhost or configured, before anything else", async () => {
    expect(await upgrade("/ws", { Host: "evil.example.org" })).toBe(421);
    expect(await upgrade("/nowhere", { Host: "evil.example.org" })).toBe(421);
    for (const host of [
      "localhost:1",
      "127.0.0.1",
      "[::1]:80",
      "10.1.2.3",
      "MESH.example.org:443",
      "public.example.org",
    ]) {
      expect({ host, status: await upgrade("/ws", { Host: host }) }).toEqual({ host, status: 101 });
    }
  });

  test("[HTTP-3] an Origin must be the same or listed, and never null", async () => {
    expect(await upgrade("/ws", { Origin: "null" })).toBe(403);
    expect(await upgrade("/ws", { Origin: "https://evil.example.org" })).toBe(403);
    expect(await upgrade("/ws", { Origin: `http://127.0.0.1:${server.port + 1}` })).toBe(403);
    expect(await upgrade("/ws", { Origin: `http://127.0.0.1:${server.port}` })).toBe(101);
    expect(await upgrade("/ws", { Origin: "https://dash.example.org" })).toBe(101);
  });

  test("[WS-2] an offer of another protocol is declined: the request is served as it is", async () => {
    expect(await upgrade("/health", { Upgrade: "h2c" })).toBe(200);
  });

  test("[WS-2] a malformed handshake is refused and the server lives", async () => {
    expect(await upgrade("/ws", { "Sec-WebSocket-Key": "short" })).toBe(400);
    expect(await upgrade("/ws", { "Sec-WebSocket-Version": "7" })).toBe(400);
    expect(await upgrade("/ws")).toBe(101);
  });
});

describe("limits", () => {
  test("[LIM-10] beyond PARL_MAX_CONNECTIONS an upgrade gets 503, and a place that got free is given again", async () => {
    const small = await startTestServer({ env: { PARL_MAX_CONNECTIONS: "2" } });
    const [member] = membersOf(small);
    const { client: first } = await RawClient.join(small.wsUrl, legacyHello(member));
    const second = await RawClient.open(small.wsUrl);
    expect(await upgrade("/ws", {}, small)).toBe(503);
    await second.close();
    await first.settle();
    const third = await RawClient.open(small.wsUrl);
    await third.close();
    await small.end();
  });

  test("[LIM-10] at most 1,000 connections wait for their hello; those that said it do not count", async () => {
    const small = await startTestServer();
    const [member] = membersOf(small);
    const { client: greeted } = await RawClient.join(small.wsUrl, modernHello(member));
    const waiting: RawClient[] = [];
    for (let i = 0; i < 10; i++) {
      waiting.push(...(await Promise.all(Array.from({ length: 100 }, () => RawClient.open(small.wsUrl)))));
    }
    expect(await upgrade("/ws", {}, small)).toBe(503);
    waiting[0]?.send(modernHello(member));
    await waiting[0]?.next("hello_ack");
    const late = await RawClient.open(small.wsUrl);
    expect(await upgrade("/ws", {}, small)).toBe(503);
    await greeted.settle();
    for (const client of [greeted, late, ...waiting]) client.webSocket.terminate();
    await small.end();
  });
});

describe("start", () => {
  test("[WS-1] a port that is taken fails the start and names the setting", async () => {
    const other = await startTestServer();
    await other.stop();
    const taken = startServer({ env: { ...other.env, PARL_PORT: String(server.port) }, writeLog: () => undefined });
    await expect(taken).rejects.toThrow(ConfigError);
    await expect(taken).rejects.toMatchObject({ setting: "PARL_PORT" });
    await other.end();
  });

  test("[WS-1] an address that is not of this machine fails the start and names the setting", async () => {
    const other = await startTestServer();
    await other.stop();
    await expect(
      startServer({ env: { ...other.env, PARL_HOST: "192.0.2.1" }, writeLog: () => undefined }),
    ).rejects.toMatchObject({ setting: "PARL_HOST" });
    await other.end();
  });

  test("[DB-4] a second broker on the same file is refused and told who holds it", async () => {
    const second = startServer({ env: server.env, writeLog: () => undefined });
    await expect(second).rejects.toThrow(StoreLockedError);
    await expect(second).rejects.toThrow(String(process.pid));
    const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
    await client.close();
  });
});
