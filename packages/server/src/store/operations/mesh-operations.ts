import type { MeshId, MeshPolicies, MemberId } from "@parlatory/protocol";
import { dropNulls, instant, type Sql } from "../sql.ts";
import type { MemberRow, MeshRow } from "../store.ts";

export const MEMBER_COLUMNS = `id, mesh_id AS "meshId", pubkey, display_name AS "displayName", role,
  joined_at AS "joinedAt", last_seen_at AS "lastSeenAt", revoked_at AS "revokedAt"`;

export async function createMesh(sql: Sql, mesh: MeshRow): Promise<"created" | "slug_taken"> {
  const created = await sql.run(
    `INSERT INTO meshes (id, slug, name, owner_pubkey, policies, created_at, archived_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (slug) WHERE archived_at IS NULL DO NOTHING`,
    [
      mesh.id,
      mesh.slug,
      mesh.name,
      mesh.ownerPubkey,
      JSON.stringify(mesh.policies),
      instant(mesh.createdAt),
      instant(mesh.archivedAt),
    ],
  );
  return created === 1 ? "created" : "slug_taken";
}

export async function loadMeshes(sql: Sql): Promise<MeshRow[]> {
  const rows = await sql.all<Omit<MeshRow, "policies"> & { policies: string }>(
    `SELECT id, slug, name, owner_pubkey AS "ownerPubkey", policies, created_at AS "createdAt", archived_at AS "archivedAt"
     FROM meshes ORDER BY created_at, id`,
  );
  return rows.map((row) => ({ ...dropNulls(row), policies: JSON.parse(row.policies) as MeshPolicies }));
}

export async function updatePolicies(sql: Sql, meshId: MeshId, policies: MeshPolicies): Promise<void> {
  await sql.run("UPDATE meshes SET policies = ? WHERE id = ?", [JSON.stringify(policies), meshId]);
}

export async function archiveMesh(sql: Sql, meshId: MeshId, at: number): Promise<void> {
  await sql.run("UPDATE meshes SET archived_at = ? WHERE id = ? AND archived_at IS NULL", [instant(at), meshId]);
}

/** Adds the member unless (mesh, key) is there; of two at once one adds and the other finds ([INV-8]). */
export async function addMember(sql: Sql, member: MemberRow): Promise<{ added: boolean; member: MemberRow }> {
  const added = await sql.first<MemberRow>(
    `INSERT INTO members (id, mesh_id, pubkey, display_name, role, joined_at, last_seen_at, revoked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (mesh_id, pubkey) DO NOTHING RETURNING ${MEMBER_COLUMNS}`,
    [
      member.id,
      member.meshId,
      member.pubkey,
      member.displayName,
      member.role,
      instant(member.joinedAt),
      instant(member.lastSeenAt),
      instant(member.revokedAt),
    ],
  );
  if (added !== undefined) return { added: true, member: dropNulls(added) };
  const present = await findMember(sql, member.meshId, member.pubkey);
  if (present === undefined) throw new Error(`member key ${member.pubkey} conflicts with a member that cannot be read`);
  return { added: false, member: present };
}

export async function findMember(sql: Sql, meshId: MeshId, pubkey: string): Promise<MemberRow | undefined> {
  const row = await sql.first<MemberRow>(`SELECT ${MEMBER_COLUMNS} FROM members WHERE mesh_id = ? AND pubkey = ?`, [
    meshId,
    pubkey,
  ]);
  return row === undefined ? undefined : dropNulls(row);
}

export async function revokeMember(sql: Sql, memberId: MemberId, at: number): Promise<void> {
  await sql.run("UPDATE members SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [instant(at), memberId]);
}
