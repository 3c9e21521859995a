import { instant, type Sql } from "../../sql.ts";
import type { PermissionResolution, PermissionRow } from "../../remote-store.ts";

const PERMISSION_COLUMNS = `request_id AS "requestId", session_id AS "sessionId", run_id AS "runId", tool_name AS "toolName",
  input_json AS "inputJson", created_at AS "createdAt", expires_at AS "expiresAt", replaces, decision, scope,
  device_id AS "deviceId", device_name AS "deviceName", reason, resolved_at AS "resolvedAt"`;

type StoredPermission = Omit<PermissionRow, "resolution" | "replaces"> & {
  replaces: string | null;
  decision: PermissionResolution["decision"] | null;
  scope: PermissionResolution["scope"] | null;
  deviceId: string | null;
  deviceName: string | null;
  reason: PermissionResolution["reason"] | null;
  resolvedAt: number | null;
};

export async function addPermission(sql: Sql, row: PermissionRow): Promise<void> {
  const { resolution } = row;
  await sql.run(
    `INSERT INTO remote_permissions (request_id, session_id, run_id, tool_name, input_json, created_at, expires_at, replaces,
       decision, scope, device_id, device_name, reason, resolved_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      row.requestId,
      row.sessionId,
      row.runId,
      row.toolName,
      row.inputJson,
      instant(row.createdAt),
      instant(row.expiresAt),
      row.replaces,
      resolution?.decision,
      resolution?.scope,
      resolution?.by?.deviceId,
      resolution?.by?.deviceName,
      resolution?.reason,
      instant(resolution?.at),
    ],
  );
}

export async function findPermission(sql: Sql, requestId: string): Promise<PermissionRow | undefined> {
  const stored = await sql.first<StoredPermission>(
    `SELECT ${PERMISSION_COLUMNS} FROM remote_permissions WHERE request_id = ?`,
    [requestId],
  );
  return stored === undefined ? undefined : toPermissionRow(stored);
}

export async function listPendingPermissions(sql: Sql): Promise<PermissionRow[]> {
  const rows = await sql.all<StoredPermission>(
    `SELECT ${PERMISSION_COLUMNS} FROM remote_permissions WHERE resolved_at IS NULL ORDER BY created_at, request_id`,
  );
  return rows.map(toPermissionRow);
}

/** The update finds the request unresolved once only, however many try ([APPROVE-2]). */
export async function resolvePermission(
  sql: Sql,
  requestId: string,
  resolution: PermissionResolution,
): Promise<{ isFirst: boolean; resolution: PermissionResolution } | undefined> {
  const resolved = await sql.run(
    `UPDATE remote_permissions SET decision = ?, scope = ?, device_id = ?, device_name = ?, reason = ?, resolved_at = ?
     WHERE request_id = ? AND resolved_at IS NULL`,
    [
      resolution.decision,
      resolution.scope,
      resolution.by?.deviceId,
      resolution.by?.deviceName,
      resolution.reason,
      instant(resolution.at),
      requestId,
    ],
  );
  const standing = (await findPermission(sql, requestId))?.resolution;
  return standing === undefined ? undefined : { isFirst: resolved === 1, resolution: standing };
}

function toPermissionRow(stored: StoredPermission): PermissionRow {
  const { replaces, decision, scope, deviceId, deviceName, reason, resolvedAt, ...request } = stored;
  const row: PermissionRow = request;
  if (replaces !== null) row.replaces = replaces;
  if (decision === null || scope === null || reason === null || resolvedAt === null) return row;
  row.resolution = { decision, scope, reason, at: resolvedAt };
  if (deviceId !== null) row.resolution.by = { deviceId, deviceName: deviceName ?? "" };
  return row;
}
