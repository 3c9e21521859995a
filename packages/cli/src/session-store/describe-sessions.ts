import { CommandError } from "../harness/error.ts";
import { toTimestamp } from "../harness/envelope.ts";
import type { FileSessionStore } from "./file-session-store.ts";

/** A row of `session_details` [CMD-list-sessions-3]; null is what the file does not say. */
export interface SessionDetails {
  readonly session_id: string;
  readonly created_at: string | null;
  readonly last_modified: string | null;
  readonly prompt_count: number | null;
  readonly stopped: boolean | null;
  readonly error_kind?: string;
}

/** One row for each id. A session that cannot be used is reported in its place and fails nothing [ERR-7]. */
export async function describeSessions(store: FileSessionStore, ids: readonly string[]): Promise<SessionDetails[]> {
  const rows: SessionDetails[] = [];
  for (const id of ids) rows.push(await describeSession(store, id));
  return rows;
}

async function describeSession(store: FileSessionStore, id: string): Promise<SessionDetails> {
  try {
    const { record, modifiedAt } = await store.loadDated(id);
    const { createdAt, messages, stopReason } = record;
    return {
      session_id: id,
      created_at: createdAt,
      last_modified: toTimestamp(modifiedAt),
      prompt_count: messages.length,
      stopped: stopReason === null ? null : stopReason !== "completed",
    };
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown;
    const unknown = { created_at: null, last_modified: null, prompt_count: null, stopped: null };
    return { session_id: id, ...unknown, error_kind: thrown.kind };
  }
}
