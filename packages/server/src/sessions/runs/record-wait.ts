/** Until the agent's own record of a finished turn is in the log and was told ([PROMPT-12]). */
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { SessionCatalog } from "../catalog.ts";

const longestMs = 2_000;
const firstPauseMs = 5;
const longestPauseMs = 100;

export interface RecordWait {
  readonly catalog: Pick<SessionCatalog, "refresh" | "tail">;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** Resolves when the record is there, or after two seconds: then the rest goes on without it. */
export async function waitForRecord(sessionId: string, promptId: string, parts: RecordWait): Promise<void> {
  const until = parts.clock.now() + longestMs;
  let isOver = false;
  const timer = Promise.withResolvers<void>();
  const cancel = parts.scheduler.after(longestMs, () => {
    isOver = true;
    timer.resolve();
  });
  const look = async () => {
    for (let pauseMs = firstPauseMs; !isOver; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      if (await isRecorded(sessionId, promptId, parts)) return;
      const leftMs = until - parts.clock.now();
      if (leftMs > 0) await pause(Math.min(pauseMs, leftMs), parts.scheduler);
    }
  };
  try {
    await Promise.race([look(), timer.promise]);
  } finally {
    isOver = true;
    cancel();
  }
}

/** After it everything that the session's file holds now was told. A catalog in trouble does not hold a result up. */
export async function refreshLog(sessionId: string, { catalog, log }: RecordWait): Promise<void> {
  try {
    await catalog.refresh(sessionId);
  } catch (error) {
    log.warn("the end of a run could not be read from the session's file", { sessionId, error });
  }
}

async function isRecorded(sessionId: string, promptId: string, parts: RecordWait): Promise<boolean> {
  await refreshLog(sessionId, parts);
  try {
    const tail = await parts.catalog.tail(sessionId);
    if (tail?.isTurnFinished !== true) return false;
    return (await tail.answerTo(promptId))?.isFinished === true;
  } catch {
    return false; // told by refreshLog
  }
}

function pause(ms: number, scheduler: Scheduler): Promise<void> {
  return new Promise((resolve) => void scheduler.after(ms, resolve));
}
