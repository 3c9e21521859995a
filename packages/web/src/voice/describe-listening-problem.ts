import type { ListeningProblem } from "./speech-services.ts";

const words: Readonly<Record<ListeningProblem, string>> = {
  denied:
    "The browser does not let this page use the microphone. Allow it in the browser’s settings for this page, which must be opened by https or on the server’s own machine.",
  no_microphone: "No microphone was found. Connect one, or end what else uses it, and try again.",
  no_speech: "Nothing was heard. Hold the button while you speak, closer to the microphone.",
  network: "The browser’s speech service cannot be reached. Check the connection, or type instead.",
  language: "The browser’s speech service does not know the chosen language. Choose another one in the settings.",
  failed: "The browser could not listen. Try again, or type instead.",
};

/** In words, with what to do. */
export function describeListeningProblem(problem: ListeningProblem): string {
  return words[problem];
}
