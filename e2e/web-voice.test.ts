// Talking to a session and hearing its answers, in a real Chromium whose speech services are replaced by a fake.
import type { RemoteClient } from "@parlatory/client";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { WebWorld, accessibilityProblems, desk, phone } from "./web-world.ts";

const executable = findChromium();

/** What the fake has of the page's own doing, and what a test does to the page through it. */
interface FakeSpeech {
  /** Languages of the recognitions that were begun. */
  readonly begun: string[];
  /** Texts that were given to be said. */
  readonly said: string[];
  silences: number;
  /** Hears something: parts with whether they are certain. */
  hear(...parts: [text: string, isFinal: boolean][]): void;
  /** Recognition fails. */
  fail(error: string): void;
  /** The current utterance was said. */
  finish(): void;
}
type SpeakingWindow = Window & { fakeSpeech: FakeSpeech };

/** Runs in the page: the two services of the browser are replaced by ones that a test drives. */
function replaceSpeech(): void {
  interface Recognition {
    lang: string;
    onresult: ((event: { results: unknown[] }) => void) | null;
    onerror: ((event: { error: string }) => void) | null;
    onend: (() => void) | null;
  }
  let recognition: Recognition | undefined;
  let utterance: SpeechSynthesisUtterance | undefined;
  const fake: FakeSpeech = {
    begun: [],
    said: [],
    silences: 0,
    hear(...parts) {
      const results = parts.map(([transcript, isFinal]) => Object.assign([{ transcript }], { isFinal }));
      recognition?.onresult?.({ results });
    },
    fail(error) {
      recognition?.onerror?.({ error });
      recognition?.onend?.();
    },
    finish() {
      utterance?.dispatchEvent(new Event("end"));
    },
  };
  class FakeRecognition implements Recognition {
    lang = "";
    onresult: Recognition["onresult"] = null;
    onerror: Recognition["onerror"] = null;
    onend: Recognition["onend"] = null;
    start(): void {
      // The page's only one at a time.
      recognition = this as Recognition;
      fake.begun.push(this.lang);
    }
    stop(): void {
      this.onend?.();
    }
    abort(): void {
      this.onerror?.({ error: "aborted" });
      this.onend?.();
    }
  }
  const synthesis = Object.assign(new EventTarget(), {
    getVoices: () => [{ voiceURI: "anna", name: "Anna", lang: "en-US" }],
    speak(next: SpeechSynthesisUtterance) {
      if (next.volume === 0) return;
      utterance = next;
      fake.said.push(next.text);
    },
    cancel() {
      fake.silences += 1;
    },
  });
  // A voice of the fake is no voice of the browser.
  class FakeUtterance extends EventTarget {
    lang = "";
    rate = 1;
    volume = 1;
    voice: unknown;
    readonly text: string;
    constructor(text: string) {
      super();
      this.text = text;
    }
  }
  Object.defineProperties(window, {
    SpeechRecognition: { value: FakeRecognition },
    webkitSpeechRecognition: { value: FakeRecognition },
    speechSynthesis: { value: synthesis },
    SpeechSynthesisUtterance: { value: FakeUtterance },
    fakeSpeech: { value: fake },
  });
}

let world: WebWorld;
let other: RemoteClient;

beforeEach(async ({ skip }) => {
  if (executable === undefined) return skip("there is no Chromium");
  world = await WebWorld.open({ executable });
  other = world.openDevice();
});
afterEach(async () => {
  await other.close();
  await world.close();
});

async function startSession(text = "hello"): Promise<string> {
  const { sessionId, outcome } = other.prompt({ text, workingDirectory: world.project, agent: "echo" });
  await outcome;
  return sessionId;
}

const box = (page: Page) => page.getByRole("textbox", { name: "Prompt" });
const talk = (page: Page) => page.getByRole("button", { name: "Hold to talk" });
const listening = (page: Page) => page.getByRole("button", { name: "Stop listening" });
const said = (page: Page, text: string) => page.getByRole("feed").getByText(text);
const hear = (page: Page, ...parts: [string, boolean][]) =>
  page.evaluate((heard) => (window as unknown as SpeakingWindow).fakeSpeech.hear(...heard), parts);
const fake = <Key extends "begun" | "said" | "silences">(page: Page, key: Key) =>
  page.evaluate((name) => (window as unknown as SpeakingWindow).fakeSpeech[name], key);

test("one holds a button and talks; what is certain can be edited before it is sent, what is not is shown beside", async () => {
  const sessionId = await startSession();
  const page = await world.open(`/sessions/${sessionId}`, { viewport: phone, before: replaceSpeech });
  await box(page).fill("Please");
  const { x, y, width, height } = (await talk(page).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await listening(page).waitFor();
  await page.getByText("Listening …").waitFor();
  await hear(page, ["run the", false]);
  await page.getByText("run the", { exact: true }).waitFor();
  expect(await box(page).inputValue()).toBe("Please");
  await hear(page, ["run the tests", true], ["and", false]);
  expect(await box(page).inputValue()).toBe("Please run the tests");
  expect(await accessibilityProblems(page)).toEqual([]);
  // Held for longer than a tap.
  await page.waitForFunction((from) => performance.now() - from > 500, await page.evaluate(() => performance.now()));
  await page.mouse.up();
  await talk(page).waitFor();
  expect(await box(page).inputValue()).toBe("Please run the tests and");
  expect(await fake(page, "begun")).toEqual(["en-US"]);

  await box(page).fill("Please run the tests");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await said(page, "echo: Please run the tests").waitFor();

  // A tap goes on until the next one; sending takes what may still change as it is.
  await talk(page).click();
  await listening(page).waitFor();
  await hear(page, ["second", false]);
  await page.getByText("second", { exact: true }).waitFor();
  await listening(page).click();
  await talk(page).waitFor();
  expect(await box(page).inputValue()).toBe("second");
  await page.close();
});

test("the keyboard holds and taps the button too; a microphone that is denied, missing or not understood is said with what to do", async () => {
  const sessionId = await startSession();
  const page = await world.open(`/sessions/${sessionId}`, { viewport: desk, before: replaceSpeech });
  await talk(page).focus();
  await page.keyboard.down("Space");
  await listening(page).waitFor();
  await hear(page, ["by key", true]);
  await page.waitForFunction((from) => performance.now() - from > 500, await page.evaluate(() => performance.now()));
  await page.keyboard.up("Space");
  await talk(page).waitFor();
  expect(await box(page).inputValue()).toBe("by key");
  await page.keyboard.press("Enter");
  await listening(page).waitFor();
  await page.keyboard.press("Enter");
  await talk(page).waitFor();

  const problems = {
    "not-allowed": "does not let this page use the microphone",
    "no-speech": "Nothing was heard",
    network: "cannot be reached",
    "audio-capture": "No microphone was found",
    surprise: "could not listen",
  };
  for (const [error, words] of Object.entries(problems)) {
    await talk(page).click();
    await listening(page).waitFor();
    await page.evaluate((name) => (window as unknown as SpeakingWindow).fakeSpeech.fail(name), error);
    await page.getByRole("alert").getByText(words).waitFor();
    await talk(page).waitFor();
  }
  expect(await box(page).inputValue()).toBe("by key");
  expect(await accessibilityProblems(page)).toEqual([]);
});

test("where the browser cannot hear or speak there is no button and no switch", async () => {
  const sessionId = await startSession();
  const page = await world.open(`/sessions/${sessionId}`, {
    before: () => {
      for (const name of ["SpeechRecognition", "webkitSpeechRecognition", "speechSynthesis"]) {
        Reflect.deleteProperty(window, name);
      }
    },
  });
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
  expect(await talk(page).count()).toBe(0);
  await page.getByRole("button", { name: "Session", exact: true }).click();
  await page.getByRole("menuitem", { name: "Unlock" }).waitFor();
  expect(await page.getByRole("menuitem", { name: /aloud/u }).count()).toBe(0);
});

test("[CLIENT-7] only the answers that come while it is switched on are read aloud, sentence by sentence and without code", async () => {
  const sessionId = await startSession("an old one");
  const page = await world.open(`/sessions/${sessionId}`, { before: replaceSpeech });
  await said(page, "echo: an old one").waitFor();
  await page.getByRole("button", { name: "Session", exact: true }).click();
  await page.getByRole("menuitem", { name: "Read answers aloud" }).click();
  await page.getByRole("button", { name: /^Answers are read aloud/u }).waitFor();
  await other.prompt({ sessionId, text: "One. Two.\n\n```\nrm -rf\n```\n\nThree." }).outcome;
  await page.getByRole("button", { name: "Next sentence" }).waitFor();
  expect(await fake(page, "said")).toEqual(["echo: One."]);
  await page.evaluate(() => (window as unknown as SpeakingWindow).fakeSpeech.finish());
  expect(await fake(page, "said")).toEqual(["echo: One.", "Two."]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Next sentence" }).click();
  expect(await fake(page, "said")).toEqual(["echo: One.", "Two.", "Three."]);
  expect(await fake(page, "silences")).toBe(1);

  // Who talks is not talked over.
  await talk(page).click();
  await page.getByRole("button", { name: "Stop reading" }).waitFor({ state: "detached" });
  expect(await fake(page, "silences")).toBe(2);
  await listening(page).click();

  // Tools and history are not read, and it is remembered over a reload.
  await page.reload();
  await page.getByRole("button", { name: /^Answers are read aloud/u }).waitFor();
  await said(page, "echo: an old one").waitFor();
  await other.prompt({ sessionId, text: "/steps 2 10 Done." }).outcome;
  await expect.poll(() => fake(page, "said")).toEqual(["echo: Done."]);
  await page.getByRole("button", { name: "Stop reading" }).click();
  await page.getByRole("button", { name: /^Answers are read aloud/u }).click();
  await page.getByRole("button", { name: /^Answers are read aloud/u }).waitFor({ state: "detached" });
  const silences = await fake(page, "silences");
  await other.prompt({ sessionId, text: "Quiet." }).outcome;
  await said(page, "echo: Quiet.").waitFor();
  expect(await fake(page, "said")).toEqual(["echo: Done."]);
  expect(await fake(page, "silences")).toBe(silences);
});
