import { Reader } from "./reader.ts";
import { useSpeech } from "./speech-context.ts";
import type { SpeechServices } from "./speech-services.ts";
import { voiceStore } from "./voice-store.ts";

const readers = new WeakMap<NonNullable<SpeechServices["speaking"]>, Reader>();

/** The one voice of the app; undefined where the browser cannot speak. */
export function useReader(): Reader | undefined {
  const { speaking } = useSpeech();
  if (speaking === undefined) return undefined;
  const known = readers.get(speaking);
  if (known !== undefined) return known;
  const reader = new Reader({
    speaking,
    preferences: () => voiceStore.preferences(),
    defaultLanguage: navigator.language,
  });
  readers.set(speaking, reader);
  return reader;
}
