import type { CommandContext } from "../harness/context.ts";
import { absolutePath } from "./absolute-path.ts";
import { toSessionRow, type SessionRow } from "./session-row.ts";
import { withRemote } from "./with-remote.ts";

export interface ListArguments {
  readonly directory: string | undefined;
  readonly agent: string | undefined;
  readonly limit: number;
  readonly url: string | undefined;
}

/** A server gives at most so many at once. */
const pageSize = 200;

export async function listSessions(
  context: CommandContext,
  { directory, agent, limit, url }: ListArguments,
): Promise<{ sessions: readonly SessionRow[]; total_count: number; has_more: boolean }> {
  const workingDirectory = directory === undefined ? undefined : absolutePath(context.workingDirectory, directory);
  return withRemote(context, { url, subject: { operation: "list_sessions" } }, async (client) => {
    const sessions: SessionRow[] = [];
    let cursor: string | undefined;
    for (;;) {
      const wanted = Math.min(pageSize, limit - sessions.length);
      const page = await client.sessions.list({ workingDirectory, agent, limit: wanted, cursor });
      sessions.push(...page.sessions.map(toSessionRow));
      const { next_cursor: next, has_more: hasMore, total_count: totalCount } = page;
      if (next === null || !hasMore || sessions.length >= limit) {
        return { sessions, total_count: totalCount, has_more: hasMore };
      }
      cursor = next;
    }
  });
}
