import type { MeshId } from "@parlatory/protocol";
import { instant, storableText, type Sql } from "../sql.ts";
import type { StateRow, StateWrite, StateWriteResult } from "../store.ts";

interface StoredState {
  key: string;
  value: string | null;
  version: number;
  updatedBy: string;
  updatedAt: number;
}

const STATE_COLUMNS = `key, value, version, updated_by_name AS "updatedBy", updated_at AS "updatedAt"`;

/** A deleted key keeps its row with the value null, so that its versions are never given out again ([STATE-2]). */
export async function getState(sql: Sql, meshId: MeshId, key: string): Promise<StateRow | undefined> {
  const row = await readRow(sql, meshId, key);
  return row === undefined || row.value === null ? undefined : toStateRow(row);
}

export async function listState(sql: Sql, meshId: MeshId, prefix: string): Promise<StateRow[]> {
  const start = storableText(prefix);
  // The prefix is compared as data: characters that mean something in a pattern mean nothing here.
  const rows = await sql.all<StoredState>(
    `SELECT ${STATE_COLUMNS} FROM state WHERE mesh_id = ? AND key >= ? AND substr(key, 1, ?) = ? AND value IS NOT NULL ORDER BY key`,
    [meshId, start, Array.from(start).length, start],
  );
  return rows.map(toStateRow);
}

/** Compare-and-set of one key ([STATE-3]): of concurrent writers of a mesh each sees what the one before it wrote. */
export async function writeState(sql: Sql, write: StateWrite): Promise<StateWriteResult> {
  await sql.lock(`state ${write.meshId}`);
  const stored = await readRow(sql, write.meshId, write.key);
  const current = stored === undefined || stored.value === null ? undefined : toStateRow(stored);
  if (write.ifVersion !== undefined && write.ifVersion !== (current?.version ?? 0)) {
    return { outcome: "conflict", current };
  }
  if (write.value === undefined && current === undefined) return { outcome: "nothing" };
  if (current === undefined && (await countKeys(sql, write.meshId)) >= write.maxKeys) return { outcome: "limit" };

  const version = (stored?.version ?? 0) + 1;
  await sql.run(
    `INSERT INTO state (mesh_id, key, value, version, updated_by_name, updated_by_presence, updated_by_member, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (mesh_id, key) DO UPDATE SET value = excluded.value, version = excluded.version,
       updated_by_name = excluded.updated_by_name, updated_by_presence = excluded.updated_by_presence,
       updated_by_member = excluded.updated_by_member, updated_at = excluded.updated_at`,
    [
      write.meshId,
      write.key,
      write.value,
      version,
      write.updatedByName,
      write.updatedByPresence,
      write.updatedByMember,
      instant(write.at),
    ],
  );
  const row: StateRow = {
    key: storableText(write.key),
    version,
    updatedBy: storableText(write.updatedByName),
    updatedAt: write.at,
  };
  if (write.value !== undefined) row.value = write.value;
  return { outcome: "written", row, deleted: write.value === undefined };
}

function readRow(sql: Sql, meshId: MeshId, key: string): Promise<StoredState | undefined> {
  return sql.first<StoredState>(`SELECT ${STATE_COLUMNS} FROM state WHERE mesh_id = ? AND key = ?`, [meshId, key]);
}

async function countKeys(sql: Sql, meshId: MeshId): Promise<number> {
  const row = await sql.first<{ keys: number }>(
    "SELECT count(*) AS keys FROM state WHERE mesh_id = ? AND value IS NOT NULL",
    [meshId],
  );
  return row?.keys ?? 0;
}

function toStateRow(stored: StoredState): StateRow {
  const { value, ...row } = stored;
  return value === null ? row : { ...row, value };
}
