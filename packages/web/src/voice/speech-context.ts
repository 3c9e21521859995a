import { createContext, use } from "react";
import { browserSpeech } from "./browser-speech.ts";
import type { SpeechServices } from "./speech-services.ts";

/** Replaces what the browser has. */
export const SpeechContext = createContext<SpeechServices | undefined>(undefined);

let ofBrowser: SpeechServices | undefined;

export function useSpeech(): SpeechServices {
  const given = use(SpeechContext);
  if (given !== undefined) return given;
  ofBrowser ??= browserSpeech(window);
  return ofBrowser;
}
