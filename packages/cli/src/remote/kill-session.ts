import type { CommandContext } from "../harness/context.ts";
import { withRemote } from "./with-remote.ts";

export async function killSession(
  context: CommandContext,
  args: { readonly sessionId: string; readonly keepQueue: boolean; readonly url: string | undefined },
): Promise<{ session_id: string; killed: true }> {
  const { sessionId, keepQueue, url } = args;
  await withRemote(context, { url, subject: { target: sessionId, operation: "kill_session" } }, (client) =>
    client.sessions.kill(sessionId, { keepQueue }),
  );
  return { session_id: sessionId, killed: true };
}
