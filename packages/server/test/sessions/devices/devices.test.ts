import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeDeviceKey, matchKey, digestOf } from "../../../src/sessions/devices/device-key.ts";
import { Devices, MAIN_DEVICE_ID } from "../../../src/sessions/devices/devices.ts";
import { makePairCode, normalisePairCode } from "../../../src/sessions/devices/pair-code.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { HeldTime } from "../../support/held-time.ts";
import { MemoryLog } from "../../support/memory-log.ts";

let folder: string;
let databases = 0;
let store: Store;
let time: HeldTime;
let log: MemoryLog;
let notes: Record<string, unknown>[];
let devices: Devices;
const mainKey = makeDeviceKey(randomBytes);
const address = "192.168.1.20";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-test-devices-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  databases += 1;
  store = await openSqliteStore({ path: join(folder, `${databases}.db`), durability: "normal" });
  time = new HeldTime();
  log = new MemoryLog();
  notes = [];
  devices = new Devices({
    store,
    mainKey,
    clock: time,
    randomBytes,
    audit: { note: (entry) => void notes.push(entry) },
    log,
  });
  return () => store.close();
});

async function pair(deviceName?: string): Promise<{ id: string; apiKey: string; code: string }> {
  const { code } = await devices.createPairCode();
  const result = await devices.pair({ code, deviceName, address });
  if (result.outcome !== "paired") throw new Error(`the device was not paired: ${result.outcome}`);
  return { id: result.device.id, apiKey: result.apiKey, code };
}

const authenticate = (key: string | undefined, name?: string) => devices.authenticate({ key, name, address });

test("[AUTH-1] the main key and the keys of paired devices are let in, each as who it is", async () => {
  const phone = await pair("Anna's phone");
  expect(await authenticate(mainKey)).toEqual({ id: MAIN_DEVICE_ID, name: "Main key" });
  expect(await authenticate(mainKey, " Anna's\nlaptop ")).toEqual({ id: MAIN_DEVICE_ID, name: "Anna's laptop" });
  expect(await authenticate(phone.apiKey, "whatever it says")).toEqual({ id: phone.id, name: "Anna's phone" });
  expect(phone.apiKey).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test("[AUTH-4] missing, wrong, malformed and revoked keys are answered alike", async () => {
  const phone = await pair();
  await devices.revoke(phone.id);
  const wrong = [
    undefined,
    "",
    makeDeviceKey(randomBytes),
    `${mainKey} `,
    mainKey.toLowerCase(),
    digestOf(mainKey),
    phone.apiKey,
  ];
  for (const key of wrong) expect(await authenticate(key)).toBeUndefined();
});

test("[AUTH-3] every key is compared, whichever fits, and a missing one takes the same work", () => {
  const keys = Array.from({ length: 5 }, () => makeDeviceKey(randomBytes));
  for (const key of [...keys, undefined, "wrong"]) {
    const looked: number[] = [];
    const holders = keys.map((own, index) => ({
      index,
      get keyHash() {
        looked.push(index);
        return digestOf(own);
      },
    }));
    const match = matchKey(key, holders);
    expect(looked).toEqual([0, 1, 2, 3, 4]);
    expect(match?.index).toBe(key === undefined || key === "wrong" ? undefined : keys.indexOf(key));
  }
  // Nor is a key that is missing that of a device whose key is empty.
  expect(matchKey(undefined, [{ keyHash: digestOf("") }])).toBeUndefined();
});

test("[AUTH-3] [AUTH-6] [AUTH-11] keys and codes are kept as digests, and are in no log and no audit entry", async () => {
  const phone = await pair("phone");
  await authenticate(phone.apiKey);
  await devices.pair({ code: "ABCD-EFGH", deviceName: "x", address });
  const [row] = await store.listDevices();
  expect(row?.keyHash).toBe(createHash("sha256").update(phone.apiKey).digest("hex"));
  const said = JSON.stringify([await store.listDevices(true), await devices.list(), notes]) + log.text;
  for (const secret of [phone.apiKey, phone.code, normalisePairCode(phone.code), mainKey, "ABCD"]) {
    expect(said).not.toContain(secret);
  }
  expect(JSON.stringify(await devices.list())).not.toContain(row?.keyHash);
});

test("[AUTH-6] a code is eight characters of Crockford's base32, all of them possible, typed as people type", async () => {
  const codes = Array.from({ length: 400 }, () => makePairCode(randomBytes));
  for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(new Set(codes.join("").replaceAll("-", "")).size).toBe(32);
  expect(normalisePairCode(" o1il-ab cd")).toBe("0111ABCD");
  const { code, expiresAt } = await devices.createPairCode();
  expect(expiresAt).toBe(time.now() + 600_000);
  const typed = code.toLowerCase().replace("-", " ");
  expect((await devices.pair({ code: typed, deviceName: undefined, address })).outcome).toBe("paired");
});

test("[AUTH-6] a code is of use once and for ten minutes", async () => {
  const phone = await pair();
  expect(await devices.pair({ code: phone.code, deviceName: "again", address })).toEqual({ outcome: "invalid" });
  const { code } = await devices.createPairCode();
  await time.advance(600_000);
  expect(await devices.pair({ code, deviceName: "late", address })).toEqual({ outcome: "invalid" });
  expect(await devices.list()).toHaveLength(1);
});

test("[AUTH-6] five wrong codes void those that are pending; then no code is looked at for 60 s", async () => {
  const { code } = await devices.createPairCode();
  for (let n = 0; n < 5; n++) {
    expect(await devices.pair({ code: `0000-000${n}`, deviceName: "x", address })).toEqual({ outcome: "invalid" });
  }
  await time.advance(1_000);
  expect(await devices.pair({ code, deviceName: "x", address })).toEqual({ outcome: "paused", retryAfterMs: 59_000 });
  await time.advance(58_999);
  expect(await devices.pair({ code, deviceName: "x", address })).toMatchObject({ outcome: "paused" });
  await time.advance(1);
  expect(await devices.pair({ code, deviceName: "x", address })).toEqual({ outcome: "invalid" });
  const fresh = await devices.createPairCode();
  expect((await devices.pair({ code: fresh.code, deviceName: "x", address })).outcome).toBe("paired");
});

test("[AUTH-7] devices are listed with when and where they were last seen", async () => {
  const pairedAt = time.now();
  const phone = await pair("a\u0007".repeat(100));
  await time.advance(5_000);
  await devices.authenticate({ key: phone.apiKey, name: undefined, address: "10.0.0.7" });
  // The writer works in order, so what was noted before is there after it.
  await store.ping();
  expect(await devices.list()).toEqual([
    { id: phone.id, name: "a ".repeat(32).trim(), pairedAt, lastSeenAt: pairedAt + 5_000, lastAddress: "10.0.0.7" },
  ]);
  expect(phone.id).toMatch(/^dev-[0-9a-f]{12}$/);
});

test("[AUTH-7] a revoked device is let in no more, and whoever holds its sockets is told, once", async () => {
  const phone = await pair();
  const tablet = await pair();
  const revoked: string[] = [];
  const stop = devices.onRevoked((id) => revoked.push(id));
  expect(await devices.revoke(phone.id)).toBe(true);
  expect(revoked).toEqual([phone.id]);
  expect(await authenticate(phone.apiKey)).toBeUndefined();
  expect(await devices.revoke(phone.id)).toBe(false);
  expect(await devices.revoke("dev-unknown")).toBe(false);
  expect(await devices.revoke(MAIN_DEVICE_ID)).toBe(false);
  expect(revoked).toEqual([phone.id]);
  stop();
  await devices.revoke(tablet.id);
  expect(revoked).toEqual([phone.id]);
  expect(await authenticate(mainKey)).toBeDefined();
});

test("[AUTH-7] a device that is revoked while its key is looked up is not let in", async () => {
  const phone = await pair();
  const listed = await store.listDevices();
  const reading = Promise.withResolvers<typeof listed>();
  const slow = new Devices({
    store: {
      addPairCode: (code) => store.addPairCode(code),
      pairDevice: (request) => store.pairDevice(request),
      listDevices: () => reading.promise,
      revokeDevice: (id, at) => store.revokeDevice(id, at),
      touchDevice: () => Promise.resolve(),
    },
    mainKey,
    clock: time,
    randomBytes,
    audit: { note: () => undefined },
    log,
  });
  const asked = slow.authenticate({ key: phone.apiKey, name: undefined, address });
  await slow.revoke(phone.id);
  reading.resolve(listed);
  expect(await asked).toBeUndefined();
});

test("[AUTH-11] pairing, refusals and revocation are in the audit log with device, subject and outcome", async () => {
  const phone = await pair("phone");
  await devices.pair({ code: "nonsense", deviceName: "x", address });
  await devices.revoke(phone.id);
  await devices.revoke(phone.id);
  expect(notes).toEqual([
    { event: "pair_code_created", deviceId: undefined, subject: "pairing", outcome: "ok" },
    { event: "device_paired", deviceId: phone.id, subject: phone.id, outcome: "ok", data: { address, name: "phone" } },
    {
      event: "pairing_refused",
      deviceId: undefined,
      subject: "pairing",
      outcome: "refused",
      data: { address, voided: false },
    },
    { event: "device_revoked", deviceId: undefined, subject: phone.id, outcome: "ok" },
    { event: "device_revoked", deviceId: undefined, subject: phone.id, outcome: "unknown" },
  ]);
});

test("[AUTH-7] a device that was let in is not held up by a last use that cannot be noted", async () => {
  const phone = await pair();
  const failing = new Devices({
    store: {
      addPairCode: (code) => store.addPairCode(code),
      pairDevice: (request) => store.pairDevice(request),
      listDevices: () => store.listDevices(),
      revokeDevice: (id, at) => store.revokeDevice(id, at),
      touchDevice: () => Promise.reject(new Error("the disk is full")),
    },
    mainKey,
    clock: time,
    randomBytes,
    audit: { note: () => undefined },
    log,
  });
  expect(await failing.authenticate({ key: phone.apiKey, name: undefined, address })).toMatchObject({ id: phone.id });
  await time.settle();
  expect(log.lines).toMatchObject([{ level: "warn", fields: { device: phone.id } }]);
});
