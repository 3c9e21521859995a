import { dropNulls, instant, type Sql } from "../../sql.ts";
import type { ClientSessionRow } from "../../remote-store.ts";

const CLIENT_SESSION_COLUMNS = `id, current_session_id AS "currentSessionId", directory, last_used_at AS "lastUsedAt"`;

export async function openClientSession(
  sql: Sql,
  id: string,
  now: number,
): Promise<{ row: ClientSessionRow; hidden: string[] }> {
  const row = await sql.first<ClientSessionRow>(
    `INSERT INTO remote_client_sessions (id, last_used_at, last_position, gap_dropped) VALUES (?, ?, 0, 0)
     ON CONFLICT (id) DO UPDATE SET last_used_at = excluded.last_used_at RETURNING ${CLIENT_SESSION_COLUMNS}`,
    [id, instant(now)],
  );
  const hidden = await sql.all<{ sessionId: string }>(
    `SELECT session_id AS "sessionId" FROM remote_hidden_sessions WHERE client_session_id = ? ORDER BY session_id`,
    [id],
  );
  return { row: dropNulls(row ?? { id, lastUsedAt: now }), hidden: hidden.map(({ sessionId }) => sessionId) };
}

export async function findClientSession(sql: Sql, id: string): Promise<ClientSessionRow | undefined> {
  const row = await sql.first<ClientSessionRow>(
    `SELECT ${CLIENT_SESSION_COLUMNS} FROM remote_client_sessions WHERE id = ?`,
    [id],
  );
  return row === undefined ? undefined : dropNulls(row);
}

/** What is absent from the change stays as it is. */
export async function updateClientSession(
  sql: Sql,
  id: string,
  change: { currentSessionId?: string | undefined; directory?: string | undefined },
): Promise<void> {
  await sql.run(
    `UPDATE remote_client_sessions SET current_session_id = COALESCE(?, current_session_id),
       directory = COALESCE(?, directory) WHERE id = ?`,
    [change.currentSessionId, change.directory, id],
  );
}

export async function setHidden(
  sql: Sql,
  clientSessionId: string,
  sessionId: string,
  isHidden: boolean,
): Promise<void> {
  await sql.run(
    isHidden
      ? "INSERT INTO remote_hidden_sessions (client_session_id, session_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
      : "DELETE FROM remote_hidden_sessions WHERE client_session_id = ? AND session_id = ?",
    [clientSessionId, sessionId],
  );
}
