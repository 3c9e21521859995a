import type { MeshId } from "@parlatory/protocol";
import { dropNulls, type Sql } from "../sql.ts";
import type { BootSnapshot, GroupRow, MemberRow, PresenceRow, RecipientRow, SessionRow } from "../store.ts";
import { RECIPIENT_COLUMNS, parseRecipients } from "./ledger-operations.ts";
import { MEMBER_COLUMNS, loadMeshes } from "./mesh-operations.ts";

type StoredSession = Omit<SessionRow, "groups" | "features"> & { groups: string; features: string };

/** Everything the broker keeps in memory. Also the one moment when recipients that nothing names can go. */
export async function loadBoot(sql: Sql): Promise<BootSnapshot> {
  await deleteUnusedRecipients(sql);
  const positions = await sql.all<{ meshId: MeshId; message: number; event: number }>(
    `SELECT mesh_id AS "meshId", last_message_seq AS message, last_event_seq AS event FROM mesh_positions`,
  );
  const brokers = await sql.all<{ id: string; heartbeatAt: number }>(
    `SELECT id, heartbeat_at AS "heartbeatAt" FROM brokers`,
  );
  const lastRid = await sql.first<{ rid: number }>("SELECT last_rid AS rid FROM recipient_position");
  return {
    meshes: await loadMeshes(sql),
    members: (await sql.all<MemberRow>(`SELECT ${MEMBER_COLUMNS} FROM members ORDER BY joined_at, id`)).map(dropNulls),
    sessions: await loadSessions(sql),
    presences: await loadPresences(sql),
    recipients: await sql.all<RecipientRow>(`SELECT ${RECIPIENT_COLUMNS} FROM recipients ORDER BY rid`),
    lastMessageSeq: new Map(positions.map(({ meshId, message }) => [meshId, message])),
    lastEventSeq: new Map(positions.map(({ meshId, event }) => [meshId, event])),
    lastRid: lastRid?.rid ?? 0,
    brokerHeartbeats: new Map(brokers.map(({ id, heartbeatAt }) => [id, heartbeatAt])),
  };
}

async function loadSessions(sql: Sql): Promise<SessionRow[]> {
  const rows = await sql.all<StoredSession>(
    `SELECT mesh_id AS "meshId", session_pubkey AS "sessionPubkey", member_id AS "memberId", proven,
       display_name AS "displayName", groups_json AS "groups", features_json AS "features", last_seen_at AS "lastSeenAt"
     FROM sessions ORDER BY last_seen_at, session_pubkey`,
  );
  return rows.map((row) => ({
    ...row,
    proven: Boolean(row.proven),
    groups: JSON.parse(row.groups) as GroupRow[],
    features: JSON.parse(row.features) as string[],
  }));
}

async function loadPresences(sql: Sql): Promise<PresenceRow[]> {
  const rows = await sql.all<PresenceRow>(
    `SELECT id, mesh_id AS "meshId", member_id AS "memberId", identity, broker_id AS "brokerId", attributes,
       connected_at AS "connectedAt", detached_at AS "detachedAt", closed_cleanly AS "closedCleanly", lease_until AS "leaseUntil"
     FROM presences ORDER BY connected_at, id`,
  );
  return rows.map((row) => ({ ...dropNulls(row), closedCleanly: Boolean(row.closedCleanly) }));
}

/**
 * A recipient is needed as long as a ledger step or a waiting message names it. Afterwards the broker may hold it in
 * memory and use it for the next message, so the only safe moment to delete is before it has loaded any.
 */
async function deleteUnusedRecipients(sql: Sql): Promise<void> {
  const idle = await sql.all<{ rid: number }>(
    "SELECT rid FROM recipients r WHERE NOT EXISTS (SELECT 1 FROM ledger_steps s WHERE s.rid = r.rid)",
  );
  if (idle.length === 0) return;
  const unused = new Set(idle.map(({ rid }) => rid));
  const waiting = await sql.all<{ recipients: string }>(
    "SELECT DISTINCT m.recipients FROM message_bodies b JOIN messages m ON m.mesh_id = b.mesh_id AND m.seq = b.seq",
  );
  for (const { recipients } of waiting) for (const rid of parseRecipients(recipients)) unused.delete(rid);
  await sql.run("DELETE FROM recipients WHERE rid = ANY(?)", [[...unused]]);
}
