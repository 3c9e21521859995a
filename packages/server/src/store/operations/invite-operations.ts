import type { InviteId, MeshId } from "@parlatory/protocol";
import { dropNulls, instant, type Sql } from "../sql.ts";
import type { InviteRow, JoinOutcome, MemberRow } from "../store.ts";
import { addMember, findMember } from "./mesh-operations.ts";

const INVITE_COLUMNS = `id, mesh_id AS "meshId", token_hash AS "tokenHash", role, max_uses AS "maxUses",
  used_count AS "usedCount", expires_at AS "expiresAt", created_at AS "createdAt", revoked_at AS "revokedAt"`;

export async function createInvite(sql: Sql, invite: InviteRow): Promise<void> {
  await sql.run(
    `INSERT INTO invites (id, mesh_id, token_hash, role, max_uses, used_count, expires_at, created_at, revoked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      invite.id,
      invite.meshId,
      invite.tokenHash,
      invite.role,
      invite.maxUses,
      invite.usedCount,
      instant(invite.expiresAt),
      instant(invite.createdAt),
      instant(invite.revokedAt),
    ],
  );
}

export async function listInvites(sql: Sql, meshId: MeshId): Promise<InviteRow[]> {
  const rows = await sql.all<InviteRow>(
    `SELECT ${INVITE_COLUMNS} FROM invites WHERE mesh_id = ? ORDER BY created_at, id`,
    [meshId],
  );
  return rows.map(dropNulls);
}

export async function findInvite(sql: Sql, tokenHash: string): Promise<InviteRow | undefined> {
  const row = await sql.first<InviteRow>(`SELECT ${INVITE_COLUMNS} FROM invites WHERE token_hash = ?`, [tokenHash]);
  return row === undefined ? undefined : dropNulls(row);
}

/** Answers the invite as it stands now; a second revocation keeps the first instant. */
export async function revokeInvite(sql: Sql, meshId: MeshId, id: InviteId, at: number): Promise<InviteRow | undefined> {
  const row = await sql.first<InviteRow>(
    `UPDATE invites SET revoked_at = COALESCE(revoked_at, ?) WHERE mesh_id = ? AND id = ? RETURNING ${INVITE_COLUMNS}`,
    [instant(at), meshId, id],
  );
  return row === undefined ? undefined : dropNulls(row);
}

export interface JoinRequest {
  tokenHash: string;
  meshId?: MeshId | undefined;
  member: Omit<MemberRow, "meshId" | "role">;
  now: number;
}

/** The checks of [INV-7] from `invite_not_found` on, in that order; the use and the member are one transaction ([INV-8]). */
export async function joinWithInvite(sql: Sql, request: JoinRequest): Promise<JoinOutcome> {
  // The update that changes nothing takes the row's lock, so that parallel joins see each other's count.
  const invite = await sql.first<InviteRow>(
    `UPDATE invites SET used_count = used_count WHERE token_hash = ? RETURNING ${INVITE_COLUMNS}`,
    [request.tokenHash],
  );
  if (invite === undefined) return { outcome: "invite_not_found" };
  dropNulls(invite);
  if (request.meshId !== undefined && request.meshId !== invite.meshId) return { outcome: "invite_mesh_mismatch" };
  if (invite.revokedAt !== undefined) return { outcome: "invite_revoked" };
  if (invite.expiresAt <= request.now) return { outcome: "invite_expired" };

  const present = await findMember(sql, invite.meshId, request.member.pubkey);
  if (present !== undefined) return alreadyThere(present);
  if (invite.usedCount >= invite.maxUses) return { outcome: "invite_exhausted" };

  // Another invite of the mesh may have brought the same key in meanwhile: then this one's use is not counted.
  const { added, member } = await addMember(sql, { ...request.member, meshId: invite.meshId, role: invite.role });
  if (!added) return alreadyThere(member);
  await sql.run("UPDATE invites SET used_count = used_count + 1 WHERE id = ?", [invite.id]);
  return { outcome: "joined", member };
}

function alreadyThere(member: MemberRow): JoinOutcome {
  return member.revokedAt === undefined ? { outcome: "already_member", member } : { outcome: "member_revoked" };
}
