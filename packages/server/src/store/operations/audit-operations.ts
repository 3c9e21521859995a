import { createHash } from "node:crypto";
import type { MeshId } from "@parlatory/protocol";
import { canonicalJson } from "../canonical-json.ts";
import { dropNulls, instant, storableText, type Sql } from "../sql.ts";
import type { AuditEntry, AuditRow } from "../store.ts";

const FIRST_PREV_HASH = "0".repeat(64);
const VERIFY_PAGE_ROWS = 1_000;

const AUDIT_COLUMNS = `seq, mesh_id AS "meshId", at, actor, event, data, prev_hash AS "prevHash", hash`;

type StoredAudit = Omit<AuditRow, "data"> & { data: string };

/** What the hash covers: everything an entry says, its place in the chain included. */
function auditHash(seq: number, prevHash: string, entry: AuditEntry): string {
  const { meshId, at, actor, event, data } = entry;
  return createHash("sha256")
    .update(prevHash)
    .update(canonicalJson({ seq, meshId, at, actor, event, data }))
    .digest("hex");
}

/** Appends one entry to the chain ([OBS-3]). */
export async function appendAudit(sql: Sql, entry: AuditEntry): Promise<AuditRow> {
  await sql.lock("audit");
  const last = await sql.first<{ seq: number; hash: string }>(
    "SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1",
  );
  const seq = (last?.seq ?? 0) + 1;
  const prevHash = last?.hash ?? FIRST_PREV_HASH;
  // The text is hashed as it will be read back, else verification would break the chain by itself.
  const data = canonicalJson(entry.data);
  const stored: AuditEntry = {
    at: entry.at,
    actor: storableText(entry.actor),
    event: storableText(entry.event),
    data: JSON.parse(data) as Record<string, unknown>,
  };
  if (entry.meshId !== undefined) stored.meshId = entry.meshId;
  const hash = auditHash(seq, prevHash, stored);
  await sql.run(
    "INSERT INTO audit_log (seq, mesh_id, at, actor, event, data, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [seq, entry.meshId, instant(stored.at), stored.actor, stored.event, data, prevHash, hash],
  );
  return { ...stored, seq, prevHash, hash };
}

/** Entries with a seq above `since`, oldest first. */
export async function listAudit(
  sql: Sql,
  request: { meshId?: MeshId | undefined; since?: number | undefined; limit: number },
): Promise<AuditRow[]> {
  const inMesh = request.meshId === undefined ? "" : "AND mesh_id = ?";
  const mesh = request.meshId === undefined ? [] : [request.meshId];
  const rows = await sql.all<StoredAudit>(
    `SELECT ${AUDIT_COLUMNS} FROM audit_log WHERE seq > ? ${inMesh} ORDER BY seq LIMIT ?`,
    [request.since ?? 0, ...mesh, request.limit],
  );
  return rows.map(toAuditRow);
}

export async function verifyAudit(sql: Sql): Promise<{ chain: "ok" } | { chain: "broken"; at: number }> {
  let seq = 0;
  let prevHash = FIRST_PREV_HASH;
  for (;;) {
    const page = await sql.all<StoredAudit>(
      `SELECT ${AUDIT_COLUMNS} FROM audit_log WHERE seq > ? ORDER BY seq LIMIT ?`,
      [seq, VERIFY_PAGE_ROWS],
    );
    for (const stored of page) {
      const isNext = stored.seq === seq + 1 && stored.prevHash === prevHash;
      if (!isNext || !fits(stored)) return { chain: "broken", at: seq + 1 };
      seq = stored.seq;
      prevHash = stored.hash;
    }
    if (page.length < VERIFY_PAGE_ROWS) return { chain: "ok" };
  }
}

function fits(stored: StoredAudit): boolean {
  try {
    return auditHash(stored.seq, stored.prevHash, toAuditRow(stored)) === stored.hash;
  } catch {
    // Data that no longer parse were changed by somebody.
    return false;
  }
}

function toAuditRow(stored: StoredAudit): AuditRow {
  return { ...dropNulls(stored), data: JSON.parse(stored.data) as Record<string, unknown> };
}
