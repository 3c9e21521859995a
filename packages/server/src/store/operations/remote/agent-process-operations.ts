import { dropNulls, instant, type Sql } from "../../sql.ts";
import type { AgentProcessRow } from "../../remote-store.ts";

/** Of the same process the later entry counts. */
export async function addAgentProcess(sql: Sql, row: AgentProcessRow): Promise<void> {
  await sql.run(
    `INSERT INTO remote_agent_processes (host, pid, pid_start, server_id, session_id, run_id, mark, started_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (host, pid, pid_start) DO UPDATE SET server_id = excluded.server_id, session_id = excluded.session_id,
       run_id = excluded.run_id, mark = excluded.mark, started_at = excluded.started_at`,
    [row.host, row.pid, row.pidStartedAt, row.serverId, row.sessionId, row.runId, row.mark, instant(row.startedAt)],
  );
}

export async function removeAgentProcess(sql: Sql, host: string, pid: number, pidStartedAt: string): Promise<void> {
  await sql.run("DELETE FROM remote_agent_processes WHERE host = ? AND pid = ? AND pid_start = ?", [
    host,
    pid,
    pidStartedAt,
  ]);
}

export async function listAgentProcesses(sql: Sql, host: string): Promise<AgentProcessRow[]> {
  const rows = await sql.all<AgentProcessRow>(
    `SELECT host, pid, pid_start AS "pidStartedAt", server_id AS "serverId", session_id AS "sessionId", run_id AS "runId",
       mark, started_at AS "startedAt" FROM remote_agent_processes WHERE host = ? ORDER BY started_at, pid`,
    [host],
  );
  return rows.map(dropNulls);
}
