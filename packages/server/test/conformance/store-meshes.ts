import type { InviteId, MeshId, TokenId } from "@parlatory/protocol";
import { DEFAULT_POLICIES } from "@parlatory/protocol";
import { expect, test } from "vitest";
import type { InviteRow, MemberRow } from "../../src/store/store.ts";
import { T0, inviteRow, memberRow, meshRow, publicKey, tokenRow } from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

function joiner(pubkey = publicKey()): Omit<MemberRow, "meshId" | "role"> {
  const { meshId: _meshId, role: _role, ...member } = memberRow("" as MeshId, { pubkey });
  return member;
}

export function testMeshes(context: ConformanceContext): void {
  async function newMesh() {
    const mesh = meshRow();
    await context.shared.store.createMesh(mesh);
    return mesh.id;
  }

  async function newInvite(meshId: MeshId, changes: Partial<InviteRow> = {}): Promise<InviteRow> {
    const invite = inviteRow(meshId, changes);
    await context.shared.store.createInvite(invite);
    return invite;
  }

  test("[HTTP-8] a slug belongs to one mesh until that mesh is archived", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const first = meshRow({ slug: "demo", name: "Ünïcode" });
    const second = meshRow({ slug: "demo", createdAt: T0 + 1, policies: { ...DEFAULT_POLICIES, messageLog: true } });
    expect(await store.createMesh(first)).toBe("created");
    expect(await store.createMesh(second)).toBe("slug_taken");
    await store.archiveMesh(first.id, T0 + 5);
    await store.archiveMesh(first.id, T0 + 6);
    expect(await store.createMesh(second)).toBe("created");
    await store.updatePolicies(second.id, { ...DEFAULT_POLICIES, maxPeers: 7, allowPlaintextGroups: false });
    const { meshes } = await (await database.reopen()).loadBoot(T0);
    expect(meshes).toEqual([
      { ...first, archivedAt: T0 + 5 },
      { ...second, policies: { ...DEFAULT_POLICIES, maxPeers: 7, allowPlaintextGroups: false } },
    ]);
    await database.dispose();
  });

  test("[HTTP-8] of parallel creations of one slug one succeeds", async () => {
    const { store } = context.shared;
    const slug = meshRow().slug;
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => store.createMesh(meshRow({ slug }))));
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
  });

  test("[INV-8] a key is one member of a mesh, and may be another in another mesh", async () => {
    const { store } = context.shared;
    const [meshId, other] = [await newMesh(), await newMesh()];
    const member = memberRow(meshId, { displayName: "ali\0ce" });
    expect(await store.addMember(member)).toEqual({ added: true, member: { ...member, displayName: "ali\ufffdce" } });
    const again = await store.addMember(memberRow(meshId, { pubkey: member.pubkey, displayName: "mallory" }));
    expect(again).toEqual({ added: false, member: { ...member, displayName: "ali\ufffdce" } });
    expect(await store.addMember(memberRow(other, { pubkey: member.pubkey }))).toMatchObject({ added: true });
  });

  test("[INV-9] a revoked member stays, with the instant of its first revocation", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const member = memberRow(meshId);
    await store.addMember(member);
    await store.revokeMember(member.id, T0 + 1);
    await store.revokeMember(member.id, T0 + 2);
    expect(await store.addMember(member)).toEqual({ added: false, member: { ...member, revokedAt: T0 + 1 } });
  });

  test("[HTTP-13] lists the invites of a mesh and finds them by the hash of their token", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const second = await newInvite(meshId, { createdAt: T0 + 1, role: "admin", maxUses: 1_000 });
    const first = await newInvite(meshId);
    await newInvite(await newMesh());
    expect(await store.listInvites(meshId)).toEqual([first, second]);
    expect(await store.findInvite(second.tokenHash)).toEqual(second);
    expect(await store.findInvite(publicKey())).toBeUndefined();
  });

  test("[HTTP-13] revokes an invite of the mesh once and no other", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const invite = await newInvite(meshId);
    expect(await store.revokeInvite(await newMesh(), invite.id, T0)).toBeUndefined();
    expect(await store.revokeInvite(meshId, "no-such-invite" as InviteId, T0)).toBeUndefined();
    expect(await store.revokeInvite(meshId, invite.id, T0 + 1)).toEqual({ ...invite, revokedAt: T0 + 1 });
    expect(await store.revokeInvite(meshId, invite.id, T0 + 2)).toEqual({ ...invite, revokedAt: T0 + 1 });
  });

  test("[INV-6] joining counts the use and makes the member with the role of the invite", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const invite = await newInvite(meshId, { role: "admin", maxUses: 2 });
    const member = joiner();
    expect(await store.joinWithInvite({ tokenHash: invite.tokenHash, meshId, member, now: T0 })).toEqual({
      outcome: "joined",
      member: { ...member, meshId, role: "admin" },
    });
    expect((await store.findInvite(invite.tokenHash))?.usedCount).toBe(1);
    // The same key again is answered without using the invite up.
    expect(await store.joinWithInvite({ tokenHash: invite.tokenHash, member: joiner(member.pubkey), now: T0 })).toEqual(
      {
        outcome: "already_member",
        member: { ...member, meshId, role: "admin" },
      },
    );
    expect((await store.findInvite(invite.tokenHash))?.usedCount).toBe(1);
  });

  test("[INV-7] refusals come in the order of the rule", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const used = await newInvite(meshId, { maxUses: 1, usedCount: 1, expiresAt: T0 + 10 });
    const join = (invite: InviteRow, now: number, pubkey = publicKey(), named: MeshId | undefined = meshId) =>
      store.joinWithInvite({ tokenHash: invite.tokenHash, meshId: named, member: joiner(pubkey), now });

    expect(await join(inviteRow(meshId), T0)).toEqual({ outcome: "invite_not_found" });
    expect(await join(used, T0, publicKey(), "another-mesh" as MeshId)).toEqual({ outcome: "invite_mesh_mismatch" });
    expect(await join(used, T0)).toEqual({ outcome: "invite_exhausted" });

    const { member } = await store.addMember(memberRow(meshId));
    const revoked = (await store.addMember(memberRow(meshId))).member;
    await store.revokeMember(revoked.id, T0);
    // A member is recognised before the invite counts as used up, but after everything that is wrong with the invite.
    expect(await join(used, T0, member.pubkey)).toEqual({ outcome: "already_member", member });
    expect(await join(used, T0, revoked.pubkey)).toEqual({ outcome: "member_revoked" });
    expect(await join(used, T0 + 10, member.pubkey)).toEqual({ outcome: "invite_expired" });
    await store.revokeInvite(meshId, used.id, T0);
    expect(await join(used, T0 + 10, member.pubkey)).toEqual({ outcome: "invite_revoked" });
    expect(await join(used, T0 + 10, member.pubkey, "another-mesh" as MeshId)).toEqual({
      outcome: "invite_mesh_mismatch",
    });
  });

  test("[INV-8] 50 parallel joins with a one-use invite make one member", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const invite = await newInvite(meshId);
    const joins = Array.from({ length: 50 }, () =>
      store.joinWithInvite({ tokenHash: invite.tokenHash, member: joiner(), now: T0 }),
    );
    const outcomes = (await Promise.all(joins)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === "joined")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "invite_exhausted")).toHaveLength(49);
    expect((await store.findInvite(invite.tokenHash))?.usedCount).toBe(1);
  });

  test("[INV-8] parallel joins of one key make one member and use one invite, also by different invites", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const invites = [await newInvite(meshId, { maxUses: 9 }), await newInvite(meshId, { maxUses: 9 })];
    const pubkey = publicKey();
    const joins = [...invites, ...invites].map(({ tokenHash }) =>
      store.joinWithInvite({ tokenHash, member: joiner(pubkey), now: T0 }),
    );
    const outcomes = (await Promise.all(joins)).map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual(["already_member", "already_member", "already_member", "joined"]);
    const uses = (await store.listInvites(meshId)).map(({ usedCount }) => usedCount);
    expect(uses.toSorted((a, b) => a - b)).toEqual([0, 1]);
  });

  test("[HTTP-14] finds a token by its hash, lists those of the mesh, revokes once", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const forever = tokenRow(meshId, { name: "ci ü" });
    const expiring = tokenRow(meshId, { scope: "admin", expiresAt: T0 + 9, createdAt: T0 + 1 });
    for (const token of [expiring, forever, tokenRow(await newMesh())]) await store.createToken(token);
    expect(await store.findToken(forever.hash)).toEqual(forever);
    expect(await store.findToken(publicKey())).toBeUndefined();
    expect(await store.listTokens(meshId)).toEqual([forever, expiring]);
    expect(await store.revokeToken(await newMesh(), forever.id, T0)).toBe(false);
    expect(await store.revokeToken(meshId, "no-such-token" as TokenId, T0)).toBe(false);
    expect(await store.revokeToken(meshId, forever.id, T0 + 1)).toBe(true);
    expect(await store.revokeToken(meshId, forever.id, T0 + 2)).toBe(true);
    expect(await store.findToken(forever.hash)).toEqual({ ...forever, revokedAt: T0 + 1 });
  });

  test("[DB-2] values that look like SQL are values", async () => {
    const { store } = context.shared;
    const name = `x'); DROP TABLE members; -- " ? $1 \\`;
    const meshId = await newMesh();
    const { member } = await store.addMember(memberRow(meshId, { displayName: name }));
    expect(member.displayName).toBe(name);
    expect(await store.findToken(`' OR '1'='1`)).toBeUndefined();
  });
}
