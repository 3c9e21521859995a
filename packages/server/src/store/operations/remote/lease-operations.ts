import { invariant } from "@parlatory/protocol";
import { instant, type Sql, type SqlValue } from "../../sql.ts";
import type { LeaseResult, LeaseRow } from "../../remote-store.ts";

const LEASE_COLUMNS = `session_id AS "sessionId", run_id AS "runId", kind, server_id AS "serverId", pid,
  pid_start AS "pidStartedAt", host, taken_at AS "takenAt", expires_at AS "expiresAt"`;

/**
 * One statement decides ([LOCK-1]). It also keeps the row of the lease that stood in the way from changing, so what is read
 * after it is what stood there. A run that asks twice, because it did not hear the first answer, has its lease.
 */
export async function takeLease(sql: Sql, lease: LeaseRow, now: number, expectExpired?: string): Promise<LeaseResult> {
  const taken = await sql.run(
    `INSERT INTO remote_leases (session_id, run_id, kind, server_id, pid, pid_start, host, taken_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session_id) DO UPDATE SET run_id = excluded.run_id, kind = excluded.kind, server_id = excluded.server_id,
       pid = excluded.pid, pid_start = excluded.pid_start, host = excluded.host, taken_at = excluded.taken_at,
       expires_at = excluded.expires_at
     WHERE remote_leases.run_id = excluded.run_id OR (remote_leases.run_id = ? AND remote_leases.expires_at <= ?)`,
    [...leaseValues(lease), expectExpired, instant(now)],
  );
  if (taken === 1) return { outcome: "taken", lease };
  const held = await findLease(sql, lease.sessionId);
  invariant(held !== undefined, "a lease that is in the way cannot be gone before the end of the transaction");
  return { outcome: "held", lease: held };
}

export async function renewLeases(
  sql: Sql,
  request: { serverId: string; runIds: readonly string[]; expiresAt: number },
): Promise<string[]> {
  const rows = await sql.all<{ runId: string }>(
    `UPDATE remote_leases SET expires_at = ? WHERE run_id = ANY(?) AND server_id = ? RETURNING run_id AS "runId"`,
    [instant(request.expiresAt), request.runIds, request.serverId],
  );
  return rows.map(({ runId }) => runId);
}

export async function releaseLease(sql: Sql, sessionId: string, runId: string): Promise<boolean> {
  return (await sql.run("DELETE FROM remote_leases WHERE session_id = ? AND run_id = ?", [sessionId, runId])) === 1;
}

export async function passLease(sql: Sql, sessionId: string, fromRunId: string, lease: LeaseRow): Promise<boolean> {
  const passed = await sql.run(
    `UPDATE remote_leases SET run_id = ?, kind = ?, pid = ?, pid_start = ?, host = ?, taken_at = ?, expires_at = ?
     WHERE session_id = ? AND run_id = ? AND server_id = ?`,
    [
      lease.runId,
      lease.kind,
      lease.pid,
      lease.pidStartedAt,
      lease.host,
      instant(lease.takenAt),
      instant(lease.expiresAt),
      sessionId,
      fromRunId,
      lease.serverId,
    ],
  );
  return passed === 1;
}

export function findLease(sql: Sql, sessionId: string): Promise<LeaseRow | undefined> {
  return sql.first(`SELECT ${LEASE_COLUMNS} FROM remote_leases WHERE session_id = ?`, [sessionId]);
}

export function listLeases(sql: Sql): Promise<LeaseRow[]> {
  return sql.all(`SELECT ${LEASE_COLUMNS} FROM remote_leases ORDER BY session_id`);
}

function leaseValues(lease: LeaseRow): SqlValue[] {
  return [
    lease.sessionId,
    lease.runId,
    lease.kind,
    lease.serverId,
    lease.pid,
    lease.pidStartedAt,
    lease.host,
    instant(lease.takenAt),
    instant(lease.expiresAt),
  ];
}
