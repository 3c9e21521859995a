import { request } from "node:http";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RawClient } from "../../support/raw-client.ts";
import { CLIENT, MAIN_KEY, openRemoteWorld, settle, type RemoteWorld } from "../../support/remote/remote-world.ts";
import { SteppedTime } from "../../support/stepped-time.ts";

let world: RemoteWorld;

beforeEach(async () => {
  world = await openRemoteWorld();
});
afterEach(() => world.end());

const AUTH_ERROR = { type: "auth_error", message: "Authentication failed" };

/** Status of an upgrade, 101 when it was taken. */
function upgrade(headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1",
      port: world.port,
      path: "/remote",
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

async function audited(event: string): Promise<Record<string, unknown>[]> {
  const rows = await world.store.listAudit({ limit: 100 });
  return rows.filter((row) => row.event === event).map(({ actor, data }) => ({ actor, ...data }));
}

describe("keys", () => {
  test("[AUTH-4] a key that is missing, wrong or revoked gets one answer, and 4401", async () => {
    const { code } = await world.devices.createPairCode();
    const paired = await world.devices.pair({ code, deviceName: "Phone", address: "::1" });
    const apiKey = paired.outcome === "paired" ? paired.apiKey : "";
    const id = paired.outcome === "paired" ? paired.device.id : "";
    await world.devices.revoke(id);
    for (const api_key of [undefined, "", "x", "x".repeat(43), apiKey]) {
      const client = await world.open();
      client.send({ type: "connect", session_id: CLIENT, ...(api_key === undefined ? {} : { api_key }) });
      expect(await client.next()).toEqual(AUTH_ERROR);
      expect(await client.closed).toMatchObject({ code: 4401 });
    }
  });

  test("[AUTH-4] [AUTH-5] without session_id the key is checked in any case", async () => {
    const client = await world.open();
    client.send({ type: "connect", api_key: "wrong" });
    expect(await client.next()).toMatchObject({ message: "session_id required in connect message" });
    expect(await client.next()).toEqual(AUTH_ERROR);
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  test("[AUTH-5] before connect only ping and connect have an effect", async () => {
    const client = await world.open();
    client.send({ type: "ping" });
    expect(await client.next()).toMatchObject({ type: "pong" });
    client.send("{");
    expect(await client.next()).toMatchObject({ code: "invalid_json" });
    client.send({ type: "recipe" });
    expect(await client.next()).toMatchObject({ message: "Unknown message type: recipe" });
    client.send({ type: "connect", session_id: CLIENT, api_key: MAIN_KEY, capabilities: "stream" });
    expect(await client.next()).toMatchObject({ message: "capabilities must be a list of strings in connect message" });
    client.send({ type: "prompt", text: "hello", correlation_id: "c" });
    expect(await client.next()).toEqual({
      type: "error",
      message: "Must send connect message with session_id first",
      code: "not_connected",
      retryable: false,
      correlation_id: "c",
    });
    expect(await client.next()).toEqual(AUTH_ERROR);
    expect(await client.closed).toMatchObject({ code: 4401 });
    expect(world.runs.submissions).toEqual([]);
  });

  test("[AUTH-5] [AUTH-9] without authentication a known type too early is an error only", async () => {
    await world.end();
    world = await openRemoteWorld({ isAuthOn: false });
    const client = await RawClient.open(world.url);
    expect(await client.next()).toMatchObject({ type: "hello", auth_version: 0 });
    client.send({ type: "subscribe", session_id: randomUUID() });
    expect(await client.next()).toMatchObject({ message: "Must send connect message with session_id first" });
    client.send({ type: "subscribe" });
    expect(await client.next()).toMatchObject({ message: "Must send connect message with session_id first" });
    client.send({ type: "connect", session_id: CLIENT });
    expect(await client.next()).toMatchObject({ type: "connected" });
    await client.close();
  });

  test("[AUTH-7] a device that is revoked loses its sockets at once, the others stay", async () => {
    const { code } = await world.devices.createPairCode();
    const paired = await world.devices.pair({ code, deviceName: "Phone", address: "::1" });
    if (paired.outcome !== "paired") throw new Error("not paired");
    const stop = world.devices.onRevoked((id) => world.pushes.refuseDevice(id));
    const phone = await world.connect({ api_key: paired.apiKey, session_id: "phone" });
    const main = await world.connect();
    await world.devices.revoke(paired.device.id);
    expect(await phone.next()).toEqual(AUTH_ERROR);
    expect(await phone.closed).toMatchObject({ code: 4401 });
    await settle(main);
    await main.close();
    stop();
  });

  test("[AUTH-11] connects and failures are in the audit log with device and subject, and never a key", async () => {
    await (await world.connect()).close();
    const client = await world.open();
    client.send({ type: "connect", session_id: CLIENT, api_key: "a-wrong-key-that-nobody-may-see" });
    await client.closed;
    expect(await audited("remote_connected")).toEqual([
      { actor: "device:main", subject: CLIENT, outcome: "ok", address: "127.0.0.1" },
    ]);
    expect(await audited("remote_connect_failed")).toEqual([
      { actor: "remote", subject: CLIENT, outcome: "refused", address: "127.0.0.1" },
    ]);
    const told = JSON.stringify([world.lines, await world.store.listAudit({ limit: 100 })]);
    expect(told).not.toContain("a-wrong-key");
    expect(told).not.toContain(MAIN_KEY);
  });
});

describe("upgrades", () => {
  test("[AUTH-10] Host and Origin are judged by the listener's one rule, before anything else", async () => {
    expect(await upgrade()).toBe(101);
    expect(await upgrade({ Host: "evil.example.org" })).toBe(421);
    expect(await upgrade({ Origin: "https://evil.example.org" })).toBe(403);
    expect(await upgrade({ Origin: "null" })).toBe(403);
    expect(await upgrade({ Origin: "https://dash.example.org" })).toBe(101);
    expect(await upgrade({ Origin: `http://127.0.0.1:${world.port}` })).toBe(101);
  });

  test("[AUTH-8] ten failed checks within a minute make upgrades from the address answer 429 for a minute", async () => {
    await world.end();
    const time = new SteppedTime();
    world = await openRemoteWorld({ time });
    const fail = async (): Promise<void> => {
      const client = await world.open();
      client.send({ type: "connect", session_id: CLIENT, api_key: "wrong" });
      await client.closed;
    };
    for (let i = 0; i < 9; i++) await fail();
    // The first nine are forgotten after a minute.
    await time.leap(60_000);
    for (let i = 0; i < 9; i++) await fail();
    expect(await upgrade()).toBe(101);
    await fail();
    expect(await upgrade()).toBe(429);
    expect(world.rejected).toContain("auth_penalty");
    await time.leap(59_999);
    expect(await upgrade()).toBe(429);
    await time.leap(1);
    expect(await upgrade()).toBe(101);
    await (await world.connect()).close();
  });
});
