import type { MeshId, TokenId } from "@parlatory/protocol";
import { dropNulls, instant, type Sql } from "../sql.ts";
import type { ApiTokenRow } from "../store.ts";

const TOKEN_COLUMNS = `id, mesh_id AS "meshId", name, hash, scope, created_at AS "createdAt", expires_at AS "expiresAt",
  revoked_at AS "revokedAt"`;

export async function createToken(sql: Sql, token: ApiTokenRow): Promise<void> {
  await sql.run(
    "INSERT INTO api_tokens (id, mesh_id, name, hash, scope, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [
      token.id,
      token.meshId,
      token.name,
      token.hash,
      token.scope,
      instant(token.createdAt),
      instant(token.expiresAt),
      instant(token.revokedAt),
    ],
  );
}

export async function findToken(sql: Sql, hash: string): Promise<ApiTokenRow | undefined> {
  const row = await sql.first<ApiTokenRow>(`SELECT ${TOKEN_COLUMNS} FROM api_tokens WHERE hash = ?`, [hash]);
  return row === undefined ? undefined : dropNulls(row);
}

export async function listTokens(sql: Sql, meshId: MeshId): Promise<ApiTokenRow[]> {
  const rows = await sql.all<ApiTokenRow>(
    `SELECT ${TOKEN_COLUMNS} FROM api_tokens WHERE mesh_id = ? ORDER BY created_at, id`,
    [meshId],
  );
  return rows.map(dropNulls);
}

/** Tells whether the token is one of the mesh's; a second revocation keeps the first instant. */
export async function revokeToken(sql: Sql, meshId: MeshId, id: TokenId, at: number): Promise<boolean> {
  const changed = await sql.run(
    "UPDATE api_tokens SET revoked_at = COALESCE(revoked_at, ?) WHERE mesh_id = ? AND id = ?",
    [instant(at), meshId, id],
  );
  return changed === 1;
}
