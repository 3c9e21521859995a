/** Killing and unlocking ([LOCK-7], [LOCK-8]). */
import { parseUuid } from "@parlatory/protocol/remote";
import type { Routes } from "../route.ts";
import { toSessionKilled } from "../wire/run-wire.ts";

export const LOCK_ROUTES: Routes<"kill_session" | "unlock_session"> = {
  kill_session: {
    turn: "aside",
    async handle({ peer, services, correlationId, answer }, message) {
      const { session_id: sessionId, run_id: runId, keep_queue: keepQueue = false } = message;
      if (parseUuid(sessionId) === undefined) {
        // No session has such an id, and an unknown one gets the same answer.
        answer(toSessionKilled(sessionId));
        return;
      }
      const awaited = services.pushes.awaited.await("session_killed", sessionId, peer, correlationId);
      try {
        await services.runs.kill({ sessionId, runId, keepQueue, asker: peer.asker });
        if (!awaited.wasSent) answer(toSessionKilled(sessionId));
      } finally {
        awaited.end();
      }
    },
  },
  unlock_session: {
    turn: "aside",
    async handle({ peer, services, answer }, { session_id: sessionId, run_id: runId, force = false }) {
      const { wasLocked, killedRunId } =
        parseUuid(sessionId) === undefined
          ? { wasLocked: false, killedRunId: undefined }
          : await services.runs.unlock({ sessionId, runId, force, asker: peer.asker });
      answer({
        type: "session_unlocked",
        session_id: sessionId,
        was_locked: wasLocked,
        ...(killedRunId === undefined ? {} : { killed_run_id: killedRunId }),
      });
    },
  },
};
