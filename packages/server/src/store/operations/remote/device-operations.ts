import { dropNulls, instant, type Sql } from "../../sql.ts";
import type { DeviceRow, PairOutcome } from "../../remote-store.ts";

const DEVICE_COLUMNS = `id, name, key_hash AS "keyHash", paired_at AS "pairedAt", last_seen_at AS "lastSeenAt",
  last_address AS "lastAddress", revoked_at AS "revokedAt"`;

/** Codes and the count of wrong tries change under one lock, so that of many tries at once each sees the ones before it. */
const PAIRING = "remote pairing";

/** Wrong tries are counted against the codes that are pending: a code that meets none begins at nought. */
export async function addPairCode(
  sql: Sql,
  code: { hash: string; createdAt: number; expiresAt: number; maxPending?: number | undefined },
): Promise<boolean> {
  await sql.lock(PAIRING);
  await sql.run("DELETE FROM remote_pair_codes WHERE expires_at <= ?", [instant(code.createdAt)]);
  const pending = await sql.all("SELECT 1 AS pending FROM remote_pair_codes LIMIT ?", [code.maxPending ?? 1]);
  if (pending.length === code.maxPending) return false;
  if (pending.length === 0) await sql.run("UPDATE remote_pair_tries SET wrong = 0");
  await sql.run("INSERT INTO remote_pair_codes (hash, created_at, expires_at) VALUES (?, ?, ?)", [
    code.hash,
    instant(code.createdAt),
    instant(code.expiresAt),
  ]);
  return true;
}

export async function pairDevice(
  sql: Sql,
  request: { codeHash: string; device: DeviceRow; now: number; wrongTries: number },
): Promise<PairOutcome> {
  await sql.lock(PAIRING);
  const used = await sql.run("DELETE FROM remote_pair_codes WHERE hash = ? AND expires_at > ?", [
    request.codeHash,
    instant(request.now),
  ]);
  if (used === 1) {
    await insertDevice(sql, request.device);
    await sql.run("UPDATE remote_pair_tries SET wrong = 0");
    return "paired";
  }
  const tries = await sql.first<{ wrong: number }>("UPDATE remote_pair_tries SET wrong = wrong + 1 RETURNING wrong");
  if (tries === undefined || tries.wrong < request.wrongTries) return "invalid";
  await sql.run("DELETE FROM remote_pair_codes");
  await sql.run("UPDATE remote_pair_tries SET wrong = 0");
  return "voided";
}

async function insertDevice(sql: Sql, device: DeviceRow): Promise<void> {
  await sql.run(
    `INSERT INTO remote_devices (id, name, key_hash, paired_at, last_seen_at, last_address, revoked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      device.id,
      device.name,
      device.keyHash,
      instant(device.pairedAt),
      instant(device.lastSeenAt),
      device.lastAddress,
      instant(device.revokedAt),
    ],
  );
}

export async function listDevices(sql: Sql, all = false): Promise<DeviceRow[]> {
  const rows = await sql.all<DeviceRow>(
    `SELECT ${DEVICE_COLUMNS} FROM remote_devices ${all ? "" : "WHERE revoked_at IS NULL"} ORDER BY paired_at, id`,
  );
  return rows.map(dropNulls);
}

export async function touchDevice(sql: Sql, id: string, lastSeenAt: number, lastAddress: string): Promise<void> {
  await sql.run("UPDATE remote_devices SET last_seen_at = ?, last_address = ? WHERE id = ?", [
    instant(lastSeenAt),
    lastAddress,
    id,
  ]);
}

export async function revokeDevice(sql: Sql, id: string, at: number): Promise<boolean> {
  const revoked = await sql.run("UPDATE remote_devices SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [
    instant(at),
    id,
  ]);
  if (revoked === 0) return false;
  await sql.run("DELETE FROM remote_push_subscriptions WHERE device_id = ?", [id]);
  return true;
}
