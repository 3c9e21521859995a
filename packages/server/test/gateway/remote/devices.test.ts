import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toWireTime } from "@parlatory/protocol/remote";
import type { RawClient, RawFrame } from "../../support/raw-client.ts";
import { MAIN_KEY, openRemoteWorld, settle, type RemoteWorld } from "../../support/remote/remote-world.ts";
import { SteppedTime } from "../../support/stepped-time.ts";

const AUTH_ERROR = { type: "auth_error", message: "Authentication failed" };
let time: SteppedTime;
let world: RemoteWorld;
let stopRevoking: () => void;

beforeEach(() => begin({}));
afterEach(() => end());

async function begin(plan: { isAuthOn?: boolean; publicUrl?: string }): Promise<void> {
  time = new SteppedTime();
  world = await openRemoteWorld({ time, ...plan });
  stopRevoking = world.devices.onRevoked((id) => world.pushes.refuseDevice(id));
}

async function end(): Promise<void> {
  stopRevoking();
  await world.end();
}

async function pair(deviceName: string, address = "10.0.0.7"): Promise<{ id: string; apiKey: string }> {
  const { code } = await world.devices.createPairCode();
  const paired = await world.devices.pair({ code, deviceName, address });
  if (paired.outcome !== "paired") throw new Error(`not paired: ${paired.outcome}`);
  return { id: paired.device.id, apiKey: paired.apiKey };
}

async function ask(client: RawClient, message: Record<string, unknown>): Promise<RawFrame> {
  client.send({ ...message, correlation_id: "asked" });
  return client.find((frame) => frame["correlation_id"] === "asked");
}

async function audited(event: string): Promise<Record<string, unknown>[]> {
  const rows = await world.store.listAudit({ limit: 100 });
  return rows.filter((row) => row.event === event).map(({ actor, data }) => ({ actor, ...data }));
}

describe("list_devices", () => {
  test("[AUTH-7] tells who is paired, when and where from it was last seen, and which one asks; the main key is none", async () => {
    const pairedAt = toWireTime(time.now());
    const phone = await pair("Anna's phone");
    const tablet = await pair("Tablet");
    const client = await world.connect({ api_key: tablet.apiKey });
    const answer = await ask(client, { type: "list_devices" });
    expect(answer).toEqual({
      type: "device_list",
      correlation_id: "asked",
      has_more: false,
      next_cursor: null,
      devices: [
        {
          device_id: phone.id,
          name: "Anna's phone",
          paired_at: pairedAt,
          last_seen_at: pairedAt,
          last_address: "10.0.0.7",
          is_current: false,
        },
        {
          device_id: tablet.id,
          name: "Tablet",
          paired_at: pairedAt,
          last_seen_at: pairedAt,
          last_address: "127.0.0.1",
          is_current: true,
        },
      ].toSorted((a, b) => (a.device_id < b.device_id ? -1 : 1)),
    });
    const main = await world.connect({ session_id: "main" });
    expect(
      ((await ask(main, { type: "list_devices" }))["devices"] as RawFrame[]).map((it) => it["is_current"]),
    ).toEqual([false, false]);
    await Promise.all([client.close(), main.close()]);
  });

  test("[RLIM-2] [RLIM-3] comes in pages that fit the smallest frame, and loses nobody when one is revoked meanwhile", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) {
      ids.push((await pair('\\"😀'.repeat(16))).id);
      if (n % 2 === 1) await time.leap(1);
    }
    const client = await world.connect({ size_kb: 1 });
    const seen: unknown[] = [];
    const counts: number[] = [];
    let cursor: unknown;
    for (let pages = 0; cursor !== null; pages++) {
      const page = await ask(client, { type: "list_devices", ...(pages === 0 ? {} : { cursor }) });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(4_096);
      const shown = (page["devices"] as RawFrame[]).map((device) => device["device_id"]);
      counts.push(shown.length);
      expect(page["has_more"]).toBe(page["next_cursor"] !== null);
      seen.push(...shown);
      cursor = page["next_cursor"];
      // The one behind which the next page begins.
      if (pages === 0) await world.devices.revoke(String(shown.at(-1)));
      client.frames.length = 0;
      client.forgetTaken();
    }
    expect(new Set(seen)).toEqual(new Set(ids));
    // Most of each frame but the last is used.
    expect(Math.min(...counts.slice(0, -1))).toBeGreaterThan(5);
    expect(seen).toHaveLength(ids.length);
    expect(await ask(client, { type: "list_devices", cursor: "x" })).toMatchObject({
      code: "invalid_field",
      message: "cursor must be one that a device_list gave in list_devices message",
    });
    await client.close();
  });

  test("[AUTH-9] answers without authentication too, where nobody is the one that asks", async () => {
    const before = await pair("Phone");
    await end();
    await begin({ isAuthOn: false });
    const phone = await pair("Phone");
    expect(phone.id).not.toBe(before.id);
    const client = await world.connect();
    expect(await ask(client, { type: "list_devices" })).toMatchObject({
      devices: [{ device_id: phone.id, is_current: false }],
    });
    await client.close();
  });
});

describe("revoke_device", () => {
  test("[AUTH-7] ends the sockets of another device at once, and those of the rest go on", async () => {
    const phone = await pair("Phone");
    const sockets = [
      await world.connect({ api_key: phone.apiKey, session_id: "one" }),
      await world.connect({ api_key: phone.apiKey, session_id: "two" }),
    ];
    const main = await world.connect();
    expect(await ask(main, { type: "revoke_device", device_id: phone.id })).toEqual({
      type: "ack",
      message: "Device revoked",
      correlation_id: "asked",
    });
    for (const socket of sockets) {
      expect(await socket.next()).toEqual(AUTH_ERROR);
      expect(await socket.closed).toMatchObject({ code: 4401 });
    }
    await settle(main);
    await main.close();
    expect(await audited("device_revoked")).toEqual([{ actor: "device:main", subject: phone.id, outcome: "ok" }]);
  });

  test("[AUTH-7] of the device that asks, it is told so, and then all its sockets end", async () => {
    const phone = await pair("Phone");
    const one = await world.connect({ api_key: phone.apiKey, session_id: "one" });
    const two = await world.connect({ api_key: phone.apiKey, session_id: "two" });
    one.send({ type: "revoke_device", device_id: phone.id });
    expect(await one.next()).toEqual({ type: "ack", message: "Device revoked" });
    expect(await one.next()).toEqual(AUTH_ERROR);
    expect(await one.closed).toMatchObject({ code: 4401 });
    expect(await two.closed).toMatchObject({ code: 4401 });
    const again = await world.open();
    again.send({ type: "connect", session_id: "one", api_key: phone.apiKey });
    expect(await again.next()).toEqual(AUTH_ERROR);
    expect(await again.closed).toMatchObject({ code: 4401 });
  });

  test("[AUTH-7] a socket whose connect is still carried out when its device is revoked is not let in", async () => {
    const phone = await pair("Phone");
    const reading = Promise.withResolvers<void>();
    const { deliveries } = world.services;
    const list = deliveries.list.bind(deliveries);
    const reached = new Promise<void>((resolve) => {
      deliveries.list = async (id) => {
        resolve();
        await reading.promise;
        return list(id);
      };
    });
    const client = await world.open();
    client.send({ type: "connect", session_id: "phone", api_key: phone.apiKey });
    await reached;
    await world.devices.revoke(phone.id);
    reading.resolve();
    expect(await client.next()).toEqual(AUTH_ERROR);
    expect(await client.closed).toMatchObject({ code: 4401 });
    expect(client.frames.some(({ type }) => type === "connected")).toBe(false);
    expect(world.pushes.audience.peers().size).toBe(0);
  });

  test("[AUTH-7] [RLIM-7] of nobody is not found; the main key is no device", async () => {
    const client = await world.connect();
    for (const id of ["dev-000000000000", "main", ""]) {
      expect(await ask(client, { type: "revoke_device", device_id: id })).toMatchObject({
        type: "error",
        code: "not_found",
        message: `Device not found: ${id}`,
        retryable: false,
      });
      client.frames.length = 0;
      client.forgetTaken();
    }
    expect(await ask(client, { type: "revoke_device" })).toMatchObject({
      code: "missing_field",
      message: "device_id required in revoke_device message",
    });
    await client.close();
  });
});

describe("create_pair_code", () => {
  test("[AUTH-6] gives a code of use once, with the link for the address by which the client came", async () => {
    const client = await world.connect();
    const made = await ask(client, { type: "create_pair_code" });
    expect(made).toEqual({
      type: "pair_code",
      correlation_id: "asked",
      code: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/),
      expires_at: toWireTime(time.now() + 600_000),
      url: `http://127.0.0.1:${world.port}/pair#${String(made["code"])}`,
    });
    const request = { code: String(made["code"]), deviceName: "Phone", address: "10.0.0.7" };
    expect((await world.devices.pair(request)).outcome).toBe("paired");
    expect((await world.devices.pair(request)).outcome).toBe("invalid");
    await client.close();
  });

  test("[AUTH-6] a page behind a proxy that ends TLS gets a link with its own scheme", async () => {
    const client = await world.open({ headers: { Host: "127.0.0.1:8443", Origin: "https://127.0.0.1:8443" } });
    client.send({ type: "connect", session_id: "page", api_key: MAIN_KEY });
    const made = await ask(client, { type: "create_pair_code" });
    expect(made["url"]).toBe(`https://127.0.0.1:8443/pair#${String(made["code"])}`);
    await client.close();
  });

  test("[AUTH-6] PARL_PUBLIC_URL is where links lead", async () => {
    await end();
    await begin({ publicUrl: "https://parl.example/" });
    const client = await world.connect();
    const made = await ask(client, { type: "create_pair_code" });
    expect(made["url"]).toBe(`https://parl.example/pair#${String(made["code"])}`);
    await client.close();
  });

  test("[AUTH-6] [RLIM-7] five may be pending; another is refused until one was used or has expired", async () => {
    const client = await world.connect();
    const make = async (): Promise<RawFrame> => {
      client.frames.length = 0;
      client.forgetTaken();
      return ask(client, { type: "create_pair_code" });
    };
    const made: RawFrame[] = [];
    for (let n = 0; n < 5; n++) made.push(await make());
    expect(await make()).toMatchObject({ type: "error", code: "too_many", retryable: true });
    await world.devices.pair({ code: String(made[0]?.["code"]), deviceName: "Phone", address: "::1" });
    expect(await make()).toMatchObject({ type: "pair_code" });
    expect(await make()).toMatchObject({ code: "too_many" });
    // Whoever sits at the server is not hindered by it.
    await world.devices.createPairCode();
    await client.close();
    await time.leap(600_000);
    const later = await world.connect();
    expect(await ask(later, { type: "create_pair_code" })).toMatchObject({ type: "pair_code" });
    await later.close();
  });

  test("[AUTH-11] what is asked about devices is in the audit log with who asked, and no code is", async () => {
    const phone = await pair("Phone");
    const client = await world.connect({ api_key: phone.apiKey });
    const { code } = await ask(client, { type: "create_pair_code" });
    client.send({ type: "list_devices" });
    await settle(client);
    await client.close();
    await world.store.ping();
    const actor = `device:${phone.id}`;
    expect(await audited("devices_listed")).toEqual([{ actor, subject: "devices", outcome: "ok" }]);
    expect(await audited("pair_code_created")).toContainEqual({ actor, subject: "pairing", outcome: "ok" });
    expect(JSON.stringify([world.lines, await world.store.listAudit({ limit: 100 })])).not.toContain(String(code));
  });
});

test("[AUTH-5] nothing about devices is told or done before connect", async () => {
  const phone = await pair("Phone");
  for (const message of [
    { type: "list_devices" },
    { type: "revoke_device", device_id: phone.id },
    { type: "create_pair_code" },
  ]) {
    const client = await world.open();
    client.send(message);
    expect(await client.next()).toMatchObject({ type: "error", code: "not_connected" });
    expect(await client.next()).toEqual(AUTH_ERROR);
    expect(await client.closed).toMatchObject({ code: 4401 });
  }
  expect(await world.devices.list()).toHaveLength(1);
  expect(await audited("pair_code_created")).toHaveLength(1);
});
