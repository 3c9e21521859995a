// The conversation of a session in a real Chromium against a real server, over session files as Claude Code writes them.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Conversation, realisticConversation } from "../packages/server/test/sessions/log/conversation.ts";
import { findChromium } from "./chromium.ts";
import { everyTool, hostileTexts } from "./claude-talk.ts";
import { readBackwards } from "./read-backwards.ts";
import { WebWorld, accessibilityProblems, desk, phone } from "./web-world.ts";

const executable = findChromium();
const sessionId = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";

/** A loaded machine is slow, and nothing here is about time. */
const patient = { timeout: 15_000 };

let world: WebWorld;

beforeEach(async ({ skip }) => {
  if (executable === undefined) return skip("there is no Chromium");
  world = await WebWorld.open({ executable });
});
afterEach(() => world.close());

const file = (): string => join(world.sessionFolder(), `${sessionId}.jsonl`);
const feed = (page: Page) => page.getByRole("feed", { name: "Conversation" });
const entry = (page: Page, text: string) => feed(page).getByRole("article").filter({ hasText: text }).first();
const path = `/sessions/${sessionId}`;

/** The messages that a log of these records has ([HIST-2]). */
function countMessages(talk: Conversation): number {
  return talk.records.filter(({ type, attachment }) => {
    if (type === "user" || type === "assistant") return true;
    return type === "attachment" && (attachment as { type?: unknown } | undefined)?.type === "queued_command";
  }).length;
}

/** Turns that can be told from each other, appended to a session file. */
class Growth {
  readonly talk: Conversation;
  #written = 0;

  constructor(talk: Conversation) {
    this.talk = talk;
    writeFileSync(file(), talk.text);
    this.#written = talk.records.length;
  }

  turn(name: string): void {
    this.talk.prompt(`Ask ${name}`);
    this.talk.call(`call-${name}`, "Bash", { command: `echo ${name}` });
    this.talk.result(`call-${name}`, name);
    this.talk.reply(`Answer ${name}`);
    const lines = this.talk.records.slice(this.#written).map((record) => `${JSON.stringify(record)}\n`);
    this.#written = this.talk.records.length;
    appendFileSync(file(), lines.join(""));
  }
}

test("[CLIENT-3] a session of 10,000 messages opens at its end and scrolls to its beginning, every message there once", async () => {
  const talk = realisticConversation(1_380, { sessionId, bytes: 120 });
  const total = countMessages(talk.reply("The very last answer"));
  expect(total).toBeGreaterThan(10_000);
  writeFileSync(file(), talk.text);
  const page = await world.open(path, { viewport: desk });
  await entry(page, "The very last answer").waitFor();
  const { seqs, twice } = await readBackwards(page);
  expect(twice).toEqual([]);
  expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  await page.getByText("Beginning of the session").waitFor();
  await page.getByRole("button", { name: "Latest ↓" }).click();
  await entry(page, "The very last answer").waitFor();
});

test("what comes while one reads further up moves nothing; at the end one stays at the end", async () => {
  const growth = new Growth(realisticConversation(60, { sessionId, bytes: 200 }));
  growth.turn("zero");
  const page = await world.open(path, { viewport: phone });
  await entry(page, "Answer zero").waitFor();
  growth.turn("one");
  await entry(page, "Answer one").waitFor();

  await feed(page).hover();
  await page.mouse.wheel(0, -1_500);
  await page.getByRole("button", { name: "Latest ↓" }).waitFor();
  const read = await restingEntry(page);
  for (const name of ["two", "three", "four"]) growth.turn(name);
  await page.getByRole("button", { name: "12 new ↓" }).waitFor();
  expect(await page.evaluate(middleEntry)).toEqual(read);

  // One who comes back finds the place again.
  await page.getByRole("link", { name: "Approvals" }).click();
  await page.getByRole("heading", { name: "Approvals" }).waitFor();
  await page.goBack();
  await feed(page).waitFor();
  await expect.poll(() => page.evaluate(middleEntry), patient).toEqual(read);
  await page.getByRole("button", { name: /↓$/ }).click();
  await entry(page, "Answer four").waitFor();
  growth.turn("five");
  await entry(page, "Answer five").waitFor();
});

test("[CLIENT-1] [CLIENT-4] a connection that is cut while the session grows ends with the history that the file has", async () => {
  const growth = new Growth(realisticConversation(5, { sessionId, bytes: 100 }));
  growth.turn("before");
  const page = await world.open(path, { viewport: desk });
  await entry(page, "Answer before").waitFor();
  for (let index = 0; index < 12; index += 1) {
    growth.turn(`cut ${index}`);
    if (index === 3 || index === 8) {
      world.proxy.cut();
      await page.getByText("Offline. This is what is kept here").waitFor();
      // What is there can be read without a connection.
      await entry(page, "Answer before")
        .or(entry(page, `Answer cut ${index - 1}`))
        .first()
        .waitFor();
    }
    if (index === 5 || index === 11) world.proxy.restore();
  }
  await entry(page, "Answer cut 11").waitFor();
  const { seqs, twice } = await readBackwards(page);
  expect(twice).toEqual([]);
  expect(seqs).toEqual(Array.from({ length: countMessages(growth.talk) }, (_, index) => index + 1));
  expect(await page.getByText(/messages? missing/).count()).toBe(0);
});

test("texts that mean harm are texts, in prompts, replies, tools and their results", async () => {
  const talk = new Conversation({ sessionId });
  for (const [index, text] of hostileTexts.entries()) {
    talk.prompt(text);
    talk.call(`h${index}`, index === 0 ? "<b>Tool</b>" : "Bash", { command: text, [text]: text });
    talk.result(`h${index}`, text, { isError: index % 2 === 0 });
    talk.think(text);
    talk.reply(`${text}\n\n\`${text}\`\n\n\`\`\`html\n${text}\n\`\`\``);
  }
  talk.reply(`${"> ".repeat(5_000)}deep\n\n${"**a*b ".repeat(3_000)}`);
  talk.reply("Read all of it.");
  writeFileSync(file(), talk.text);
  const asked: string[] = [];
  const opened = await world.open(path, { viewport: desk });
  opened.on("request", (request) => asked.push(new URL(request.url()).host));
  await entry(opened, "Read all of it.").waitFor();
  await feed(opened).getByRole("article").last().focus();
  await opened.keyboard.press("Home");
  await opened.getByText("Beginning of the session").waitFor();
  await unfoldAll(opened);
  await expect.poll(() => entry(opened, "click me").count(), patient).toBeGreaterThan(0);
  const found = await opened.evaluate(() => {
    const list = document.querySelector("[role=feed]")!;
    const links = [...list.querySelectorAll("a")];
    return {
      harmed: (window as { harmed?: unknown }).harmed ?? null,
      elements: list.querySelectorAll("img, script, iframe, object, embed, form").length,
      schemes: [...new Set(links.map(({ protocol }) => protocol))].filter(
        (scheme) => !/^(?:https?|mailto):$/u.test(scheme),
      ),
      open: links.filter(({ target, rel }) => target !== "_blank" || rel !== "noopener noreferrer").length,
    };
  });
  expect(found).toEqual({ harmed: null, elements: 0, schemes: [], open: 0 });
  expect(asked.filter((host) => host !== new URL(world.origin).host)).toEqual([]);
});

test("every tool is shown in its own form, by keyboard, at every width and in both themes without a barrier", async () => {
  writeFileSync(file(), everyTool({ sessionId }).text);
  const page = await world.open(path, { viewport: phone });
  await entry(page, "The model's service failed").waitFor();
  await page.keyboard.press("Tab");
  await feed(page).getByRole("article").last().focus();
  await page.keyboard.press("Home");
  await expect.poll(() => focused(page), patient).toMatch(/^You, /);
  await page.keyboard.press("j");
  await expect.poll(() => focused(page), patient).toMatch(/^Read 1 file, searched 2 times, ran 1 command/);
  await page.keyboard.press("Enter");
  await feed(page)
    .getByRole("button", { name: /^Bash npm test -- cart/ })
    .click();
  await feed(page).getByText("$ npm test").or(feed(page).getByText("npm test -- cart")).first().waitFor();
  await feed(page).getByText("✓ test 12").waitFor();
  expect(await feed(page).getByText("✓ test 13").count()).toBe(0);
  await feed(page).getByRole("button", { name: "Show all 40 lines" }).click();
  await feed(page).getByText("✓ test 40").waitFor();
  await feed(page).getByRole("button", { name: /^Grep/ }).getByText("1 line").waitFor();

  expect(await accessibilityProblems(page)).toEqual([]);
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.setViewportSize({ width: desk.width, height: 4_000 });
  await unfoldAll(page);
  for (const text of [
    "return round(", // the edit
    "Applied", // of a result that failed nothing is said
    "Look whether invoices round too.",
    "banker's rounding",
    "tracker · create_issue",
    "SomethingNew",
    "Read the tests",
    "error: unexpected token",
  ]) {
    const count = await feed(page).getByText(text).count();
    expect([text, count > 0]).toEqual([text, text !== "Applied"]);
  }
  await feed(page).getByRole("img", { name: "done" }).waitFor();
  await feed(page).getByRole("img", { name: "2 lines added" }).first().waitFor();
  await feed(page).locator("mark", { hasText: "order" }).waitFor();
  await feed(page).getByText("keep the numbers").waitFor();
  await feed(page).getByRole("table").waitFor();
  // Colours of code come later, and change nothing that is read.
  await feed(page).locator("pre code span", { hasText: "function" }).first().waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.setViewportSize(desk);
  expect(await accessibilityProblems(page)).toEqual([]);
});

test("words are found in what is loaded, and an address leads to one message, which is loaded if need be", async () => {
  const talk = new Conversation({ sessionId });
  for (let turn = 1; turn <= 900; turn += 1) {
    talk.prompt(`Question ${turn} ${"about the cart ".repeat(20)}`);
    talk.reply(`Reply ${turn}: ${turn === 890 ? "the needle of the haystack" : "nothing new. ".repeat(20)}`);
  }
  writeFileSync(file(), talk.text);
  const page = await world.open(`${path}#seq-21`, { viewport: desk });
  await expect.poll(() => focused(page), patient).toMatch(/^You, /);
  await entry(page, "Question 11 ").waitFor();
  await feed(page).evaluate((list) => list.parentElement?.scrollTo({ top: list.scrollHeight }));
  await entry(page, "Reply 900").waitFor();

  await page.locator("main").press("/");
  const box = page.getByRole("searchbox", { name: "Find in this conversation" });
  await box.fill("NEEDLE of");
  await page.getByText("1 found").waitFor();
  await box.press("Enter");
  await page.getByText("1 of 1").waitFor();
  await entry(page, "the needle of the haystack").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await box.fill("no such words");
  await page.getByText("Nothing found").waitFor();
  await box.press("Escape");
  await expect.poll(() => box.count(), patient).toBe(0);
});

test("[CLIENT-8] an own prompt is shown at once, above the box while it waits and behind the messages from then on, never twice", async () => {
  const page = await world.open(`/sessions/${crypto.randomUUID()}`, { viewport: phone });
  await page.getByRole("heading", { name: "There is no such session" }).waitFor();
  await page.close();
  const other = world.openDevice();
  try {
    const { sessionId: own, outcome } = other.prompt({ text: "hello", workingDirectory: world.project, agent: "echo" });
    await outcome;
    const opened = await world.open(`/sessions/${own}`, { viewport: phone });
    await entry(opened, "echo: hello").waitFor();
    await watchFor(opened, ["first of all", "kept without a connection", "taken back again"]);
    const waiting = opened.getByRole("list", { name: "Waiting prompts" }).getByRole("listitem");
    const send = async (text: string): Promise<void> => {
      await opened.getByRole("textbox", { name: "Prompt" }).fill(text);
      await opened.getByRole("button", { name: /^(?:Send|Queue)$/u }).click();
    };
    await send("/sleep 600000 first of all");
    await entry(opened, "first of all").waitFor();
    world.proxy.cut();
    await opened.getByText("Offline. This is what is kept here").waitFor();
    await send("kept without a connection");
    await waiting.filter({ hasText: "kept without a connection" }).getByText("Not sent yet").waitFor();
    await send("taken back again");
    await waiting.filter({ hasText: "taken back again" }).getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => waiting.count(), patient).toBe(1);
    expect(await entry(opened, "kept without").count()).toBe(0);
    expect(await accessibilityProblems(opened)).toEqual([]);
    world.proxy.restore();
    await waiting.filter({ hasText: "No. 1 in queue" }).waitFor();
    expect(await entry(opened, "kept without").count()).toBe(0);
    await opened.getByRole("button", { name: "Stop", exact: true }).click();
    await entry(opened, "echo: kept without a connection").waitFor();
    expect(
      await feed(opened)
        .getByRole("article", { name: /^You, \d/u })
        .allInnerTexts(),
    ).toEqual([
      expect.stringContaining("hello"),
      expect.stringContaining("first of all"),
      expect.stringContaining("kept without a connection"),
    ]);
    expect(await opened.evaluate(() => (window as unknown as { shownTwice: string[] }).shownTwice)).toEqual([]);
  } finally {
    await other.close();
  }
});

test("[CLIENT-7] a new reply is announced once, politely, and nothing that was there before", async () => {
  const growth = new Growth(new Conversation({ sessionId }));
  growth.turn("old");
  const page = await world.open(path, { viewport: desk });
  await entry(page, "Answer old").waitFor();
  const status = page.getByRole("region", { name: "Conversation" }).locator("p[role=status].visually-hidden");
  expect(await status.textContent()).toBe("");
  growth.turn("new");
  await expect.poll(() => status.textContent(), patient).toBe("Answer new");
});

async function unfoldAll(page: Page): Promise<void> {
  const folded = feed(page).locator('[data-fold][aria-expanded="false"]');
  for (let left = 80; left > 0 && (await folded.count()) > 0; left -= 1) {
    await folded.first().evaluate((button: HTMLElement) => button.click());
  }
}

/** Notes in the page whenever a prompt of one of these texts stands there more than once. */
function watchFor(page: Page, texts: readonly string[]): Promise<void> {
  return page.evaluate((wanted) => {
    const shownTwice: string[] = [];
    Object.assign(window, { shownTwice });
    new MutationObserver(() => {
      const places = [
        ...document.querySelectorAll('[aria-label="Waiting prompts"] li, [role=feed] article[aria-label^="You,"]'),
      ];
      for (const text of wanted) {
        const found = places.filter((place) => place.textContent.includes(text));
        if (found.length > 1) shownTwice.push(text);
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  }, texts);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
}

/** What is in the middle of the screen when scrolling has come to rest. */
async function restingEntry(page: Page): Promise<{ text: string; top: number }> {
  let before = await page.evaluate(middleEntry);
  await expect
    .poll(async () => {
      const now = await page.evaluate(middleEntry);
      const isSame = now.top === before.top && now.text === before.text;
      before = now;
      return isSame;
    }, patient)
    .toBe(true);
  return before;
}

/** What is in the middle of the screen, and where exactly. */
function middleEntry(): { text: string; top: number } {
  const list = document.querySelector("[role=feed]")!.parentElement!.getBoundingClientRect();
  const middle = list.top + list.height / 2;
  const row = [...document.querySelectorAll("[role=feed] article")].find((article) => {
    const { top, bottom } = article.getBoundingClientRect();
    return top <= middle && bottom > middle;
  })!;
  return { text: row.textContent ?? "", top: Math.round(row.getBoundingClientRect().top) };
}
