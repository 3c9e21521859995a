import type pg from "pg";
import type { CommitBatch } from "../store.ts";
import { stepRow } from "./commit-rows.ts";
import { inTransaction } from "./postgres-commit.ts";

/**
 * Takes back a batch whose connection was lost before the answer came: its caller was told that nothing was stored, and
 * nothing of a refused send may be delivered later ([SEND-4]). Does nothing when the batch never arrived. What a repeat
 * of the batch writes over anyway (presences, sessions, recipients, sightings) stays.
 */
export async function undoCommit(client: pg.ClientBase, batch: CommitBatch): Promise<void> {
  await inTransaction(client, async () => {
    const ids = batch.messages.map(({ id }) => id);
    await client.query("DELETE FROM message_log WHERE id = ANY($1)", [ids]);
    await client.query(
      `WITH gone AS (DELETE FROM messages WHERE id = ANY($1) RETURNING mesh_id, seq)
       DELETE FROM message_bodies b USING gone WHERE b.mesh_id = gone.mesh_id AND b.seq = gone.seq`,
      [ids],
    );
    await client.query(
      `DELETE FROM events e USING json_to_recordset($1::json) AS r ("meshId" text, seq bigint)
       WHERE e.mesh_id = r."meshId" AND e.seq = r.seq`,
      [JSON.stringify(batch.events.map(({ meshId, seq }) => ({ meshId, seq })))],
    );
    await client.query(
      `DELETE FROM ledger_steps s USING json_to_recordset($1::json)
         AS r (rid integer, bucket bigint, offsets text, state text, at float8)
       WHERE s.rid = r.rid AND s.bucket = r.bucket AND s.offsets = r.offsets AND s.state = r.state AND s.at = to_timestamp(r.at / 1000)`,
      [JSON.stringify(batch.steps.map(stepRow))],
    );
  });
}
