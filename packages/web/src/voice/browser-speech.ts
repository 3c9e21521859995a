import type { Listening, ListeningHandlers, ListeningProblem, SpeechServices, Utterance } from "./speech-services.ts";

/** The parts of the Web Speech API that are used; the types of the platform leave recognition out. */
interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onresult: ((event: { readonly results: ArrayLike<RecognitionResult> }) => void) | null;
  onerror: ((event: { readonly error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  stop(): void;
  abort(): void;
}
interface RecognitionResult {
  readonly isFinal: boolean;
  readonly [alternative: number]: { readonly transcript: string };
}
type RecognitionConstructor = new () => Recognition;

const problems: Readonly<Record<string, ListeningProblem>> = {
  "not-allowed": "denied",
  "service-not-allowed": "denied",
  "audio-capture": "no_microphone",
  "no-speech": "no_speech",
  network: "network",
  "language-not-supported": "language",
};

/** The browser's own services. Where it has none of a kind, that part is absent. */
export function browserSpeech(
  page: Window & {
    readonly SpeechRecognition?: RecognitionConstructor;
    readonly webkitSpeechRecognition?: RecognitionConstructor;
  },
): SpeechServices {
  const Constructor = page.SpeechRecognition ?? page.webkitSpeechRecognition;
  const synthesis = "speechSynthesis" in page ? page.speechSynthesis : undefined;
  return {
    hearing:
      Constructor === undefined
        ? undefined
        : { start: (language, handlers) => listen(new Constructor(), language, handlers) },
    speaking: synthesis === undefined ? undefined : speaking(synthesis),
  };
}

function listen(recognition: Recognition, language: string, handlers: ListeningHandlers): Listening {
  let problem: ListeningProblem | undefined;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    handlers.ended(problem);
  };
  recognition.lang = language;
  recognition.continuous = true;
  recognition.interimResults = true;
  recognition.onresult = ({ results }) => {
    const parts = Array.from(results, (result) => ({
      isFinal: result.isFinal,
      text: (result[0]?.transcript ?? "").trim(),
    }));
    handlers.heard({
      final: joinParts(parts.filter(({ isFinal }) => isFinal)),
      interim: joinParts(parts.filter(({ isFinal }) => !isFinal)),
    });
  };
  recognition.onerror = ({ error }) => {
    // Given up on purpose is no problem.
    if (error !== "aborted") problem = problems[error] ?? "failed";
  };
  recognition.onend = end;
  try {
    recognition.start();
  } catch {
    problem = "failed";
    queueMicrotask(end);
  }
  return { stop: () => recognition.stop(), abort: () => recognition.abort() };
}

/** A part that begins with the one before it replaces it: some browsers on phones say everything again each time. */
function joinParts(parts: readonly { readonly text: string }[]): string {
  const kept: string[] = [];
  for (const { text } of parts) {
    const last = kept.at(-1);
    if (last !== undefined && last !== "" && text.startsWith(`${last} `)) kept.pop();
    if (text !== "") kept.push(text);
  }
  return kept.join(" ");
}

function speaking(synthesis: SpeechSynthesis): NonNullable<SpeechServices["speaking"]> {
  /** Kept while it is said: browsers forget utterances that nobody holds, and then never say that they ended. */
  let current: SpeechSynthesisUtterance | undefined;
  return {
    voices: () => synthesis.getVoices().map(({ voiceURI, name, lang }) => ({ id: voiceURI, name, language: lang })),
    onVoices(listener) {
      synthesis.addEventListener("voiceschanged", listener);
      return () => synthesis.removeEventListener("voiceschanged", listener);
    },
    speak({ text, voiceId, language, rate, ended }: Utterance) {
      const utterance = new SpeechSynthesisUtterance(text);
      const voice = synthesis.getVoices().find(({ voiceURI }) => voiceURI === voiceId);
      if (voice !== undefined) utterance.voice = voice;
      utterance.lang = voice?.lang ?? language;
      utterance.rate = rate;
      const finish = (): void => {
        if (current !== utterance) return;
        current = undefined;
        ended();
      };
      utterance.addEventListener("end", finish);
      utterance.addEventListener("error", finish);
      current = utterance;
      synthesis.speak(utterance);
    },
    silence() {
      current = undefined;
      synthesis.cancel();
    },
    unlock() {
      const empty = new SpeechSynthesisUtterance(" ");
      empty.volume = 0;
      synthesis.speak(empty);
    },
  };
}
