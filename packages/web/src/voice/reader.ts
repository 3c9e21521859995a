/**
 * Reads texts aloud, sentence by sentence, in the order in which they came. It must not know sessions or React.
 * States: quiet ⇄ speaking. A bounded queue: what comes on top of a full one is left out, and said so once.
 */
import type { SpeechServices } from "./speech-services.ts";
import { splitSentences } from "./split-sentences.ts";
import type { VoicePreferences } from "./voice-preferences.ts";

export interface ReaderOptions {
  readonly speaking: NonNullable<SpeechServices["speaking"]>;
  /** As they are when a sentence begins. */
  readonly preferences: () => VoicePreferences;
  readonly defaultLanguage: string;
}

/** About half an hour of speech. */
const maxSentences = 300;

export class Reader {
  readonly #options: ReaderOptions;
  readonly #listeners = new Set<() => void>();
  #waiting: string[] = [];
  /** Counts beginnings, so that the end of what was silenced changes nothing. */
  #turn = 0;
  #isSpeaking = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  read(text: string): void {
    const sentences = splitSentences(text, this.#language());
    const room = maxSentences - this.#waiting.length;
    const fitting = sentences.length > room ? [...sentences.slice(0, room), "The rest is on the screen."] : sentences;
    if (room > 0) this.#waiting.push(...fitting);
    if (!this.#isSpeaking) this.#next();
  }

  /** Goes on with the next sentence. */
  skip(): void {
    if (!this.#isSpeaking) return;
    this.#options.speaking.silence();
    this.#next();
  }

  stop(): void {
    this.#waiting = [];
    if (!this.#isSpeaking) return;
    this.#turn += 1;
    this.#options.speaking.silence();
    this.#set(false);
  }

  #next(): void {
    this.#turn += 1;
    const turn = this.#turn;
    const text = this.#waiting.shift();
    if (text === undefined) return this.#set(false);
    this.#set(true);
    const { voiceId, rate } = this.#options.preferences();
    this.#options.speaking.speak({
      text,
      voiceId,
      language: this.#language(),
      rate,
      ended: () => (turn === this.#turn ? this.#next() : undefined),
    });
  }

  #language(): string {
    return this.#options.preferences().language ?? this.#options.defaultLanguage;
  }

  #set(isSpeaking: boolean): void {
    if (this.#isSpeaking === isSpeaking) return;
    this.#isSpeaking = isSpeaking;
    for (const listener of this.#listeners) listener();
  }
}
