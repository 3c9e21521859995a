import { instant, type Sql } from "../../sql.ts";
import type { RemotePurgeLimits } from "../../remote-store.ts";
import { trimQueue } from "./delivery-operations.ts";

/** Deletes what has passed its time, at most `maxRows` rows of each kind; answers how many rows went. */
export async function purgeRemote(sql: Sql, limits: RemotePurgeLimits): Promise<Record<string, number>> {
  // Two servers that purge at once would lock the same rows in orders of their own.
  await sql.lock("remote purge");
  return {
    prompts: await purgePrompts(sql, limits),
    clientSessions: await purgeClientSessions(sql, limits),
    deliveries: await purgeDeliveries(sql, limits),
    permissions: await sql.run(
      `DELETE FROM remote_permissions WHERE request_id IN
         (SELECT request_id FROM remote_permissions WHERE resolved_at < ? ORDER BY resolved_at LIMIT ?)`,
      [instant(limits.now - limits.permissionMs), limits.maxRows],
    ),
    pairCodes: await sql.run("DELETE FROM remote_pair_codes WHERE expires_at <= ?", [instant(limits.now)]),
  };
}

/** A prompt is remembered by its outcome's age ([PROMPT-9]); one without an outcome never goes. */
async function purgePrompts(sql: Sql, limits: RemotePurgeLimits): Promise<number> {
  const gone = await sql.all<{ promptId: string }>(
    `DELETE FROM remote_prompts WHERE prompt_id IN
       (SELECT prompt_id FROM remote_prompts WHERE finished_at < ? ORDER BY finished_at LIMIT ?)
     RETURNING prompt_id AS "promptId"`,
    [instant(limits.now - limits.promptMs), limits.maxRows],
  );
  if (gone.length > 0) {
    await sql.run("DELETE FROM remote_prompt_requests WHERE prompt_id = ANY(?)", [
      gone.map(({ promptId }) => promptId),
    ]);
  }
  return gone.length;
}

/** With all it owns ([RDLV-6]). The age is looked at again when the row is locked: it may just have been used. */
async function purgeClientSessions(sql: Sql, limits: RemotePurgeLimits): Promise<number> {
  const before = instant(limits.now - limits.clientSessionMs);
  const gone = await sql.all<{ id: string }>(
    `DELETE FROM remote_client_sessions WHERE id IN
       (SELECT id FROM remote_client_sessions WHERE last_used_at < ? ORDER BY last_used_at LIMIT ?)
       AND last_used_at < ? RETURNING id`,
    [before, limits.maxRows, before],
  );
  if (gone.length === 0) return 0;
  const ids = gone.map(({ id }) => id);
  await sql.run("DELETE FROM remote_hidden_sessions WHERE client_session_id = ANY(?)", [ids]);
  await sql.run("DELETE FROM remote_deliveries WHERE client_session_id = ANY(?)", [ids]);
  return gone.length;
}

/** What leaves a queue here is told as a gap by the next listing, like what leaves it there ([RDLV-5]). */
async function purgeDeliveries(sql: Sql, limits: RemotePurgeLimits): Promise<number> {
  const bounds = { now: limits.now, maxMessages: limits.queueMessages, maxAgeMs: limits.queueMs };
  const owners = await sql.all<{ id: string }>(
    `SELECT DISTINCT client_session_id AS id FROM (
       SELECT client_session_id FROM remote_deliveries WHERE queued_at < ? ORDER BY queued_at LIMIT ?
     ) aged`,
    [instant(limits.now - limits.queueMs), limits.maxRows],
  );
  const full = await sql.all<{ id: string }>(
    `SELECT client_session_id AS id FROM remote_deliveries GROUP BY client_session_id HAVING count(*) > ?
     ORDER BY client_session_id LIMIT ?`,
    [limits.queueMessages, limits.maxRows],
  );
  let purged = 0;
  for (const id of new Set([...owners, ...full].map((owner) => owner.id))) {
    purged += (await trimQueue(sql, id, bounds)).dropped;
  }
  return purged;
}
