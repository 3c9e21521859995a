import type { PromptResult } from "../run-desk.ts";
import type { KillRequest, SessionWork } from "./session-work.ts";

/** What a run needs of its session's lane at its end. All but `exclusive` are for those who have it. */
export interface WorkLane {
  readonly sessionId: string;
  /** One after the other: no two steps that change who runs meet. */
  exclusive<Value>(step: () => Promise<Value>): Promise<Value>;
  /** Its lock is free, or passed on. */
  clear(work: SessionWork): void;
  /** This one runs next; it has its lock. */
  begin(work: SessionWork): void;
  /** Gives every prompt that waits its outcome; tell them after the kill. */
  cancelWaiting(): Promise<readonly PromptResult[]>;
  tellKilled(request: KillRequest, running: string | undefined): void;
  tellResult(result: PromptResult): void;
  /** Starts the next prompt that may run, if any. */
  advance(): Promise<void>;
  /** What waits is looked at again soon. */
  advanceLater(): void;
  /** A prompt of this session waits for a run, here or on another server. */
  noteWaiting(promptId: string, clientSessionId: string): void;
}

/** Several may kill at once: each is told, and the queue stays only if all of them keep it. */
export function mergeKill(
  had: KillRequest | undefined,
  next: { asker: KillRequest["askers"][number]; keepQueue: boolean },
): KillRequest {
  return {
    askers: [...(had?.askers ?? []), next.asker],
    keepQueue: next.keepQueue && (had?.keepQueue ?? true),
  };
}
