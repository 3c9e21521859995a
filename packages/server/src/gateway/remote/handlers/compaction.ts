/** Compactions ([COMPACT-1] to [COMPACT-6]); the result is pushed. */
import { RemoteError, parseUuid } from "@parlatory/protocol/remote";
import type { Call, Routes } from "../route.ts";

export const COMPACTION_ROUTES: Routes<"compact_session"> = {
  compact_session: {
    turn: "ordered",
    async handle(call, { session_id: id, instructions }) {
      const { peer, services, correlationId, answer } = call;
      if (id === undefined || id === "") {
        // For a general error handler and for one that waits for the compaction ([COMPACT-2]).
        const text = "session_id required in compact_session message";
        answer({ type: "error", message: text, code: "missing_field", retryable: false });
        answer({ type: "compaction_error", session_id: "", error: text });
        return;
      }
      const sessionId = await resolve(call, id);
      if (sessionId === undefined) {
        answer({ type: "compaction_error", session_id: id, error: `Session not found: ${id}` });
        return;
      }
      const awaited = services.pushes.awaited.await("compaction", sessionId, peer, correlationId);
      try {
        await services.runs.compact({ sessionId, instructions, asker: peer.asker });
      } catch (error) {
        awaited.end();
        if (!(error instanceof RemoteError) || error.code === "io_error" || error.code === "internal") throw error;
        answer({ type: "compaction_error", session_id: sessionId, error: error.message });
      }
    },
  },
};

/** A session's own id wins; else the current session of the client session of that id ([COMPACT-1]). */
async function resolve({ peer, services }: Call, id: string): Promise<string | undefined> {
  if (parseUuid(id) !== undefined && (await services.catalog.find(id)) !== undefined) return id;
  const open = id === peer.clientSession.id ? peer.clientSession : services.pushes.audience.clientSession(id);
  return open === undefined ? (await services.clientSessions.find(id))?.currentSessionId : open.currentSessionId;
}
