/**
 * Speaking into a text. States: off → listening → ending → off; the words that are certain go into the text at once, what may
 * still change is only shown. Nothing is ever sent by it.
 */
import { useEffect, useRef, useState } from "react";
import { describeListeningProblem } from "./describe-listening-problem.ts";
import { insertTranscript } from "./insert-transcript.ts";
import type { Listening } from "./speech-services.ts";
import { useSpeech } from "./speech-context.ts";
import { useReader } from "./use-reader.ts";
import { voiceStore } from "./voice-store.ts";

export interface Dictation {
  /** False: the browser cannot hear. */
  readonly isAvailable: boolean;
  readonly isListening: boolean;
  /** What was understood and may still change. */
  readonly interim: string;
  readonly problem: string | undefined;
  readonly start: () => void;
  readonly stop: () => void;
  /** Takes what may still change as it is, and ends at once. */
  readonly finish: () => void;
}

interface Current {
  listening: Listening | undefined;
  /** What stands in the text of it. */
  inserted: string;
  interim: string;
}

/** `options` must do the same for as long as the component is shown. */
export function useDictation(options: { read: () => string; write: (text: string) => void }): Dictation {
  const { hearing } = useSpeech();
  const reader = useReader();
  const current = useRef<Current>(undefined);
  const [isListening, setListening] = useState(false);
  const [interim, setInterim] = useState("");
  const [problem, setProblem] = useState<string>();
  const insert = (session: Current, now: string): void => {
    const text = options.read();
    const next = insertTranscript(text, session.inserted, now);
    session.inserted = now;
    if (next !== text) options.write(next);
  };
  const takeInterim = (session: Current): void => {
    if (session.interim === "") return;
    insert(session, session.inserted === "" ? session.interim : `${session.inserted} ${session.interim}`);
  };
  const leave = (): void => {
    current.current = undefined;
    setListening(false);
    setInterim("");
  };
  const start = (): void => {
    if (hearing === undefined || current.current !== undefined) return;
    reader?.stop();
    setProblem(undefined);
    setListening(true);
    const session: Current = { listening: undefined, inserted: "", interim: "" };
    current.current = session;
    session.listening = hearing.start(voiceStore.preferences().language ?? navigator.language, {
      heard: ({ final, interim: open }) => {
        if (current.current !== session) return;
        insert(session, final);
        session.interim = open;
        setInterim(open);
      },
      ended: (why) => {
        if (current.current !== session) return;
        takeInterim(session);
        leave();
        if (why !== undefined) setProblem(describeListeningProblem(why));
      },
    });
  };
  const finish = (): void => {
    const session = current.current;
    if (session === undefined) return;
    takeInterim(session);
    leave();
    session.listening?.abort();
  };
  useEffect(
    () => () => {
      current.current?.listening?.abort();
      current.current = undefined;
    },
    [],
  );
  return {
    isAvailable: hearing !== undefined,
    isListening,
    interim,
    problem,
    start,
    stop: () => current.current?.listening?.stop(),
    finish,
  };
}
