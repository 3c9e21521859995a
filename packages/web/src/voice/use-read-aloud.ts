import { useSyncExternalStore } from "react";
import { useSpeech } from "./speech-context.ts";
import { useReader } from "./use-reader.ts";
import { voiceStore } from "./voice-store.ts";

/** Whether the answers of a session are read aloud on this device; off until it is switched on. */
export function useReadAloud(sessionId: string): {
  /** False: the browser cannot speak. */
  readonly isAvailable: boolean;
  readonly isOn: boolean;
  /** In answer to a tap, because only then some browsers let the page speak at all. */
  readonly set: (isOn: boolean) => void;
} {
  const { speaking } = useSpeech();
  const reader = useReader();
  const isOn = useSyncExternalStore(voiceStore.subscribe, () => voiceStore.isReadAloud(sessionId));
  return {
    isAvailable: speaking !== undefined,
    isOn,
    set(next) {
      if (next) speaking?.unlock();
      else reader?.stop();
      voiceStore.setReadAloud(sessionId, next);
    },
  };
}
