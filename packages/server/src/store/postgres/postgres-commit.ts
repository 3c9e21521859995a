import type pg from "pg";
import { toOriginal, type StoredOriginal } from "../operations/ledger-operations.ts";
import type { CommitBatch, DuplicateMessage, NewMessage } from "../store.ts";
import { commitParts, type CommitPart } from "./commit-parts.ts";

/**
 * The hot path: one statement, hence one transaction and one round trip. Messages are an array of each column, the other
 * kinds of rows one JSON parameter each; the statement is put together from the kinds the batch has, and the server keeps
 * it prepared.
 */
export async function commitBatch(client: pg.ClientBase, batch: CommitBatch): Promise<DuplicateMessage[]> {
  const { firsts, repeats } = splitRepeats(batch.messages);
  const statement = buildStatement(
    commitParts(
      batch,
      firsts.map((index) => batch.messages[index] as NewMessage),
    ),
  );
  const { discard, removedPresences } = batch;

  let rows: OriginalRow[] = [];
  const commit = async () => {
    if (statement !== undefined) rows = (await client.query<OriginalRow>(statement)).rows;
  };
  if (discard.length === 0 && removedPresences.length === 0) await commit();
  else {
    // A statement does not see what another part of it deletes, so what goes first goes in statements of its own.
    await inTransaction(client, async () => {
      await client.query({ name: "parl_discard", text: DISCARD_MESSAGES, values: [discard] });
      await client.query({
        name: "parl_remove_presences",
        text: "DELETE FROM presences WHERE id = ANY($1)",
        values: [removedPresences],
      });
      await commit();
    });
  }
  return toDuplicates(batch.messages, { firsts, repeats, rows });
}

export async function inTransaction<Result>(client: pg.ClientBase, work: () => Promise<Result>): Promise<Result> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // A connection that is gone has rolled back by itself.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** Ends messages: the body goes, and with it the message from everything that serves delivery ([DLV-14]). */
export const SETTLE_MESSAGES = `WITH gone AS (
    DELETE FROM message_bodies WHERE mesh_id = $1 AND seq = ANY($2) RETURNING mesh_id, seq
  )
  INSERT INTO settled_messages (settled_at, mesh_id, seq) SELECT to_timestamp($3::float8 / 1000), mesh_id, seq FROM gone`;

/** Takes back messages of a batch that was given up on; those it never wrote are not there to be deleted. */
const DISCARD_MESSAGES = `WITH gone AS (DELETE FROM messages WHERE id = ANY($1) RETURNING mesh_id, seq),
  log_gone AS (DELETE FROM message_log WHERE id = ANY($1))
  DELETE FROM message_bodies b USING gone WHERE b.mesh_id = gone.mesh_id AND b.seq = gone.seq`;

interface OriginalRow extends StoredOriginal {
  /** Of the message in the arrays, from 1. */
  place: number;
}

function buildStatement(parts: readonly CommitPart[]): pg.QueryConfig | undefined {
  if (parts.length === 0) return undefined;
  const name = `parl_commit_${parts.map((part) => part.name.slice(0, 4)).join("_")}`;
  let text = texts.get(name);
  if (text === undefined) texts.set(name, (text = buildText(parts)));
  return { name, text, values: parts.flatMap(({ values }) => values) };
}

/** By name; there are as many as there are sets of kinds. */
const texts = new Map<string, string>();

function buildText(parts: readonly CommitPart[]): string {
  let before = 0;
  const withs = parts.map(({ text, values }) => {
    const first = before;
    before += values.length;
    return text.replaceAll(/\$(\d+)/g, (_, place: string) => `$${first + Number(place)}`);
  });
  const answer = parts.find((part) => part.answer !== undefined)?.answer ?? "SELECT 1 WHERE false";
  return `WITH ${withs.join(", ")} ${answer}`;
}

/** A clientMessageId used twice in one batch: only the first is sent to the database, which looks at rows there before. */
function splitRepeats(messages: readonly NewMessage[]): { firsts: number[]; repeats: Map<number, number> } {
  const firsts: number[] = [];
  const repeats = new Map<number, number>();
  const known = new Map<string, number>();
  for (const [index, { meshId, senderMemberId, clientMessageId }] of messages.entries()) {
    const key = clientMessageId === undefined ? undefined : `${meshId} ${senderMemberId} ${clientMessageId}`;
    const first = key === undefined ? undefined : known.get(key);
    if (first !== undefined) repeats.set(index, first);
    else {
      firsts.push(index);
      if (key !== undefined) known.set(key, index);
    }
  }
  return { firsts, repeats };
}

function toDuplicates(
  messages: readonly NewMessage[],
  {
    firsts,
    repeats,
    rows,
  }: { firsts: readonly number[]; repeats: ReadonlyMap<number, number>; rows: readonly OriginalRow[] },
): DuplicateMessage[] {
  if (rows.length === 0 && repeats.size === 0) return [];
  const originals = new Map(rows.map((row) => [firsts[row.place - 1] as number, toOriginal(row)]));
  const duplicates: DuplicateMessage[] = [...originals].map(([index, original]) => ({ index, original }));
  for (const [index, first] of repeats) {
    const { id, fingerprint = "", recipients } = messages[first] as NewMessage;
    duplicates.push({ index, original: originals.get(first) ?? { id, fingerprint, recipients: recipients.length } });
  }
  return duplicates.toSorted((a, b) => a.index - b.index);
}
