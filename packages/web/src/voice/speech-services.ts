/**
 * Hearing and speaking, as the app uses them: a port over what a browser may or may not have. What is given up or fails says
 * why in a word of this app, whatever the browser calls it.
 */
export type ListeningProblem =
  /** The person, or a rule of the browser, does not let the page use the microphone. */
  | "denied"
  | "no_microphone"
  /** Nothing was heard that is speech. */
  | "no_speech"
  /** The browser's service for speech cannot be reached. */
  | "network"
  /** It does not know the language. */
  | "language"
  | "failed";

export interface ListeningHandlers {
  /** All that was understood since the start: what is certain, and what may still change. */
  heard(text: { readonly final: string; readonly interim: string }): void;
  /** Nothing more comes. Without a problem it was stopped, or the speaker paused for long. */
  ended(problem: ListeningProblem | undefined): void;
}

export interface Listening {
  /** What was said until now is still understood; `ended` follows. */
  stop(): void;
  /** What was not understood yet is thrown away; `ended` follows. */
  abort(): void;
}

export interface VoiceChoice {
  readonly id: string;
  readonly name: string;
  /** BCP 47. */
  readonly language: string;
}

export interface Utterance {
  readonly text: string;
  /** Undefined: the browser chooses for the language. */
  readonly voiceId: string | undefined;
  readonly language: string;
  /** 1 is the voice's own. */
  readonly rate: number;
  /** It was said, or could not be. */
  readonly ended: () => void;
}

export interface SpeechServices {
  /** Absent where the browser cannot hear. `start` throws nothing: what goes wrong comes by `ended`. */
  readonly hearing: { start(language: string, handlers: ListeningHandlers): Listening } | undefined;
  /** Absent where the browser cannot speak. */
  readonly speaking:
    | {
        voices(): readonly VoiceChoice[];
        /** Browsers find their voices late. */
        onVoices(listener: () => void): () => void;
        speak(utterance: Utterance): void;
        /** Nothing that was given is said any more; their `ended` is not called. */
        silence(): void;
        /** Some browsers speak only after they did once in answer to a tap: call it in one. */
        unlock(): void;
      }
    | undefined;
}
