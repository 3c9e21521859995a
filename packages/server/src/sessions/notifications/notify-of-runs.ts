import type { PromptResult, RunDesk } from "../run-desk.ts";
import type { Notifier } from "./notifier.ts";

/** Connects the notifier to what happens to runs; returns what ends it. */
export function notifyOfRuns(
  runs: Pick<RunDesk, "listen">,
  notifier: Pick<Notifier, "needsInput" | "inputResolved" | "turnComplete" | "failed">,
): () => void {
  return runs.listen({
    onPermissionRequested: (request) => notifier.needsInput(request),
    onPermissionResolved: (resolved) => notifier.inputResolved(resolved),
    onResult: (result) => {
      switch (toEvent(result.ending)) {
        case "turn_complete":
          return notifier.turnComplete(result);
        case "failed":
          return notifier.failed(result);
        case undefined:
          return undefined;
      }
    },
  });
}

/** What somebody ended by hand is no news to anybody. */
function toEvent(ending: PromptResult["ending"]): "turn_complete" | "failed" | undefined {
  switch (ending) {
    case "success":
      return "turn_complete";
    case "error":
    case "lost":
      return "failed";
    case "interrupted":
    case "killed":
    case "cancelled":
      return undefined;
  }
}
