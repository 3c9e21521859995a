import { dropNulls, instant, type Sql } from "../../sql.ts";
import type { RemoteSessionRow, SessionNumberingRow } from "../../remote-store.ts";

const SESSION_COLUMNS = `session_id AS "sessionId", agent, agent_session_id AS "agentSessionId",
  working_directory AS "workingDirectory", name, permission_mode AS "permissionMode", system_prompt AS "systemPrompt",
  created_by AS "createdByClientSessionId", created_at AS "createdAt"`;

export async function findSession(sql: Sql, sessionId: string): Promise<RemoteSessionRow | undefined> {
  const row = await sql.first<RemoteSessionRow>(`SELECT ${SESSION_COLUMNS} FROM remote_sessions WHERE session_id = ?`, [
    sessionId,
  ]);
  return row === undefined ? undefined : dropNulls(row);
}

export async function listSessions(sql: Sql): Promise<RemoteSessionRow[]> {
  const rows = await sql.all<RemoteSessionRow>(`SELECT ${SESSION_COLUMNS} FROM remote_sessions ORDER BY session_id`);
  return rows.map(dropNulls);
}

export async function addSession(sql: Sql, row: RemoteSessionRow): Promise<{ added: boolean; row: RemoteSessionRow }> {
  const added = await sql.run(
    `INSERT INTO remote_sessions (session_id, agent, agent_session_id, working_directory, name, permission_mode,
       system_prompt, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_id) DO NOTHING`,
    [
      row.sessionId,
      row.agent,
      row.agentSessionId,
      row.workingDirectory,
      row.name,
      row.permissionMode,
      row.systemPrompt,
      row.createdByClientSessionId,
      instant(row.createdAt),
    ],
  );
  return { added: added === 1, row: (await findSession(sql, row.sessionId)) ?? row };
}

/** What is absent from the change stays as it is. */
export async function updateSession(
  sql: Sql,
  sessionId: string,
  change: Partial<
    Pick<RemoteSessionRow, "agentSessionId" | "workingDirectory" | "name" | "permissionMode" | "systemPrompt">
  >,
): Promise<void> {
  await sql.run(
    `UPDATE remote_sessions SET agent_session_id = COALESCE(?, agent_session_id),
       working_directory = COALESCE(?, working_directory), name = COALESCE(?, name),
       permission_mode = COALESCE(?, permission_mode), system_prompt = COALESCE(?, system_prompt) WHERE session_id = ?`,
    [
      change.agentSessionId,
      change.workingDirectory,
      change.name,
      change.permissionMode,
      change.systemPrompt,
      sessionId,
    ],
  );
}

export function listGrants(sql: Sql): Promise<{ sessionId: string; toolName: string }[]> {
  return sql.all(
    `SELECT session_id AS "sessionId", tool_name AS "toolName" FROM remote_grants ORDER BY session_id, tool_name`,
  );
}

export async function addGrant(sql: Sql, sessionId: string, toolName: string, at: number): Promise<void> {
  await sql.run(
    "INSERT INTO remote_grants (session_id, tool_name, granted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    [sessionId, toolName, instant(at)],
  );
}

export async function removeGrants(sql: Sql, sessionId: string, toolName?: string): Promise<void> {
  if (toolName === undefined) await sql.run("DELETE FROM remote_grants WHERE session_id = ?", [sessionId]);
  else await sql.run("DELETE FROM remote_grants WHERE session_id = ? AND tool_name = ?", [sessionId, toolName]);
}

export function findNumbering(sql: Sql, sessionId: string): Promise<SessionNumberingRow | undefined> {
  return sql.first(
    `SELECT session_id AS "sessionId", log_id AS "logId", fingerprint_json AS "fingerprintJson" FROM remote_numberings
     WHERE session_id = ?`,
    [sessionId],
  );
}

export async function saveNumbering(sql: Sql, row: SessionNumberingRow): Promise<void> {
  await sql.run(
    `INSERT INTO remote_numberings (session_id, log_id, fingerprint_json) VALUES (?, ?, ?)
     ON CONFLICT (session_id) DO UPDATE SET log_id = excluded.log_id, fingerprint_json = excluded.fingerprint_json`,
    [row.sessionId, row.logId, row.fingerprintJson],
  );
}
