import { expect, test } from "vitest";
import { joinMesh } from "../src/http/join-mesh.ts";
import type { IncomingMessage } from "../src/receiving/incoming-message.ts";
import { resolveTarget } from "../src/names/resolve-target.ts";
import { nodeHttp } from "../src/node/node-http.ts";
import type { MeshClient } from "../src/mesh-client.ts";
import { collect, crypto, eventOf } from "./support/mesh-fixture.ts";
import { openRealMesh } from "./support/real-mesh.ts";

const nextMessage = (client: MeshClient): Promise<IncomingMessage> => eventOf(client, "message");

test("[MCP-6] [CRYPTO-3] a direct message to a resolved name is opened, surfaced and reported as delivered", async () => {
  const mesh = await openRealMesh();
  const ada = await mesh.open(await mesh.addMember("ada"), { displayName: "Ada" });
  const bob = await mesh.open(await mesh.addMember("bob"), { displayName: "Bob", receiving: { surface: "automatic" } });
  const target = resolveTarget("bob", await ada.listPeers(), { pubkey: ada.pubkey });
  expect(target).toMatchObject({ ok: true, targetSpec: bob.pubkey });
  const arrived = nextMessage(bob);
  const result = await ada.send({ targetSpec: String(bob.pubkey), text: "héllo", priority: "now", settleMs: 5_000 });
  expect(result).toMatchObject({ outcome: "delivered", recipients: 1, surfaced: 1, encrypted: true });
  expect(await arrived).toMatchObject({ kind: "direct", text: "héllo", senderName: "Ada", signed: true });
});

test("[MCP-6] [STAT-7] a message to a working peer is queued for that reason and comes when it is idle", async () => {
  const mesh = await openRealMesh();
  const ada = await mesh.open(await mesh.addMember("ada"));
  const bob = await mesh.open(await mesh.addMember("bob"), { receiving: { surface: "automatic" } });
  const messages = collect(bob);
  expect(await bob.setStatus("working")).toBe("working");
  const result = await ada.send({ targetSpec: String(bob.pubkey), text: "when you have time", settleMs: 50 });
  expect(result).toMatchObject({ outcome: "queued", reason: "recipient_working" });
  expect(messages).toEqual([]);
  const arrived = nextMessage(bob);
  await bob.setStatus("idle");
  expect(await arrived).toMatchObject({ text: "when you have time" });
});

test("[CRYPTO-6] [CRYPTO-7] [CRYPTO-8] a group message is sealed and signed, or plaintext where somebody lacks the key", async () => {
  const mesh = await openRealMesh();
  const groups = [{ name: "ops" }];
  const ada = await mesh.open(await mesh.addMember("ada"));
  const bob = await mesh.open(await mesh.addMember("bob"), { groups, receiving: { surface: "automatic" } });
  let arrived = nextMessage(bob);
  expect(await ada.send({ targetSpec: "@ops", text: "sealed", settleMs: 5_000 })).toMatchObject({
    outcome: "delivered",
    encrypted: true,
  });
  expect(await arrived).toMatchObject({ kind: "group", text: "sealed", encrypted: true, signed: true });

  await mesh.open({ ...(await mesh.addMember("carol")), rootKey: undefined }, { groups });
  arrived = nextMessage(bob);
  expect(await ada.send({ targetSpec: "@ops", text: "open", settleMs: 50 })).toMatchObject({
    outcome: "queued",
    reason: "partial",
    recipients: 2,
    surfaced: 1,
    encrypted: false,
  });
  expect(await arrived).toMatchObject({ kind: "group", text: "open", encrypted: false, signed: true });
});

test("[SEND-5] refusals are rejected with the broker's code", async () => {
  const mesh = await openRealMesh();
  const ada = await mesh.open(await mesh.addMember("ada"));
  const code = async (targetSpec: string): Promise<string> => {
    const result = await ada.send({ targetSpec, text: "x" });
    return result.outcome === "rejected" ? result.code : result.outcome;
  };
  expect(await code(String(ada.pubkey))).toBe("self_recipient");
  expect(await code(crypto.generateKeyPair().publicKey)).toBe("unknown_recipient");
  expect(await code("@nobody")).toBe("empty_group");
});

test("[INV-5] [INV-6] joining by invite gives an entry that connects", async () => {
  const mesh = await openRealMesh();
  const fields = {
    mesh_id: mesh.meshId,
    mesh_slug: "demo",
    broker_url: `${mesh.server.url.replace("http", "ws")}/ws`,
    expires_at: Math.floor(Date.now() / 1_000) + 3_600,
    mesh_root_key: mesh.rootKey,
    role: "member" as const,
  };
  const invite = crypto.createInvite(fields, mesh.owner.secretKey);
  if (!invite.ok) throw new Error(invite.reason);
  await mesh.api.createInvite({
    token_hash: invite.tokenHash,
    role: "member",
    max_uses: 1,
    expires_at: fields.expires_at,
  });
  const join = (): ReturnType<typeof joinMesh> =>
    joinMesh({ invite, memberKey: crypto.generateKeyPair(), displayName: "dora", http: nodeHttp });
  const joined = await join();
  if (!joined.ok) throw new Error(joined.message);
  const dora = await mesh.open(joined.mesh);
  expect(dora.state).toMatchObject({ name: "ready", info: { displayName: "dora" } });
  expect(await join()).toMatchObject({ ok: false, code: "invite_exhausted" });
});

test("[STATE-8] [MEM-1] [PRES-7] state, memory and events work through the typed requests", async () => {
  const mesh = await openRealMesh();
  const ada = await mesh.open(await mesh.addMember("ada"), { displayName: "ada" });
  const joined = eventOf(ada, "peerEvent");
  const bob = await mesh.open(await mesh.addMember("bob"));
  expect(await joined).toMatchObject({ event: "peer_joined" });
  expect(await bob.watchState("build/*")).toEqual(["build/*"]);
  const changed = eventOf(bob, "stateChange");
  expect(await ada.setState("build/main", { ok: true })).toMatchObject({ version: 1, value: { ok: true } });
  expect(await changed).toMatchObject({ key: "build/main", value: { ok: true }, updatedBy: "ada" });
  await expect(ada.setState("build/main", 1, 0)).rejects.toMatchObject({
    code: "version_conflict",
    detail: { current: { version: 1 } },
  });
  const id = await ada.remember("deploys run on Tuesdays", ["ops"]);
  expect(await bob.recall("deploy")).toMatchObject([{ id, tags: ["ops"] }]);
  await ada.forget(id);
  expect(await bob.recall("deploy")).toEqual([]);
});

test("[HELLO-9] [SEND-6] [DLV-4] [PERF-4] through restarts of the broker every message arrives once, in order", async () => {
  const mesh = await openRealMesh();
  const ada = await mesh.open(await mesh.addMember("ada"));
  const bob = await mesh.open(await mesh.addMember("bob"), { receiving: { surface: "automatic" } });
  const messages = collect(bob);
  const results: Promise<{ outcome: string }>[] = [];
  const send = (from: number, to: number): void => {
    for (let n = from; n < to; n++) {
      results.push(ada.send({ targetSpec: String(bob.pubkey), text: `${n}`, connectWaitMs: 20_000 }));
    }
  };
  send(0, 50);
  const down = eventOf(ada, "down");
  const restarted = mesh.restart();
  await down;
  send(50, 100);
  await restarted;
  // What the stopping broker refused was stored nowhere; everything else was accepted.
  const accepted: number[] = [];
  const refusals = new Set<string>();
  for (const [n, result] of (await Promise.all(results)).entries()) {
    if (result.outcome === "queued") accepted.push(n);
    else refusals.add("code" in result ? String(result.code) : result.outcome);
  }
  refusals.delete("shutting_down");
  expect([...refusals]).toEqual([]);
  expect(accepted.length).toBeGreaterThanOrEqual(50);
  await expect.poll(() => messages.length, { timeout: 10_000 }).toBe(accepted.length);
  expect(messages.map(({ text }) => Number(text))).toEqual(accepted);
});
