// The prompt box and the head of a session in a real Chromium against a real server with echo agents.
import { RemoteClient } from "@parlatory/client";
import { createNodePlatform } from "@parlatory/client/node";
import type { RemoteMessageItem } from "@parlatory/protocol/remote";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { WebWorld, accessibilityProblems, desk, phone } from "./web-world.ts";

const executable = findChromium();

let world: WebWorld;
/** Another device, which sees what the server has. */
let other: RemoteClient;

beforeEach(async ({ skip }) => {
  if (executable === undefined) return skip("there is no Chromium");
  world = await WebWorld.open({ executable });
  other = new RemoteClient({
    url: world.serverUrl,
    clientSessionId: crypto.randomUUID(),
    apiKey: world.mainKey,
    platform: createNodePlatform(),
  });
  other.connect();
});
afterEach(async () => {
  await other.close();
  await world.close();
});

/** A session that has answered once. */
async function startSession(text = "hello"): Promise<string> {
  const { sessionId, outcome } = other.prompt({ text, workingDirectory: world.project, agent: "echo" });
  await outcome;
  other.follow(sessionId);
  return sessionId;
}

/** Waits until the log of a session says something. */
async function untilSaid(sessionId: string, text: string, role: "user" | "assistant" = "assistant"): Promise<void> {
  const said = (): boolean => messagesOf(sessionId).some((item) => item.role === role && item.text === text);
  if (said()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = other.on("history", () => (said() ? resolve() : undefined));
  await promise;
  end();
}

function messagesOf(sessionId: string): readonly RemoteMessageItem[] {
  return other.follow(sessionId).view.messages;
}

function countPrompts(sessionId: string, text: string): number {
  return messagesOf(sessionId).filter((item) => item.role === "user" && item.text === text).length;
}

const box = (page: Page) => page.getByRole("textbox", { name: "Prompt" });
const waiting = (page: Page) => page.getByRole("list", { name: "Waiting prompts" }).getByRole("listitem");
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function choose(page: Page, mode: string): Promise<void> {
  await page.getByRole("button", { name: /^While it is busy/u }).click();
  await page.getByRole("menuitemradio", { name: mode }).click();
  await button(page, mode).waitFor();
}

test("a prompt is written, sent and answered on a desk and on a phone; what was being written outlives a reload", async () => {
  const sessionId = await startSession();
  const page = await world.open(`/sessions/${sessionId}`, { viewport: desk });
  await box(page).fill("first");
  await box(page).press("Shift+Enter");
  await box(page).pressSequentially("second line");
  // The key that ends a composition is the input method's.
  await box(page).dispatchEvent("keydown", { key: "Enter", isComposing: true });
  expect(await box(page).inputValue()).toBe("first\nsecond line");
  await box(page).press("Enter");
  expect(await box(page).inputValue()).toBe("");
  await untilSaid(sessionId, "echo: first\nsecond line");

  // Earlier prompts, from an empty box only.
  await box(page).press("ArrowUp");
  expect(await box(page).inputValue()).toBe("first\nsecond line");
  await box(page).press("ArrowDown");
  expect(await box(page).inputValue()).toBe("");

  await box(page).fill("half a thou");
  await page.reload();
  expect(await box(page).inputValue()).toBe("half a thou");
  await box(page).fill("");
  await button(page, "Send").waitFor();
  expect(await button(page, "Send").isDisabled()).toBe(true);

  const hand = await world.openBrowser();
  const small = await world.open(`/sessions/${sessionId}`, {
    viewport: phone,
    browser: hand,
    before: () => {
      const real = matchMedia.bind(window);
      window.matchMedia = (query) => real(query === "(pointer: coarse)" ? "all" : query);
    },
  });
  await box(small).fill("one");
  await box(small).press("Enter");
  await box(small).pressSequentially("two");
  expect(await box(small).inputValue()).toBe("one\ntwo");
  await button(small, "Send").click();
  await untilSaid(sessionId, "echo: one\ntwo");
  expect(await box(small).inputValue()).toBe("");
  await page.close();
  expect(await accessibilityProblems(small)).toEqual([]);
});

test("[PROMPT-10] a busy session says what sending does: queued prompts wait in sight, can be changed and taken back; steering and interrupting are chosen", async () => {
  const sessionId = await startSession();
  const page = await world.open(`/sessions/${sessionId}`, { viewport: phone });
  await box(page).fill("/sleep 600000 long");
  await button(page, "Send").click();
  await button(page, "Queue").waitFor();
  await page.getByText("A prompt is running").waitFor();
  for (const text of ["one", "two", "three"]) {
    await box(page).fill(text);
    await button(page, "Queue").click();
    await waiting(page).filter({ hasText: text }).waitFor();
  }
  expect(await waiting(page).allInnerTexts()).toEqual([
    expect.stringMatching(/No\. 1 in queue\s+one/u),
    expect.stringMatching(/No\. 2 in queue\s+two/u),
    expect.stringMatching(/No\. 3 in queue\s+three/u),
  ]);
  expect(await accessibilityProblems(page)).toEqual([]);

  await waiting(page).filter({ hasText: "one" }).getByRole("button", { name: "Cancel" }).click();
  await waiting(page).filter({ hasText: "No. 1 in queue" }).filter({ hasText: "two" }).waitFor();
  await waiting(page).filter({ hasText: "three" }).getByRole("button", { name: "Edit" }).click();
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "three");
  await box(page).fill("three, and then some");

  await choose(page, "Interrupt");
  await button(page, "Interrupt").click();
  await untilSaid(sessionId, "echo: three, and then some");
  await untilSaid(sessionId, "echo: two");
  expect(countPrompts(sessionId, "one")).toBe(0);
  expect(messagesOf(sessionId).map(({ text }) => text)).not.toContain("echo: long");

  await button(page, "Send").waitFor();
  await box(page).fill("/steps 200 100 work");
  await button(page, "Send").click();
  await choose(page, "Steer");
  await box(page).fill("mind the gap");
  await button(page, "Steer").click();
  await untilSaid(sessionId, "mind the gap", "user");
  await button(page, "Stop").click();
  await button(page, "Send").waitFor();
});

test("[CLIENT-5] what is sent without a connection goes out once when it is back, and can be taken back until then", async () => {
  const sessionId = await startSession();
  const page = await world.open(`/sessions/${sessionId}`);
  world.proxy.cut();
  await page.getByText("No connection. What you send is kept here").waitFor();
  await box(page).fill("from the tunnel");
  await box(page).press("Enter");
  await waiting(page).filter({ hasText: "Not sent yet" }).filter({ hasText: "from the tunnel" }).waitFor();
  await box(page).fill("better not");
  await box(page).press("Enter");
  await waiting(page).filter({ hasText: "better not" }).getByRole("button", { name: "Cancel" }).click();
  await waiting(page).filter({ hasText: "better not" }).waitFor({ state: "detached" });
  expect(await accessibilityProblems(page)).toEqual([]);
  world.proxy.restore();
  await untilSaid(sessionId, "echo: from the tunnel");
  await button(page, "Send").waitFor();
  await box(page).fill("after it");
  await box(page).press("Enter");
  await untilSaid(sessionId, "echo: after it");
  expect(countPrompts(sessionId, "from the tunnel")).toBe(1);
  expect(countPrompts(sessionId, "better not")).toBe(0);
});
