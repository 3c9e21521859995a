import { invariant } from "@parlatory/protocol";
import { dropNulls, instant, type Sql } from "../../sql.ts";
import type { AcceptRequest, AcceptResult, PromptOutcome, PromptRow, PromptState } from "../../remote-store.ts";
import { enqueueDelivery } from "./delivery-operations.ts";
import { releaseLease, takeLease } from "./lease-operations.ts";

const PROMPT_COLUMNS = `p.prompt_id AS "promptId", p.session_id AS "sessionId", p.client_session_id AS "clientSessionId",
  p.fingerprint, r.request_json AS "requestJson", p.state, p.position, p.run_id AS "runId", p.accepted_at AS "acceptedAt",
  p.finished_at AS "finishedAt", p.outcome_json AS "outcomeJson", p.message_id AS "messageId"`;

const PROMPTS = "remote_prompts p JOIN remote_prompt_requests r ON r.prompt_id = p.prompt_id";

/** A prompt that waits has no outcome and no run yet. */
const WAITING = "session_id = ? AND finished_at IS NULL AND run_id IS NULL";

/**
 * Whatever the answer, the prompt is recorded with its place and its lock or not at all. Prompts of one session are
 * accepted one after the other; those of different sessions do not meet.
 */
export async function acceptPrompt(sql: Sql, request: AcceptRequest): Promise<AcceptResult> {
  const { prompt, lease, now } = request;
  await sql.lock(`remote prompts ${prompt.sessionId}`);
  const known = await findPrompt(sql, prompt.promptId);
  if (known !== undefined) return { outcome: "known", prompt: known };

  let isQueued = lease === undefined;
  if (lease !== undefined) {
    const result = await takeLease(sql, lease, now);
    isQueued = result.outcome === "held";
    if (isQueued && request.maxQueued === undefined) return { outcome: "locked", lease: result.lease };
  }
  const waiting = await listWaiting(sql, prompt.sessionId);
  if (isQueued && waiting.length >= (request.maxQueued ?? Number.POSITIVE_INFINITY)) return { outcome: "queue_full" };

  // Without a lease of its own it may still belong to a run: one that it is put into.
  const runId = lease === undefined ? prompt.runId : isQueued ? undefined : lease.runId;
  const isFirst = request.front === true || runId !== undefined;
  const position = await takePosition(sql, prompt.sessionId, { waiting, isFirst });
  const isRecorded = await insertPrompt(sql, { ...prompt, runId, position });
  if (!isRecorded) {
    // The same id came for another session at the same moment: that one counts, and what was taken here goes back.
    if (lease !== undefined) await releaseLease(sql, prompt.sessionId, lease.runId);
    const winner = await findPrompt(sql, prompt.promptId);
    invariant(winner !== undefined, "a prompt id that is in use has a prompt");
    return { outcome: "known", prompt: winner };
  }
  await sql.run("UPDATE remote_client_sessions SET last_used_at = ? WHERE id = ?", [
    instant(now),
    prompt.clientSessionId,
  ]);
  if (runId !== undefined) return { outcome: "accepted", queuePosition: 0 };
  return { outcome: "accepted", queuePosition: isFirst ? 1 : waiting.length + 1 };
}

async function listWaiting(sql: Sql, sessionId: string): Promise<number[]> {
  const rows = await sql.all<{ position: number }>(
    `SELECT position FROM remote_prompts WHERE ${WAITING} ORDER BY position`,
    [sessionId],
  );
  return rows.map(({ position }) => position);
}

/** Makes room before those that wait, or goes after all that have no outcome. */
async function takePosition(
  sql: Sql,
  sessionId: string,
  { waiting: [first], isFirst }: { waiting: readonly number[]; isFirst: boolean },
): Promise<number> {
  if (isFirst && first !== undefined) {
    await sql.run(`UPDATE remote_prompts SET position = position + 1 WHERE ${WAITING}`, [sessionId]);
    return first;
  }
  const last = await sql.first<{ position: number }>(
    "SELECT position FROM remote_prompts WHERE session_id = ? AND finished_at IS NULL ORDER BY position DESC LIMIT 1",
    [sessionId],
  );
  return (last?.position ?? 0) + 1;
}

async function insertPrompt(sql: Sql, prompt: PromptRow): Promise<boolean> {
  const inserted = await sql.run(
    `INSERT INTO remote_prompts (prompt_id, session_id, client_session_id, fingerprint, state, position, run_id,
       accepted_at, finished_at, outcome_json, message_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (prompt_id) DO NOTHING`,
    [
      prompt.promptId,
      prompt.sessionId,
      prompt.clientSessionId,
      prompt.fingerprint,
      prompt.state,
      prompt.position,
      prompt.runId,
      instant(prompt.acceptedAt),
      instant(prompt.finishedAt),
      prompt.outcomeJson,
      prompt.messageId,
    ],
  );
  if (inserted === 0) return false;
  await sql.run("INSERT INTO remote_prompt_requests (prompt_id, request_json) VALUES (?, ?)", [
    prompt.promptId,
    prompt.requestJson,
  ]);
  return true;
}

export async function findPrompt(sql: Sql, promptId: string): Promise<PromptRow | undefined> {
  const row = await sql.first<PromptRow>(`SELECT ${PROMPT_COLUMNS} FROM ${PROMPTS} WHERE p.prompt_id = ?`, [promptId]);
  return row === undefined ? undefined : dropNulls(row);
}

export async function listPromptIds(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.all<{ promptId: string }>(
    `SELECT prompt_id AS "promptId" FROM remote_prompts ORDER BY accepted_at DESC, prompt_id LIMIT ?`,
    [limit],
  );
  return rows.map(({ promptId }) => promptId).reverse();
}

export async function listOpenPrompts(sql: Sql, sessionId?: string): Promise<PromptRow[]> {
  const ofSession = sessionId === undefined ? "" : "AND p.session_id = ?";
  const rows = await sql.all<PromptRow>(
    `SELECT ${PROMPT_COLUMNS} FROM ${PROMPTS} WHERE p.finished_at IS NULL ${ofSession} ORDER BY p.session_id, p.position`,
    sessionId === undefined ? [] : [sessionId],
  );
  return rows.map(dropNulls);
}

export async function movePrompt(
  sql: Sql,
  request: { promptId: string; from: readonly PromptState[]; to: PromptState; runId?: string | undefined },
): Promise<boolean> {
  const moved = await sql.run(
    `UPDATE remote_prompts SET state = ?, run_id = COALESCE(?, run_id)
     WHERE prompt_id = ? AND finished_at IS NULL AND state = ANY(?)`,
    [request.to, request.runId, request.promptId, request.from],
  );
  return moved === 1;
}

/** Outcome, lock and message in one ([PROMPT-12], [RDLV-1]); the first outcome stands. */
export async function finishPrompt(sql: Sql, outcome: PromptOutcome): Promise<boolean> {
  const finished = await sql.first<{ sessionId: string }>(
    `UPDATE remote_prompts SET state = ?, outcome_json = ?, finished_at = ?, message_id = ?
     WHERE prompt_id = ? AND finished_at IS NULL RETURNING session_id AS "sessionId"`,
    [outcome.state, outcome.outcomeJson, instant(outcome.finishedAt), outcome.delivery?.messageId, outcome.promptId],
  );
  if (finished === undefined) return false;
  if (outcome.requestJson !== undefined) {
    await sql.run("UPDATE remote_prompt_requests SET request_json = ? WHERE prompt_id = ?", [
      outcome.requestJson,
      outcome.promptId,
    ]);
  }
  if (outcome.releaseRunId !== undefined) await releaseLease(sql, finished.sessionId, outcome.releaseRunId);
  if (outcome.delivery !== undefined) await enqueueDelivery(sql, outcome.delivery, outcome.finishedAt);
  return true;
}
