import { spokenText } from "@parlatory/client";
import { useEffect, useSyncExternalStore } from "react";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { useRemoteEvent } from "../remote/use-remote-event.ts";
import type { Reader } from "./reader.ts";
import { useReadAloud } from "./use-read-aloud.ts";
import { useReader } from "./use-reader.ts";
import classes from "./voice.module.css";

/** Says the answers of a session as they come, while that is switched on for it ([CLIENT-7]). */
export function ReadAloud({ sessionId }: { sessionId: string }) {
  const reader = useReader();
  const { isOn, set } = useReadAloud(sessionId);
  if (reader === undefined || !isOn) return null;
  return (
    <>
      <Button look="quiet" aria-label="Answers are read aloud. Switch it off" onClick={() => set(false)}>
        <Icon name="speaker" />
      </Button>
      <Speech sessionId={sessionId} reader={reader} />
    </>
  );
}

function Speech({ sessionId, reader }: { sessionId: string; reader: Reader }) {
  useRemoteEvent("history", (change) => {
    if (change.sessionId !== sessionId) return;
    for (const message of change.added) {
      const text = spokenText(message, change);
      if (text !== undefined) reader.read(text);
    }
  });
  useEffect(() => {
    const stop = (): void => reader.stop();
    window.addEventListener("pagehide", stop);
    return () => {
      window.removeEventListener("pagehide", stop);
      stop();
    };
  }, [reader]);
  const isSpeaking = useSyncExternalStore(
    (notify) => reader.subscribe(notify),
    () => reader.isSpeaking,
  );
  if (!isSpeaking) return null;
  return (
    <span className={classes["speech"]} role="group" aria-label="Reading aloud">
      <Button look="quiet" aria-label="Next sentence" onClick={() => reader.skip()}>
        <Icon name="skip" />
      </Button>
      <Button look="quiet" aria-label="Stop reading" onClick={() => reader.stop()}>
        <Icon name="stop" />
      </Button>
    </span>
  );
}
