import type pg from "pg";

/** One per database: advisory locks do not reach across databases. */
const BROKER_LOCK = 7_900_000;

export interface LockHolder {
  pid: number;
  application: string;
  address: string | null;
}

/**
 * Takes the lock that makes this connection's program the only broker of the database ([CLU-1]); the server drops it with
 * the connection. Answers who has it when it is taken, `unknown` when that one let go meanwhile.
 */
export async function takeBrokerLock(client: pg.ClientBase): Promise<"taken" | "unknown" | LockHolder> {
  const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1) AS taken", [BROKER_LOCK]);
  if (rows[0]?.taken === true) return "taken";
  const holders = await client.query<LockHolder>(
    `SELECT a.pid, coalesce(a.application_name, '') AS application, host(a.client_addr) AS address
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = $1 AND l.objsubid = 1 AND l.granted
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [BROKER_LOCK],
  );
  return holders.rows[0] ?? "unknown";
}

export function describeHolder(holder: "unknown" | LockHolder): string {
  if (holder === "unknown") return "";
  return ` (${holder.application}${holder.address === null ? "" : ` from ${holder.address}`}, backend ${holder.pid})`;
}
