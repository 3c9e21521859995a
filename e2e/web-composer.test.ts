// The prompt box and the head of a session in a real Chromium against a real server with echo agents.
import type { RemoteClient } from "@parlatory/client";
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
  other = world.openDevice();
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
  await page.getByText("echo: hello").waitFor();
  await box(page).press("ArrowUp");
  expect(await box(page).inputValue()).toBe("hello");
  await box(page).press("ArrowDown");
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
  await page.getByText("running", { exact: true }).waitFor();
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

test("[CLIENT-6] what has a session is seen on another device too, which can stop it, is told that a run lives before it unlocks, and can kill it", async () => {
  const sessionId = await startSession();
  other.prompt({ sessionId, text: "/sleep 600000 long", mode: "reject" });
  const page = await world.open(`/sessions/${sessionId}`);
  await page.getByText("running", { exact: true }).waitFor();
  expect(await button(page, "Send").count()).toBe(0);

  await page.getByRole("button", { name: "Session", exact: true }).click();
  await page.getByRole("menuitem", { name: "Unlock" }).click();
  const dialog = page.getByRole("dialog", { name: "A run is alive" });
  await dialog.getByText("since just now").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Session", exact: true }).click();
  await page.getByRole("menuitem", { name: "Unlock" }).click();
  await dialog.getByRole("button", { name: "Kill it and unlock" }).click();
  await page.getByText("The run was killed and the session unlocked.").waitFor();
  await button(page, "Send").waitFor();

  // Killing keeps what is queued, if that is wanted.
  await box(page).fill("/sleep 600000 again");
  await box(page).press("Enter");
  await button(page, "Queue").waitFor();
  await box(page).fill("kept");
  await box(page).press("Enter");
  await waiting(page).filter({ hasText: "No. 1 in queue" }).waitFor();
  await page.getByRole("button", { name: "Session", exact: true }).click();
  await page.getByRole("menuitem", { name: /^Kill/u }).click();
  await page.getByRole("checkbox", { name: /^Keep what is queued \(1\)/u }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Kill", exact: true }).click();
  await untilSaid(sessionId, "echo: kept");
  await button(page, "Send").waitFor();
});

test("[CLIENT-6] a lock of which nothing was heard for long offers to unlock by one tap", async () => {
  const sessionId = await startSession();
  const page = await world.open(`/sessions/${sessionId}`, {
    viewport: phone,
    // What the page takes for now can be moved on.
    before: () => {
      const real = Date.now.bind(Date);
      Object.assign(window, { aheadMs: 0 });
      Date.now = () => real() + (window as unknown as { aheadMs: number }).aheadMs;
    },
  });
  await box(page).fill("/sleep 600000 long");
  await button(page, "Send").click();
  await page.getByText("running", { exact: true }).waitFor();
  expect(await button(page, "Unlock").count()).toBe(0);
  await page.getByRole("feed").getByText("/sleep 600000 long").waitFor();
  // What the server still tells of the beginning may come after the first leap.
  const leap = async (): Promise<number> => {
    await page.evaluate(() => ((window as unknown as { aheadMs: number }).aheadMs += 600_000));
    return page.getByText("Nothing was heard of it for a while").count();
  };
  await expect.poll(leap, { interval: 3_000, timeout: 60_000 }).toBe(1);
  await button(page, "Unlock").click();
  await page.getByRole("dialog", { name: "A run is alive" }).getByRole("button", { name: "Cancel" }).click();
  await button(page, "Stop").click();
  await button(page, "Send").waitFor();
});

test("[PROMPT-1] [PROMPT-11] a prompt that is refused comes back into the box, with its attachments and with why", async () => {
  const sessionId = await startSession();
  const page = await world.open(`/sessions/${sessionId}`);
  await button(page, "Send").waitFor();
  // The page learns nothing of a run that begins while its connection hangs.
  world.proxy.hang();
  other.prompt({ sessionId, text: "/sleep 600000 long" });
  await untilSaid(sessionId, "/sleep 600000 long", "user");
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "n.txt", mimeType: "text/plain", buffer: Buffer.from("n") });
  await page.getByText("n.txt").waitFor();
  await box(page).fill("am I alone?");
  await button(page, "Send").click();
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "");
  world.proxy.cut();
  world.proxy.restore();
  await page.getByText("Not sent, and back in the box").waitFor();
  expect(await box(page).inputValue()).toBe("am I alone?");
  await page.getByRole("list", { name: "Attachments" }).getByText("n.txt").waitFor();
  await button(page, "Remove n.txt").click();
  await button(page, "Queue").waitFor();

  for (let count = 0; count < 20; count += 1) other.prompt({ sessionId, text: `filler ${count}`, mode: "queue" });
  await page.getByText("20 queued from other devices").waitFor();
  await box(page).press("Enter");
  await page.getByText("Prompt queue is full. Cancel a queued prompt").waitFor();
  expect(await box(page).inputValue()).toBe("am I alone?");
  expect(await accessibilityProblems(page)).toEqual([]);
  await button(page, "Dismiss").click();
  await page.getByText("Prompt queue is full").waitFor({ state: "detached" });
});

test("[PROMPT-20] files are picked, pasted, dropped or taken from the project, and what would be refused is said before", async () => {
  const sessionId = await startSession();
  await other.files.upload({
    filename: "plan.md",
    storageLocation: world.project,
    bytes: new Uint8Array([35, 32, 49]),
  });
  const page = await world.open(`/sessions/${sessionId}`, { viewport: phone });
  const chips = page.getByRole("list", { name: "Attachments" }).getByRole("listitem");
  await box(page).fill("look");
  await page.locator("input[type=file]").setInputFiles({ name: "a.bin", mimeType: "", buffer: Buffer.alloc(2048) });
  await chips.filter({ hasText: "a.bin" }).filter({ hasText: "2 KiB" }).waitFor();
  await page.evaluate(() => {
    const give = (type: string, name: string, field: "clipboardData" | "dataTransfer"): void => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array([1, 2, 3])], name, { type: "image/png" }));
      const event = new Event(type, { bubbles: true, cancelable: true });
      document.querySelector("textarea")?.dispatchEvent(Object.assign(event, { [field]: data }));
    };
    give("paste", "pasted.png", "clipboardData");
    give("drop", "dropped.png", "dataTransfer");
  });
  await chips.filter({ hasText: "pasted.png" }).waitFor();
  await chips.filter({ hasText: "dropped.png" }).waitFor();
  await button(page, "Remove dropped.png").click();
  await button(page, "Attach").click();
  await page.getByRole("menuitem", { name: "A file of the project" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^plan\.md/u })
    .click();
  await chips.filter({ hasText: "plan.md" }).filter({ hasText: "in the project" }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);

  const much = Buffer.alloc(21 * 1024 * 1024);
  await page.locator("input[type=file]").setInputFiles({ name: "much.iso", mimeType: "", buffer: much });
  await page.getByText("a prompt takes 20 MiB").waitFor();
  expect(await chips.count()).toBe(3);
  const many = Array.from({ length: 18 }, (_, index) => ({ name: `f${index}`, mimeType: "", buffer: Buffer.alloc(1) }));
  await page.locator("input[type=file]").setInputFiles(many);
  await page.getByText("at most 20 attachments; there are 21").waitFor();
  expect(await button(page, "Send").isDisabled()).toBe(true);
  for (let count = 0; count < 18; count += 1) await button(page, `Remove f${count}`).click();
  await button(page, "Send").click();
  const sent = (): string => messagesOf(sessionId).findLast(({ role }) => role === "user")?.text ?? "";
  await expect.poll(sent).toContain("plan.md");
  expect(sent()).toContain("a.bin");
  expect(sent()).toMatch(/^look\n\nAttached files:\n/u);
});

test("[COMPACT-4] [SESS-5] [SESS-6] [APPROVE-4] [SESS-4] the head of a session names it, compacts it, changes what it may do, takes rights back, and hides it", async () => {
  const sessionId = await startSession("mend the roof");
  const page = await world.open(`/sessions/${sessionId}`);
  const menu = async (item: string | RegExp): Promise<void> => {
    await page.getByRole("button", { name: "Session", exact: true }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  await page.getByRole("heading", { level: 1, name: "mend the roof" }).waitFor();
  await menu(/^Rename/u);
  const about = page.getByRole("textbox", { name: "What it is about" });
  expect(await about.inputValue()).toBe("mend the roof");
  await about.fill("“Roof and gutter”\nand more");
  await button(page, "Name it").click();
  await page.getByRole("heading", { level: 1, name: "Roof and gutter" }).waitFor();

  await menu(/^Compact/u);
  await page.getByRole("textbox", { name: /^Instructions/u }).fill("/fail no room to think");
  expect(await accessibilityProblems(page)).toEqual([]);
  await button(page, "Compact").click();
  await page
    .getByRole("alert")
    .getByText(/^Not compacted: .*no room to think/u)
    .waitFor();
  await menu(/^Compact/u);
  await page.getByRole("textbox", { name: /^Instructions/u }).fill("");
  await button(page, "Compact").click();
  await page.getByText(/^Compacted from \d+ to 0 tokens\.$/u).waitFor();

  await button(page, "Details").click();
  const mode = page.getByRole("combobox", { name: "Permissions" });
  await mode.selectOption("accept_edits");
  await page.getByText("Changes of files need no answer").waitFor();
  await mode.selectOption("bypass");
  await button(page, "Bypass them").click();
  await page.getByText("Not changed: Mode not allowed: bypass").waitFor();
  expect(await mode.inputValue()).toBe("accept_edits");

  const asked = Promise.withResolvers<string>();
  const end = other.on("permission_request", (request) => asked.resolve(request.request_id));
  await box(page).fill('/ask Bash {"command":"ls"} may I');
  await box(page).press("Enter");
  await other.permissions.answer({ requestId: await asked.promise, decision: "allow", scope: "session" });
  end();
  await untilSaid(sessionId, "allowed: may I");
  await button(page, "Revoke Bash").click();
  await button(page, "Revoke Bash").waitFor({ state: "detached" });
  expect((await other.sessions.info(sessionId)).granted_tools).toEqual([]);
  await page.getByText("Last run, as the agent reports").waitFor();
  await page.getByText("Cost so far, as the agent reports").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);

  await menu("Hide on this device");
  await page.waitForURL("**/sessions");
});

test("that a session is not there is said, and that a prompt could not go on with it", async () => {
  const page = await world.open(`/sessions/${crypto.randomUUID()}`);
  await page.getByText("What is known of this session could not be loaded").waitFor();
  await box(page).fill("is anybody there?");
  await box(page).press("Enter");
  await page
    .getByText(/Session not found/u)
    .last()
    .waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
});
