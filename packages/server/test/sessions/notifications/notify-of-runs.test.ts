import { expect, test } from "vitest";
import { notifyOfRuns } from "../../../src/sessions/notifications/notify-of-runs.ts";
import type {
  PendingPermission,
  PromptResult,
  ResolvedPermission,
  RunListener,
} from "../../../src/sessions/run-desk.ts";

test("[PUSH-2] [APPROVE-1] questions, ends and failures of runs are told; what somebody ended by hand is not", () => {
  const listeners = new Set<RunListener>();
  const told: string[] = [];
  const stop = notifyOfRuns(
    {
      listen: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    {
      needsInput: ({ requestId, summary }) => void told.push(`question ${requestId}: ${summary}`),
      inputResolved: ({ requestId }) => void told.push(`answer ${requestId}`),
      turnComplete: ({ clientSessionId, text }) => void told.push(`complete ${clientSessionId}: ${text}`),
      failed: ({ clientSessionId, text }) => void told.push(`failed ${clientSessionId}: ${text}`),
    },
  );
  const [listener] = listeners;
  listener?.onPermissionRequested?.({ requestId: "q", sessionId: "s", summary: "Bash ls" } as PendingPermission);
  listener?.onPermissionResolved?.({ requestId: "q", sessionId: "s" } as ResolvedPermission);
  for (const ending of ["success", "error", "interrupted", "killed", "cancelled", "lost"] as const) {
    listener?.onResult?.({ ending, text: ending, sessionId: "s", clientSessionId: "c" } as PromptResult);
  }
  expect(told).toEqual(["question q: Bash ls", "answer q", "complete c: success", "failed c: error", "failed c: lost"]);
  stop();
  expect(listeners.size).toBe(0);
});
