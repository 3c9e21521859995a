import { expect, test } from "vitest";
import { LegacyClient, plainTextOf } from "./support/legacy-client.ts";
import { eventOf } from "./support/mesh-fixture.ts";
import { openRealMesh } from "./support/real-mesh.ts";

const OPS = [{ name: "ops" }];
const AUTOMATIC = { receiving: { surface: "automatic" } } as const;

test("[COMPAT-5] direct messages open both ways between a 0.3 client and ours, addressed to the session key", async () => {
  const mesh = await openRealMesh();
  const ada = await mesh.open(await mesh.addMember("ada"), { displayName: "Ada", ...AUTOMATIC });
  const legacy = await LegacyClient.connect(await mesh.addMember("old"), "Old");
  const arrived = eventOf(ada, "message");
  expect(await legacy.sendDirect(String(ada.pubkey), "from 0.3, héllo")).toMatchObject({ type: "ack", queued: true });
  expect(await arrived).toMatchObject({
    kind: "direct",
    text: "from 0.3, héllo",
    encrypted: true,
    senderName: "Old",
    senderPubkey: legacy.pubkey,
  });

  expect(await ada.send({ targetSpec: legacy.pubkey, text: "from ours, héllo" })).toMatchObject({ encrypted: true });
  const push = await legacy.next("push");
  expect(push).toMatchObject({ kind: "direct", senderPubkey: ada.pubkey, targetSpec: legacy.pubkey });
  expect(legacy.open(push)).toBe("from ours, héllo");
  expect(plainTextOf(push)).not.toContain("from ours");
});

test("[COMPAT-5] its multicasts are plaintext, and shown as neither encrypted nor signed", async () => {
  const mesh = await openRealMesh();
  const ada = await mesh.open(await mesh.addMember("ada"), { groups: OPS, ...AUTOMATIC });
  const legacy = await LegacyClient.connect(await mesh.addMember("old"), "Old", ["ops"]);
  for (const [target, kind] of [
    ["@ops", "group"],
    ["*", "broadcast"],
  ] as const) {
    const arrived = eventOf(ada, "message");
    expect(await legacy.sendMulticast(target, `to ${target}`)).toMatchObject({ type: "ack", queued: true });
    expect(await arrived).toMatchObject({ kind, text: `to ${target}`, encrypted: false, signed: false });
  }
});

test("[COMPAT-5] our multicasts reach it in plaintext while the policy allows, and not at all when it does not", async () => {
  const mesh = await openRealMesh();
  const ada = await mesh.open(await mesh.addMember("ada"), { groups: OPS });
  const bob = await mesh.open(await mesh.addMember("bob"), { groups: OPS, ...AUTOMATIC });
  const legacy = await LegacyClient.connect(await mesh.addMember("old"), "Old", ["ops"]);
  for (const targetSpec of ["@ops", "*"]) {
    const arrived = eventOf(bob, "message");
    const result = await ada.send({ targetSpec, text: `open to ${targetSpec}` });
    expect(result).toMatchObject({ recipients: 2, encrypted: false });
    const push = await legacy.next("push");
    expect(push).toMatchObject({ enc: "none", targetSpec });
    expect(plainTextOf(push)).toBe(`open to ${targetSpec}`);
    expect(await arrived).toMatchObject({ encrypted: false, signed: true });
  }

  await mesh.api.changePolicies({ allowPlaintextGroups: false });
  const arrived = eventOf(bob, "message");
  expect(await ada.send({ targetSpec: "@ops", text: "sealed" })).toMatchObject({ recipients: 2, encrypted: true });
  expect(await arrived).toMatchObject({ text: "sealed", encrypted: true });
  await legacy.listPeers();
  expect(legacy.waiting("push")).toEqual([]);
  expect(await legacy.sendMulticast("@ops", "open")).toMatchObject({ type: "error", code: "plaintext_forbidden" });
});
