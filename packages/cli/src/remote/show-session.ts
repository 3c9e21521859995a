import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import type { CommandContext } from "../harness/context.ts";
import { historySettled } from "./history-settled.ts";
import { toMessageRow, toSessionRow, type MessageRow, type SessionRow } from "./session-row.ts";
import { withRemote } from "./with-remote.ts";

export interface ShowArguments {
  readonly sessionId: string;
  readonly last: number;
  readonly url: string | undefined;
}

export interface ShownSession extends SessionRow {
  readonly created_at: string;
  readonly permission_mode: string;
  readonly queued_prompts: number;
  readonly granted_tools: readonly string[];
  readonly model: string | null;
  readonly context_tokens: number | null;
  readonly total_cost_usd: number | null;
}

export interface SessionAnswer {
  readonly session_id: string;
  readonly session: ShownSession;
  readonly messages: readonly MessageRow[];
  readonly has_older: boolean;
}

/** The session and its newest messages. Errors: `session_not_found`. */
export async function showSession(
  context: CommandContext,
  { sessionId, last, url }: ShowArguments,
): Promise<SessionAnswer> {
  const subject = { target: sessionId, operation: "resolve_session", notFound: "session_not_found" } as const;
  return withRemote(context, { url, subject }, async (client) => {
    const session = await client.sessions.info(sessionId);
    if (last === 0) {
      const hasOlder = session.message_count > 0;
      return { session_id: session.session_id, session: toShown(session), messages: [], has_older: hasOlder };
    }
    const follow = client.follow(sessionId, { limit: last, fillGaps: false });
    await historySettled(client, follow);
    while (follow.view.messages.length < last && (await follow.loadOlder(last - follow.view.messages.length)) > 0);
    const messages = follow.view.messages.slice(-last);
    return {
      session_id: session.session_id,
      session: toShown(session),
      messages: messages.map(toMessageRow),
      has_older: (messages[0]?.seq ?? 1) > 1,
    };
  });
}

function toShown(session: RemoteSessionDetail): ShownSession {
  return {
    ...toSessionRow(session),
    created_at: session.created_at,
    permission_mode: session.permission_mode,
    queued_prompts: session.queued_prompts,
    granted_tools: session.granted_tools,
    model: session.model ?? null,
    context_tokens: session.context_tokens ?? null,
    total_cost_usd: session.total_cost_usd ?? null,
  };
}
