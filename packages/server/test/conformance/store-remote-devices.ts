import { expect, test } from "vitest";
import type { PairOutcome } from "../../src/store/remote-store.ts";
import { T0, publicKey } from "../support/store-rows.ts";
import { deviceRow } from "../support/remote-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

const MINUTE = 60_000;

/** Codes and wrong tries belong to the whole store, so each test has one of its own. */
export function testRemoteDevices(context: ConformanceContext): void {
  function code(createdAt = T0): { hash: string; createdAt: number; expiresAt: number } {
    return { hash: publicKey(), createdAt, expiresAt: createdAt + 10 * MINUTE };
  }

  test("[AUTH-6] a code makes one device, once, until it expires", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const [used, expired] = [code(), code()];
    await store.addPairCode(used);
    await store.addPairCode(expired);
    const device = deviceRow({ name: "a\0b" });
    const pair = (codeHash: string, now: number) => store.pairDevice({ codeHash, device, now, wrongTries: 5 });
    expect(await pair(used.hash, used.expiresAt - 1)).toBe("paired");
    expect(await pair(used.hash, T0)).toBe("invalid");
    expect(await pair(expired.hash, expired.expiresAt)).toBe("invalid");
    expect(await store.listDevices()).toEqual([{ ...device, name: "a\ufffdb" }]);
    await database.dispose();
  });

  test("[AUTH-6] of many tries of one code at once one is paired", async () => {
    const database = await context.harness.create();
    const pairing = code();
    await database.store.addPairCode(pairing);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, () =>
        database.store.pairDevice({ codeHash: pairing.hash, device: deviceRow(), now: T0, wrongTries: 50 }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === "paired")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "invalid")).toHaveLength(11);
    expect(await database.store.listDevices()).toHaveLength(1);
    await database.dispose();
  });

  test("[AUTH-6] the fifth wrong try in a row voids every pending code, also when the tries come at once", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const codes = [code(), code(), code()];
    for (const pairing of codes) await store.addPairCode(pairing);
    const attempt = (codeHash: string): Promise<PairOutcome> =>
      store.pairDevice({ codeHash, device: deviceRow(), now: T0, wrongTries: 5 });
    const wrong = (count: number) => Promise.all(Array.from({ length: count }, () => attempt(publicKey())));

    expect(await wrong(4)).toEqual(["invalid", "invalid", "invalid", "invalid"]);
    // A right one in between begins the row anew.
    expect(await attempt(codes[0]?.hash ?? "")).toBe("paired");
    const row = await wrong(5);
    expect(row.filter((outcome) => outcome === "voided")).toHaveLength(1);
    expect(await attempt(codes[1]?.hash ?? "")).toBe("invalid");
    expect(await attempt(codes[2]?.hash ?? "")).toBe("invalid");
    expect(await store.listDevices()).toHaveLength(1);
    await database.dispose();
  });

  test("[AUTH-6] wrong tries from before a code was made do not count against it, those against a pending one do", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const attempt = (codeHash = publicKey()) =>
      store.pairDevice({ codeHash, device: deviceRow(), now: T0, wrongTries: 2 });
    expect(await attempt()).toBe("invalid");
    const first = code();
    await store.addPairCode(first);
    expect(await attempt()).toBe("invalid");
    // Another code beside it takes no tries back; one made when the first has expired does.
    await store.addPairCode(code());
    expect(await attempt()).toBe("voided");
    await store.addPairCode(first);
    expect(await attempt()).toBe("invalid");
    await store.addPairCode(code(first.expiresAt));
    expect(await store.pairDevice({ codeHash: publicKey(), device: deviceRow(), now: T0, wrongTries: 2 })).toBe(
      "invalid",
    );
    await database.dispose();
  });

  test("[AUTH-6] of codes that are asked for with a bound no more are added than may be pending", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const bounded = (createdAt = T0) => store.addPairCode({ ...code(createdAt), maxPending: 2 });
    const added = await Promise.all([bounded(), bounded(), bounded(), bounded()]);
    // Which of them came first, a pool of connections does not promise.
    expect(added.filter((isAdded) => isAdded)).toHaveLength(2);
    expect(await store.addPairCode(code())).toBe(true);
    expect(await bounded()).toBe(false);
    // The others have expired by then.
    expect(await bounded(T0 + 10 * MINUTE)).toBe(true);
    await database.dispose();
  });

  test("[AUTH-7] [CRASH-4] a device is listed with its last use until it is revoked, over restarts", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const [kept, lost] = [deviceRow({ pairedAt: T0 + 1 }), deviceRow()];
    for (const device of [kept, lost]) {
      const pairing = code();
      await store.addPairCode(pairing);
      await store.pairDevice({ codeHash: pairing.hash, device, now: T0, wrongTries: 5 });
      await store.savePushSubscription({
        deviceId: device.id,
        endpoint: "https://push/1",
        p256dh: "k",
        auth: "a",
        createdAt: T0,
      });
    }
    await store.touchDevice(kept.id, T0 + 9, "192.168.1.20");
    expect(await store.listDevices()).toEqual([lost, { ...kept, lastSeenAt: T0 + 9, lastAddress: "192.168.1.20" }]);
    expect(await store.revokeDevice(lost.id, T0 + 5)).toBe(true);
    expect(await store.revokeDevice(lost.id, T0 + 6)).toBe(false);
    expect(await store.revokeDevice("dev-unknown", T0 + 6)).toBe(false);
    const reopened = await database.reopen();
    expect((await reopened.listDevices()).map(({ id }) => id)).toEqual([kept.id]);
    expect(await reopened.listDevices(true)).toMatchObject([{ id: lost.id, revokedAt: T0 + 5 }, { id: kept.id }]);
    expect((await reopened.listPushSubscriptions()).map(({ deviceId }) => deviceId)).toEqual([kept.id]);
    await database.dispose();
  });

  test("[PUSH-1] a device has one push subscription, the last; one that was replaced cannot take the new one with it", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const first = { deviceId: "dev-1", endpoint: "https://push/1", p256dh: "k1", auth: "a1", createdAt: T0 };
    const second = { deviceId: "dev-1", endpoint: "https://push/2", p256dh: "k2", auth: "a2", createdAt: T0 + 1 };
    await store.savePushSubscription(first);
    await store.savePushSubscription(second);
    await store.removePushSubscription("dev-1", first.endpoint);
    expect(await (await database.reopen()).listPushSubscriptions()).toEqual([second]);
    await database.store.removePushSubscription("dev-1", second.endpoint);
    await database.store.savePushSubscription(first);
    await database.store.removePushSubscription("dev-1");
    expect(await database.store.listPushSubscriptions()).toEqual([]);
    await database.dispose();
  });
}
