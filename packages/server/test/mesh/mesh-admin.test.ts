import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DEFAULT_POLICIES } from "@parlatory/protocol";
import type { MemberRow, MeshRow } from "../../src/store/store.ts";
import { openBoardWorld, type BoardWorld } from "../support/board-world.ts";
import { makeInvite, testKey } from "../support/keys.ts";

let world: BoardWorld;
let mesh: MeshRow;
let member: MemberRow;

beforeAll(async () => {
  world = await openBoardWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  mesh = await world.createMesh();
  member = await world.addMember(mesh.id, testKey(1));
});

test("[POL-1] one unknown name or bad value refuses the whole change", async () => {
  for (const change of [
    { messageLog: true, nonsense: 1 },
    { messageLog: true, maxPeers: 0 },
    { workingTtlSeconds: 59 },
    [],
    null,
    "x",
  ]) {
    await expect(world.meshAdmin.changePolicies(mesh.id, change, "owner")).rejects.toMatchObject({
      code: "bad_request",
      detail: { field: expect.stringContaining("policies") },
    });
  }
  expect(world.directory.policies(mesh.id)).toEqual(DEFAULT_POLICIES);
});

test("[POL-2] a change holds at once, is audited, is an event, and is pushed to peer_events clients only", async () => {
  const listening = world.attach(member, { capabilities: ["peer_events"] });
  const legacy = world.attach(member, { sessionId: "legacy" });
  const policies = await world.meshAdmin.changePolicies(mesh.id, { messageLog: true, maxPeers: 7 }, "owner");
  expect(policies).toEqual({ ...DEFAULT_POLICIES, messageLog: true, maxPeers: 7 });
  expect(world.directory.policies(mesh.id)).toEqual(policies);
  expect(listening.inbox.frames("mesh_policy")).toEqual([{ type: "mesh_policy", policies }]);
  expect(legacy.inbox.texts).toEqual([]);
  expect((await world.eventsOf(mesh.id)).find(({ type }) => type === "policy_changed")?.data).toEqual({ policies });
  const audited = (await world.audit.list(mesh.id, 0, 100)).map(({ event, actor, data }) => ({ event, actor, data }));
  expect(audited).toContainEqual({
    event: "policy_changed",
    actor: "owner",
    data: { change: { messageLog: true, maxPeers: 7 } },
  });
  expect(audited).toContainEqual({ event: "message_log_switched", actor: "owner", data: { on: true } });
});

test("[POL-2] simultaneous changes of different policies lose none, and all survive a restart", async () => {
  await Promise.all([
    world.meshAdmin.changePolicies(mesh.id, { maxPeers: 5 }, "a"),
    world.meshAdmin.changePolicies(mesh.id, { rateBurst: 9 }, "b"),
    world.meshAdmin.changePolicies(mesh.id, { requireSessionProof: true }, "c"),
  ]);
  expect(world.directory.policies(mesh.id)).toMatchObject({ maxPeers: 5, rateBurst: 9, requireSessionProof: true });
  const { meshes } = await world.store.loadBoot(world.clock.now());
  expect(meshes.find(({ id }) => id === mesh.id)?.policies).toMatchObject({
    maxPeers: 5,
    rateBurst: 9,
    requireSessionProof: true,
  });
});

test("[HTTP-8] a slug belongs to one mesh until that is archived", async () => {
  const request = { slug: "taken", ownerPubkey: world.owner.pubkey };
  const first = await world.meshAdmin.create(request, "admin-token");
  expect(first).toMatchObject({
    outcome: "created",
    mesh: { slug: "taken", name: "taken", policies: DEFAULT_POLICIES },
  });
  expect(await world.meshAdmin.create(request, "admin-token")).toEqual({ outcome: "slug_taken" });
  if (first.outcome === "created") await world.meshAdmin.archive(first.mesh.id, "admin-token");
  expect(world.directory.mesh("taken")).toBeUndefined();
  expect(await world.meshAdmin.create({ ...request, policies: { maxPeers: 3 } }, "admin-token")).toMatchObject({
    outcome: "created",
    mesh: { policies: { maxPeers: 3 } },
  });
});

test("[HTTP-8] archiving ends every connection and the mail of the mesh", async () => {
  const { inbox, presence } = world.attach(member);
  await world.meshAdmin.archive(mesh.id, "owner");
  expect(inbox.frames("error")).toMatchObject([{ code: "unauthorized" }]);
  expect(inbox.closed).toEqual({ code: 1008, reason: "unauthorized" });
  expect(world.presences.get(presence.id)).toBeUndefined();
  expect(world.mailSeen.archived).toContain(mesh.id);
  await expect(world.meshAdmin.archive(mesh.id, "owner")).rejects.toMatchObject({ code: "mesh_not_found" });
  expect((await world.audit.list(mesh.id, 0, 100)).at(-1)).toMatchObject({ event: "mesh_archived" });
});

test("[INV-9] revoking a member closes its connections 4002, kills its mail and keeps its key out", async () => {
  const one = world.attach(member);
  const two = world.attach(member, { sessionId: "two" });
  const bystander = world.attach(await world.addMember(mesh.id, testKey(2)));
  await world.members.revoke(mesh.id, member.id, "owner");
  expect([one, two].map(({ inbox }) => inbox.closed)).toEqual([
    { code: 4002, reason: "revoked" },
    { code: 4002, reason: "revoked" },
  ]);
  expect(bystander.inbox.closed).toBeUndefined();
  expect([...world.presences.ofMember(member.id)]).toEqual([]);
  expect(world.mailSeen.revoked).toEqual([member.id]);
  expect(world.directory.member(member.id)?.revokedAt).toBeTypeOf("number");
  await expect(
    world.members.add({ meshId: mesh.id, pubkey: member.pubkey, displayName: "again", role: "member" }, "owner"),
  ).rejects.toMatchObject({ code: "member_revoked" });
  await world.members.revoke(mesh.id, member.id, "owner");
  expect((await world.audit.list(mesh.id, 0, 100)).filter(({ event }) => event === "member_revoked")).toHaveLength(1);
  expect((await world.eventsOf(mesh.id)).at(-1)).toMatchObject({
    type: "member_changed",
    data: { id: member.id, change: "revoked" },
  });
});

test("[MODEL-2] a member of another mesh is not found", async () => {
  const other = await world.createMesh();
  await expect(world.members.revoke(other.id, member.id, "owner")).rejects.toMatchObject({ code: "not_found" });
});

test("[HTTP-9] adding a key twice finds it; a name of control characters is refused", async () => {
  const request = {
    meshId: mesh.id,
    pubkey: testKey(8).pubkey,
    displayName: "\u001b[31mred\u0007",
    role: "admin" as const,
  };
  const { added, member: made } = await world.members.add(request, "owner");
  expect({ added, name: made.displayName }).toEqual({ added: true, name: "[31mred" });
  expect(await world.members.add(request, "owner")).toEqual({ added: false, member: made });
  await expect(world.members.add({ ...request, displayName: "\u0000" }, "owner")).rejects.toMatchObject({
    code: "bad_request",
    detail: { field: "display_name" },
  });
});

test("[HTTP-13] an invite is registered once and can be revoked; of another mesh it is not found", async () => {
  const { tokenHash } = makeInvite(world.owner, { mesh_id: mesh.id });
  const request = {
    meshId: mesh.id,
    tokenHash,
    role: "member" as const,
    maxUses: 2,
    expiresAt: world.clock.now() + 1_000,
  };
  const results = await Promise.allSettled([
    world.invites.create(request, "owner"),
    world.invites.create(request, "owner"),
  ]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const [invite] = await world.invites.list(mesh.id);
  expect(invite).toMatchObject({ usedCount: 0, maxUses: 2 });
  const other = await world.createMesh();
  await expect(world.invites.revoke(other.id, invite?.id as never, "owner")).rejects.toMatchObject({
    code: "not_found",
  });
  expect(await world.invites.revoke(mesh.id, invite?.id as never, "owner")).toMatchObject({
    revokedAt: expect.any(Number),
  });
});

test("[HTTP-4] [HTTP-14] a token is known by its hash only, and is of no use once expired or revoked", async () => {
  const { token, secret } = await world.apiTokens.create(
    { meshId: mesh.id, name: "ci", scope: "read", expiresAt: world.clock.now() + 1_000 },
    "owner",
  );
  expect(secret).toMatch(/^parl_[A-Za-z0-9_-]{43}$/);
  expect(JSON.stringify(await world.apiTokens.list(mesh.id))).not.toContain(secret);
  expect(await world.apiTokens.authenticate(secret)).toEqual(token);
  expect(
    await world.apiTokens.authenticate(`${secret.slice(0, -1)}${secret.endsWith("A") ? "E" : "A"}`),
  ).toBeUndefined();
  world.clock.advance(1_001);
  expect(await world.apiTokens.authenticate(secret)).toBeUndefined();
  const lasting = await world.apiTokens.create({ meshId: mesh.id, name: "ci", scope: "read" }, "owner");
  await world.apiTokens.revoke(mesh.id, lasting.token.id, "owner");
  expect(await world.apiTokens.authenticate(lasting.secret)).toBeUndefined();
  await expect(world.apiTokens.revoke(mesh.id, "nothing-1" as never, "owner")).rejects.toMatchObject({
    code: "not_found",
  });
});
