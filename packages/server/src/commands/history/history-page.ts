import { RemoteError } from "@parlatory/protocol/remote";
import type { CommandRecord } from "./command-record.ts";

/** [CMDHIST-5]: anything else than 1 to `most` means `usual`. */
export const HISTORY_LIMIT = { usual: 50, most: 500 } as const;

export function compareNewestFirst(a: CommandRecord, b: CommandRecord): number {
  return compareKeys(a.startedAt, a.commandSessionId, b.startedAt, b.commandSessionId);
}

/** A cursor names the last entry of the page before, so that entries may come and leave between two pages. */
export function pageOf(
  records: readonly CommandRecord[],
  limit: number,
  cursor: string | undefined,
): { records: readonly CommandRecord[]; nextCursor: string | null } {
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const rest = records
    .filter(
      (record) =>
        after === undefined ||
        compareKeys(after.startedAt, after.commandSessionId, record.startedAt, record.commandSessionId) < 0,
    )
    .sort(compareNewestFirst);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const hasMore = last !== undefined && rest.length > page.length;
  return { records: page, nextCursor: hasMore ? `${last.startedAt}.${last.commandSessionId}` : null };
}

function parseCursor(cursor: string): { startedAt: number; commandSessionId: string } {
  const [, startedAt, commandSessionId] = /^(\d{1,16})\.(cmd-[0-9a-f-]{36})$/.exec(cursor) ?? [];
  if (startedAt === undefined || commandSessionId === undefined) {
    throw new RemoteError(
      "invalid_field",
      "cursor must be the next_cursor of an answer in get_command_history message",
    );
  }
  return { startedAt: Number(startedAt), commandSessionId };
}

function compareKeys(startedAt: number, id: string, otherStartedAt: number, otherId: string): number {
  if (startedAt !== otherStartedAt) return otherStartedAt - startedAt;
  return id < otherId ? -1 : Number(id > otherId);
}
