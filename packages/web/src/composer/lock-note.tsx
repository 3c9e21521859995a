import { useEffect, useReducer } from "react";
import { Ago } from "../design/ago.tsx";
import { Button } from "../design/button.tsx";
import { useLock } from "../remote/use-lock.ts";
import type { SessionActivity } from "../session/session-activity.ts";
import { useUnlock } from "../session/use-unlock.tsx";
import { usePromptDesk } from "./use-prompt-desk.ts";
import classes from "./composer.module.css";

const lookAgainMs = 10_000;
const holders: Readonly<Record<SessionActivity["kind"], string>> = {
  unknown: "",
  idle: "",
  running: "A prompt is running",
  asking: "A prompt waits for your answer",
  compacting: "The session is being compacted",
  recovering: "The server is ending what an earlier run left behind",
  elsewhere: "Another program drives this session",
  gone: "The session's file is gone; a prompt may be refused",
};

/** What the line under the conversation says already, as long as something is heard of it. */
const toldElsewhere: ReadonlySet<SessionActivity["kind"]> = new Set(["running", "asking", "compacting", "recovering"]);

/** What stands in the way of a prompt and since when; a way out where it looks stuck ([CLIENT-6], [LOCK-8]). */
export function LockNote({ sessionId, activity }: { sessionId: string; activity: SessionActivity }) {
  const desk = usePromptDesk();
  const lock = useLock(sessionId);
  const { unlock, isAsking, message, dialog } = useUnlock(sessionId);
  useRegularLook(lock !== undefined);
  const sinceMs = desk.takenSinceMs(sessionId) ?? lock?.sinceMs;
  const isStuck = lock?.looksStuck === true;
  const holder = toldElsewhere.has(activity.kind) && !isStuck ? "" : holders[activity.kind];
  if (holder === "") {
    return (
      <>
        {message === undefined ? null : <p role="status">{message}</p>}
        {dialog}
      </>
    );
  }
  return (
    <div className={classes["lock"]}>
      <p role="status">
        {holder}
        {sinceMs === undefined || !activity.isBusy ? null : (
          <>
            , since <Ago at={new Date(sinceMs).toISOString()} />
          </>
        )}
        {isStuck ? ". Nothing was heard of it for a while." : null}
        {message === undefined ? null : ` ${message}`}
      </p>
      {isStuck ? (
        <Button disabled={isAsking} onClick={unlock}>
          Unlock
        </Button>
      ) : null}
      {dialog}
    </div>
  );
}

/** That nothing was heard shows by no event. */
function useRegularLook(isOn: boolean): void {
  const [, look] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => look(), lookAgainMs);
    return () => clearInterval(timer);
  }, [isOn]);
}
