import { afterEach, beforeEach, expect, test } from "vitest";
import { RemoteError } from "@parlatory/protocol/remote";
import { PushSubscriptions } from "../../../src/sessions/notifications/push-subscriptions.ts";
import type { PushSubscriptionRow } from "../../../src/store/remote-store.ts";
import { HeldTime } from "../../support/held-time.ts";
import { PushReceiver, TestBrowser, readVapid } from "../../support/push-receiver.ts";
import { NotifierWorld, SESSION } from "./notifier-world.ts";

let receiver: PushReceiver;
let world: NotifierWorld;
beforeEach(async () => {
  receiver = await PushReceiver.start();
  world = new NotifierWorld([]);
});
afterEach(async () => {
  await world.stop();
  await receiver.stop();
});

function subscribe(deviceId: string, browser: TestBrowser, path = deviceId): PushSubscriptionRow {
  const row = { deviceId, endpoint: `${receiver.url}/push/${path}`, ...browser.keys, createdAt: 0 };
  world.subscriptions.set(deviceId, row);
  return row;
}

test("[PUSH-1] [PUSH-3] every subscribed browser gets the notification encrypted to it, signed with the keys of this server", async () => {
  const browsers = { "dev-1": new TestBrowser(), "dev-2": new TestBrowser() };
  for (const [deviceId, browser] of Object.entries(browsers)) subscribe(deviceId, browser);
  world.ask("q-1", "Bash npm publish");
  await receiver.count(2);
  await world.settle();
  for (const [deviceId, browser] of Object.entries(browsers)) {
    const push = receiver.received.find(({ path }) => path === `/push/${deviceId}`);
    if (push === undefined) throw new Error("nothing came");
    expect(push.headers).toMatchObject({ "content-encoding": "aes128gcm", ttl: "600", urgency: "high" });
    // Whoever carries it reads nothing.
    const words = ["Fix the cart", SESSION, "needs_input", "permission"];
    expect(words.filter((word) => push.body.includes(word))).toEqual([]);
    expect(JSON.parse(browser.decrypt(push.body))).toMatchObject({
      event: "needs_input",
      session_id: SESSION,
      title: "Fix the cart",
      body: "The agent asks for your permission.",
      priority: "high",
    });
    const { key, claims } = readVapid(push.headers["authorization"]);
    expect(key).toBe(world.vapidKeys.publicKey);
    expect(claims).toMatchObject({ aud: receiver.url, sub: "mailto:anna@example.org" });
  }
  const foreign = receiver.received.find(({ path }) => path === "/push/dev-1")?.body ?? Buffer.alloc(0);
  expect(() => browsers["dev-2"].decrypt(foreign)).toThrow(/authenticate/);
  expect(world.counts).toEqual(["web_push sent", "web_push sent"]);
});

test("[PUSH-4] a subscription that the service calls gone is removed; others and a newer one of the device stay", async () => {
  subscribe("dev-1", new TestBrowser());
  subscribe("dev-2", new TestBrowser());
  receiver.answers.push(410, 404);
  world.ask("q-1");
  await receiver.count(2);
  await world.settle();
  expect([...world.subscriptions.keys()]).toEqual([]);
  expect(world.counts).toEqual(["web_push gone", "web_push gone"]);

  subscribe("dev-3", new TestBrowser(), "old");
  receiver.answers.push("hang");
  world.ask("q-2", "x", "another-session");
  await receiver.count(3);
  const newer = subscribe("dev-3", new TestBrowser(), "new");
  receiver.answers.push(410);
  await world.time.advance(10_000);
  await world.settle();
  await world.time.advance(2_000);
  await receiver.count(4);
  await world.settle();
  expect(receiver.received.at(-1)?.path).toBe("/push/old");
  expect([...world.subscriptions.values()]).toEqual([newer]);
  // And it does not wait behind the old one.
  world.ask("q-3", "x", "third-session");
  await receiver.count(5);
  expect(receiver.received.at(-1)?.path).toBe("/push/new");
});

test("[PUSH-4] a subscription that cannot be encrypted to is dropped and counted, and takes nothing with it", async () => {
  world.subscriptions.set("dev-1", {
    deviceId: "dev-1",
    endpoint: `${receiver.url}/x`,
    p256dh: "AAAA",
    auth: "AAAA",
    createdAt: 0,
  });
  subscribe("dev-2", new TestBrowser());
  world.ask("q-1");
  await receiver.count(1);
  await world.settle();
  expect(world.counts.toSorted()).toEqual(["web_push refused", "web_push sent"]);
});

test("[PUSH-1] a device's subscription is kept, replaced and removed; what could never be reached is refused with its field", async () => {
  const rows = new Map<string, PushSubscriptionRow>();
  const subscriptions = new PushSubscriptions({
    store: {
      savePushSubscription: async (row) => void rows.set(row.deviceId, row),
      removePushSubscription: async (deviceId) => void rows.delete(deviceId),
    },
    clock: new HeldTime(7),
  });
  const valid = { deviceId: "dev-1", endpoint: "https://push.example.org/abc", ...new TestBrowser().keys };
  await subscriptions.save(valid);
  expect([...rows.values()]).toEqual([{ ...valid, createdAt: 7 }]);
  const offCurve = Buffer.alloc(65, 1).fill(4, 0, 1).toString("base64url");
  const refusals: [Partial<typeof valid>, string][] = [
    [{ endpoint: "ftp://push.example.org" }, "endpoint"],
    [{ endpoint: "push" }, "endpoint"],
    [{ endpoint: "https://anna:secret@push.example.org" }, "endpoint"],
    [{ endpoint: `https://push.example.org/${"a".repeat(2_048)}` }, "endpoint"],
    [{ p256dh: "AAAA" }, "keys.p256dh"],
    [{ p256dh: offCurve }, "keys.p256dh"],
    [{ auth: "AAAA" }, "keys.auth"],
    [{ auth: "not base64" }, "keys.auth"],
  ];
  for (const [change, field] of refusals) {
    const saving = subscriptions.save({ ...valid, ...change });
    await expect(saving).rejects.toThrow(RemoteError);
    await expect(saving).rejects.toMatchObject({
      code: "invalid_field",
      message: expect.stringMatching(new RegExp(`^${field} must be .* in push_subscribe message$`)) as string,
    });
  }
  await subscriptions.remove("dev-1");
  expect(rows.size).toBe(0);
});
