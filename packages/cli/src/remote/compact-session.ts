import type { CommandContext } from "../harness/context.ts";
import { withRemote } from "./with-remote.ts";

export interface CompactPayload {
  readonly session_id: string;
  readonly pre_tokens: number | null;
  readonly post_tokens: number | null;
}

/** Waits for the agent, up to an hour. Errors: `session_not_found`, `session_locked`, `compaction_failed`. */
export async function compactSession(
  context: CommandContext,
  args: { readonly sessionId: string; readonly instructions: string | undefined; readonly url: string | undefined },
): Promise<CompactPayload> {
  const { sessionId, instructions, url } = args;
  const subject = { target: sessionId, operation: "compact", notFound: "session_not_found" } as const;
  return withRemote(context, { url, subject }, async (client) => {
    const done = await client.sessions.compact(sessionId, instructions);
    return {
      session_id: done.session_id,
      pre_tokens: done.pre_tokens ?? null,
      post_tokens: done.post_tokens ?? null,
    };
  });
}
