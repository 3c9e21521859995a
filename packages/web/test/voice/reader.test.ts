import { expect, test } from "vitest";
import { insertTranscript } from "../../src/voice/insert-transcript.ts";
import { Reader } from "../../src/voice/reader.ts";
import type { SpeechServices, Utterance } from "../../src/voice/speech-services.ts";
import { splitSentences } from "../../src/voice/split-sentences.ts";
import {
  isReadAloud,
  readVoicePreferences,
  saveReadAloud,
  saveVoicePreferences,
} from "../../src/voice/voice-preferences.ts";
import { memoryStorage } from "../composer/memory-storage.ts";

/** Says nothing: a test ends each sentence. */
class FakeVoice implements NonNullable<SpeechServices["speaking"]> {
  readonly said: Utterance[] = [];
  silences = 0;
  voices(): [] {
    return [];
  }
  onVoices(): () => void {
    return () => undefined;
  }
  speak(utterance: Utterance): void {
    this.said.push(utterance);
  }
  silence(): void {
    this.silences += 1;
  }
  unlock(): void {}
  get texts(): string[] {
    return this.said.map(({ text }) => text);
  }
}

function open(rate = 1) {
  const voice = new FakeVoice();
  const preferences = () => ({ language: undefined, voiceId: "v", rate });
  return { voice, reader: new Reader({ speaking: voice, preferences, defaultLanguage: "en-US" }) };
}

test("texts are said one sentence after the other, in order, with what was chosen", () => {
  const { voice, reader } = open(1.5);
  const heard: boolean[] = [];
  reader.subscribe(() => heard.push(reader.isSpeaking));
  reader.read("One. Two.");
  reader.read("Three.");
  expect(voice.texts).toEqual(["One."]);
  voice.said[0]?.ended();
  voice.said[1]?.ended();
  expect(voice.texts).toEqual(["One.", "Two.", "Three."]);
  expect(voice.said[2]).toMatchObject({ rate: 1.5, voiceId: "v", language: "en-US" });
  voice.said[2]?.ended();
  expect(heard).toEqual([true, false]);
});

test("a skip goes on with the next sentence; a stop forgets all, and the end of what was silenced begins nothing", () => {
  const { voice, reader } = open();
  reader.read("One. Two. Three.");
  reader.skip();
  expect(voice.texts).toEqual(["One.", "Two."]);
  voice.said[0]?.ended();
  expect(voice.texts).toEqual(["One.", "Two."]);
  reader.stop();
  voice.said[1]?.ended();
  expect([voice.texts.length, voice.silences, reader.isSpeaking]).toEqual([2, 2, false]);
  reader.skip();
  reader.stop();
  expect(voice.silences).toBe(2);
  reader.read("Four.");
  expect(voice.texts.at(-1)).toBe("Four.");
});

test("a queue that is full says that there is more", () => {
  const { voice, reader } = open();
  reader.read(Array.from({ length: 400 }, (_, index) => `Number ${index} is said.`).join("\n"));
  reader.read("Not this.");
  for (let index = 0; index < voice.said.length; index += 1) voice.said[index]?.ended();
  expect(voice.texts).toHaveLength(301);
  expect(voice.texts.at(-1)).toBe("The rest is on the screen.");
});

test("[CLIENT-7] what is markup is not said", () => {
  const text = [
    "# Done",
    "",
    "I changed **two** files, see [the plan](https://example.com/x) and https://example.com/y.",
    "",
    "- `cart.ts` is new",
    "1. Run it",
    "",
    "| a | b |",
    "|---|:--|",
    "***",
  ].join("\n");
  expect(splitSentences(text, "en")).toEqual([
    "Done",
    "I changed two files, see the plan and a link",
    "cart.ts is new",
    "Run it",
    "a b",
  ]);
});

test("a very long sentence is said in pieces that lose nothing", () => {
  const long = Array.from({ length: 120 }, (_, index) => `word${index}${index % 9 === 8 ? "," : ""}`).join(" ");
  const pieces = splitSentences(long, "en");
  expect(pieces.length).toBeGreaterThan(1);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(220);
  expect(pieces.join(" ")).toBe(long);
  expect(splitSentences("x".repeat(500), "en").join("")).toBe("x".repeat(500));
});

test("what was understood grows at the end of the text, also when somebody writes behind it", () => {
  expect(insertTranscript("", "", "hello")).toBe("hello");
  expect(insertTranscript("Say", "", "hello")).toBe("Say hello");
  expect(insertTranscript("Say hello", "hello", "hello you")).toBe("Say hello you");
  expect(insertTranscript("Say yellow", "yellow", "hello")).toBe("Say hello");
  expect(insertTranscript("Say hello!", "hello", "hello you")).toBe("Say hello! you");
  expect(insertTranscript("Say!", "hello", "yellow you")).toBe("Say!");
  expect(insertTranscript("Line\n", "", "hello")).toBe("Line\nhello");
});

test("[CLIENT-7] reading aloud is off for each session until it is switched on, and that is remembered", () => {
  const storage = memoryStorage();
  expect(isReadAloud(storage, "a")).toBe(false);
  for (let index = 0; index <= 200; index += 1) saveReadAloud(storage, `s${index}`, true);
  expect([isReadAloud(storage, "s0"), isReadAloud(storage, "s1"), isReadAloud(storage, "s200")]).toEqual([
    false,
    true,
    true,
  ]);
  saveReadAloud(storage, "s200", false);
  expect(isReadAloud(storage, "s200")).toBe(false);
});

test("what is kept of voices and is out of bounds counts as not chosen", () => {
  const storage = memoryStorage();
  const none = { language: undefined, voiceId: undefined, rate: 1 };
  expect(readVoicePreferences(storage)).toEqual(none);
  saveVoicePreferences(storage, { language: "de-DE", voiceId: "x", rate: 1.2 });
  expect(readVoicePreferences(storage)).toEqual({ language: "de-DE", voiceId: "x", rate: 1.2 });
  for (const text of ['{"rate":9,"language":"","voiceId":3}', "[", "null", "[]"]) {
    storage.setItem("parlatory.voice", text);
    expect(readVoicePreferences(storage)).toEqual(none);
  }
});
