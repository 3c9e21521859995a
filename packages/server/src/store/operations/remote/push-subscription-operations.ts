import { instant, type Sql } from "../../sql.ts";
import type { PushSubscriptionRow } from "../../remote-store.ts";

/** One per device: the next replaces it ([PUSH-1]). */
export async function savePushSubscription(sql: Sql, row: PushSubscriptionRow): Promise<void> {
  await sql.run(
    `INSERT INTO remote_push_subscriptions (device_id, endpoint, p256dh, auth, created_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (device_id) DO UPDATE SET endpoint = excluded.endpoint, p256dh = excluded.p256dh, auth = excluded.auth,
       created_at = excluded.created_at`,
    [row.deviceId, row.endpoint, row.p256dh, row.auth, instant(row.createdAt)],
  );
}

export async function removePushSubscription(sql: Sql, deviceId: string, endpoint?: string): Promise<void> {
  if (endpoint === undefined) await sql.run("DELETE FROM remote_push_subscriptions WHERE device_id = ?", [deviceId]);
  else {
    await sql.run("DELETE FROM remote_push_subscriptions WHERE device_id = ? AND endpoint = ?", [deviceId, endpoint]);
  }
}

export function listPushSubscriptions(sql: Sql): Promise<PushSubscriptionRow[]> {
  return sql.all(
    `SELECT device_id AS "deviceId", endpoint, p256dh, auth, created_at AS "createdAt" FROM remote_push_subscriptions
     ORDER BY device_id`,
  );
}
