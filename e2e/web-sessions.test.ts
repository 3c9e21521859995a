// Sessions, approvals, new sessions and files of projects in a real Chromium against a real server: whole journeys at desk
// and phone width, two browsers at once, connections that are cut at bad moments, keys only, and the accessibility rules.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Conversation, idOf } from "../packages/server/test/sessions/log/conversation.ts";
import { findChromium, type RunningBrowser } from "./chromium.ts";
import { WebWorld, accessibilityProblems, desk, phone, type WebWorldOptions } from "./web-world.ts";

const executable = findChromium();
const narrow = { width: 320, height: 700 };
let world: WebWorld;

beforeEach(({ skip }) => {
  if (executable === undefined) skip("there is no Chromium");
});
afterEach(() => world.close());

async function openWorld(options: Omit<WebWorldOptions, "executable"> = {}): Promise<void> {
  world = await WebWorld.open({ executable: executable ?? "", ...options });
}

/** A session as Claude Code leaves it, said to have been used so many minutes ago. */
function writeSession(number: number, options: { prompt: string; directory?: string; minutesAgo?: number }): string {
  const { prompt, directory = world.project, minutesAgo = number } = options;
  const talk = new Conversation({ sessionId: idOf(number), seed: number });
  talk.prompt(prompt).reply(`Answer to ${number}`);
  const start = Date.now() - minutesAgo * 60_000;
  const records = talk.records.map((record, index) => ({
    ...record,
    cwd: directory,
    timestamp: new Date(start + index).toISOString(),
  }));
  const file = join(world.sessionFolder(directory), `${talk.sessionId}.jsonl`);
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return talk.sessionId;
}

function row(page: Page, name: string): Locator {
  return page.getByRole("list", { name: "Sessions" }).getByRole("listitem").filter({ hasText: name });
}

/** Begins a session that asks; answers the address of it. */
async function ask(page: Page, input: string, name: string): Promise<string> {
  await page.goto(`${world.origin}/sessions/new`);
  await page.getByLabel("First prompt").fill(`/ask ${input} ${name}`);
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}$/);
  return page.url();
}

async function hasNoProblems(page: Page): Promise<void> {
  for (const viewport of [narrow, phone, desk]) {
    await page.setViewportSize(viewport);
    expect(await accessibilityProblems(page), `${page.url()} at ${viewport.width}`).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, `${page.url()} at ${viewport.width} scrolls sideways`).toBeLessThanOrEqual(0);
  }
}

test("[PROMPT-3] on a phone a session is begun, asks, is answered with one tap, and gives its first answer", async () => {
  await openWorld();
  const page = await world.open("/sessions", { viewport: phone });
  await page.getByRole("heading", { name: "No sessions yet" }).waitFor();
  await page.getByRole("link", { name: "New session" }).click();
  // What is filled in is still there after a reload.
  await page.getByLabel("First prompt").fill('/ask Bash {"command":"make cake"} The cake is ready');
  await page.reload();
  expect(await page.getByLabel("First prompt").inputValue()).toContain("make cake");
  await page.getByRole("combobox", { name: "Project" }).fill(world.project);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}$/);
  const question = page.getByRole("article", { name: "Question: Bash make cake" });
  await question.getByText("make cake", { exact: true }).waitFor();
  await question.getByRole("button", { name: "Allow", exact: true }).click();
  await question.waitFor({ state: "detached" });
  await page.goto(`${world.origin}/sessions`);
  await row(page, "The cake is ready").getByText("idle").waitFor();
  expect(await page.evaluate(() => sessionStorage.getItem("parlatory.new-session"))).toBeNull();
});

test("[PROMPT-6] a refusal comes back to the form as it was, at the field it is about", async () => {
  await openWorld();
  const page = await world.open("/sessions/new?directory=/no/such/place");
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByText("Say what the agent is to do").waitFor();
  await page.getByLabel("First prompt").fill("hello");
  await page.getByLabel("First prompt").press("Control+Enter");
  const project = page.getByRole("combobox", { name: "Project" });
  await page.getByText("Directory does not exist: /no/such/place").waitFor();
  expect(await project.getAttribute("aria-invalid")).toBe("true");
  expect(await page.getByLabel("First prompt").inputValue()).toBe("hello");
  await project.fill("shop");
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByText("Give the whole path").waitFor();
  await hasNoProblems(page);
});

test("[PROMPT-6] a refusal that comes when the form was left already brings it back as it was", async () => {
  await openWorld();
  const page = await world.newPage();
  const left = Promise.withResolvers<void>();
  await page.routeWebSocket(/\/remote/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((text) => {
      const isRefusal = typeof text === "string" && text.includes("Directory does not exist");
      void (isRefusal ? left.promise : Promise.resolve()).then(() => socket.send(text));
    });
  });
  await world.signIn(page);
  await page.goto(`${world.origin}/sessions/new?directory=/no/such/place`);
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByLabel("First prompt").fill("hello");
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}$/);
  left.resolve();
  await page.waitForURL(/\/sessions\/new$/);
  await page.getByText("Directory does not exist: /no/such/place").waitFor();
  expect(await page.getByLabel("First prompt").inputValue()).toBe("hello");
  expect(await page.getByRole("combobox", { name: "Project" }).inputValue()).toBe("/no/such/place");
});

test("[RES-1] [RES-2] a worktree: a taken name is told with a free one, which is taken with one tap, and a failure of git is shown whole", async () => {
  await openWorld();
  const page = await world.open(`/sessions/new?directory=${encodeURIComponent(world.project)}`);
  await page.getByLabel("First prompt").fill("where am I");
  await page.getByRole("checkbox", { name: "In a new git worktree" }).check();
  await page.getByLabel("Name of the worktree").fill("fix cart");
  const start = page.getByRole("button", { name: "Start" });
  await start.click();
  await page.getByText(`Not a git repository: ${world.project}`).first().waitFor();
  const git = (...words: string[]): unknown =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...words], {
      cwd: world.project,
      stdio: "pipe",
    });
  git("init", "-q");
  await start.click();
  await page
    .getByRole("alert")
    .filter({ hasText: /git .* failed/ })
    .first()
    .waitFor();
  git("commit", "-q", "--allow-empty", "-m", "first");
  git("branch", "fix-cart");
  await start.click();
  await page.getByRole("button", { name: "Use the name fix-cart-2" }).click();
  await start.click();
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}$/);
  await page.goto(`${world.origin}/sessions`);
  await page.getByRole("heading", { name: "project-fix-cart-2" }).waitFor();
  await row(page, "where am I").getByText("idle").waitFor();
  expect(String(git("worktree", "list"))).toContain("[fix-cart-2]");
});

test("[WATCH-6] [SESS-3] what is written outside appears by itself; rows under a hand stay, and say how many want to move", async () => {
  await openWorld();
  for (const number of [1, 2, 3]) writeSession(number, { prompt: `Session number ${number}`, minutesAgo: number });
  const page = await world.open("/sessions");
  await row(page, "Session number 3").waitFor();
  writeSession(4, { prompt: "Session number 4", minutesAgo: 0 });
  await row(page, "Session number 4").waitFor();
  const names = async (): Promise<string[]> =>
    (await page.getByRole("link", { name: /Session number/ }).allTextContents()).map((name) => name.slice(-1));
  expect(await names()).toEqual(["4", "1", "2", "3"]);
  // A hand is put on the list, and a session comes that belongs above.
  const box = await row(page, "Session number 2").boundingBox();
  if (box === null) throw new Error("the row is not shown");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  writeSession(5, { prompt: "Session number 5", minutesAgo: 0 });
  await page.getByRole("button", { name: "1 changed" }).waitFor();
  expect(await names()).toEqual(["4", "1", "2", "3"]);
  expect(await row(page, "Session number 2").boundingBox()).toEqual(box);
  // Off the row, so that it is not opened.
  await page.mouse.move(5, 5);
  await page.mouse.up();
  await row(page, "Session number 5").waitFor();
  expect(await names()).toEqual(["5", "4", "1", "2", "3"]);
});

test("[SESS-4] a hidden session goes at once and comes back, with undo or later from the list of hidden ones", async () => {
  await openWorld();
  for (const number of [1, 2]) writeSession(number, { prompt: `Session number ${number}` });
  const page = await world.open("/sessions");
  const hide = async (): Promise<void> => {
    await page.getByRole("button", { name: "Actions for Session number 1" }).click();
    await page.getByRole("menuitem", { name: "Hide on this device" }).click();
    await row(page, "Session number 1").waitFor({ state: "detached" });
  };
  await hide();
  await page.getByRole("button", { name: "Undo" }).click();
  await row(page, "Session number 1").waitFor();
  await hide();
  await page.reload();
  await row(page, "Session number 2").waitFor();
  expect(await row(page, "Session number 1").count()).toBe(0);
  await page.getByText("Hidden on this device (1)").click();
  await page.getByRole("button", { name: "Show Session number 1 again" }).click();
  await row(page, "Session number 1").waitFor();
  // Without a connection it cannot be hidden: the row comes back, and that is said.
  world.proxy.cut();
  await page.getByText("Offline. This is what was known").waitFor();
  await page.getByRole("button", { name: "Actions for Session number 1" }).click();
  await page.getByRole("menuitem", { name: "Hide on this device" }).click();
  await page.getByText("was not hidden").waitFor();
  await row(page, "Session number 1").waitFor();
});

test("[SESS-1] projects of one name are told apart; search, state and agent narrow the list, and grouping is remembered", async () => {
  await openWorld();
  const [one, other] = [join(world.home, "a", "shop"), join(world.home, "b", "shop")];
  for (const directory of [one, other]) mkdirSync(directory, { recursive: true });
  writeSession(1, { prompt: "Fix the cart total", directory: one });
  writeSession(2, { prompt: "Write the changelog", directory: other });
  for (let number = 10; number < 18; number++) writeSession(number, { prompt: `Long project ${number}` });
  const page = await world.open("/sessions");
  await page.getByRole("heading", { name: /\/a\/ ?shop$/ }).waitFor();
  await page.getByRole("heading", { name: /\/b\/ ?shop$/ }).waitFor();
  await page.getByRole("button", { name: "3 more in project" }).click();
  await row(page, "Long project 17").waitFor();
  await page.getByRole("button", { name: "By project" }).click();
  await row(page, "Fix the cart total").getByText("a/shop", { exact: true }).waitFor();
  await page.reload();
  await row(page, "Fix the cart total").getByText("a/shop", { exact: true }).waitFor();
  const search = page.getByRole("searchbox", { name: "Search sessions" });
  await search.fill("CHANGELOG b/shop");
  await row(page, "Fix the cart total").waitFor({ state: "detached" });
  await row(page, "Write the changelog").waitFor();
  await search.fill("nothing like it");
  await page.getByRole("button", { name: "Show all sessions" }).click();
  await page.getByRole("button", { name: "Running" }).click();
  await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
  await page.getByRole("button", { name: "Show all sessions" }).click();
  await ask(page, 'Bash {"command":"ls"}', "listed");
  await page.goto(`${world.origin}/sessions`);
  await page.getByRole("button", { name: "Needs you 1" }).click();
  await row(page, "Bash ls").getByText("needs you").waitFor();
  expect(await page.getByRole("list", { name: "Sessions" }).getByRole("listitem").count()).toBe(1);
  await page.getByRole("button", { name: "Needs you 1" }).click();
  await page.getByLabel("Agent").selectOption("claude");
  await row(page, "Bash ls").waitFor({ state: "detached" });
  await row(page, "Fix the cart total").waitFor();
  await hasNoProblems(page);
});

test("[APPROVE-1] [APPROVE-2] two browsers: one answers, the other is told by whom, and the question is gone in both", async () => {
  await openWorld();
  const desktop = await world.open("/sessions", { deviceName: "Anna's desk" });
  const handset = await world.open("/approvals", {
    viewport: phone,
    browser: await world.openBrowser(),
    deviceName: "Anna's phone",
  });
  await handset.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
  const edit = { file_path: "/srv/cart.ts", old_string: "const a = 1;\nlet b;", new_string: "const a = 2;\nlet b;" };
  await ask(desktop, `Edit ${JSON.stringify(edit)}`, "edited");
  await desktop.goto(`${world.origin}/approvals`);
  const there = desktop.getByRole("article", { name: /^Question: Edit/ });
  const here = handset.getByRole("article", { name: /^Question: Edit/ });
  await there.getByText("- const a = 1;").waitFor();
  await here.getByText("+ const a = 2;").waitFor();
  await hasNoProblems(handset);
  await handset.setViewportSize(phone);
  await here.getByRole("button", { name: "Allow once" }).click();
  await desktop.getByRole("status").filter({ hasText: "Allowed by Anna's phone" }).waitFor();
  await there.waitFor({ state: "detached" });
  await here.waitFor({ state: "detached" });
  await handset.getByRole("list").getByText("Allowed by you").waitFor();
  // Resolved once: one decision is listed, and the run goes on to its answer.
  expect(await desktop.getByText("Allowed by Anna's phone").count()).toBe(2);
  await desktop.goto(`${world.origin}/sessions`);
  await row(desktop, "edited").getByText("idle").waitFor();
});

test("[APPROVE-2] answered on the phone while the desk was cut off: the desk loses the question when it is back, without a second decision", async () => {
  await openWorld();
  const desktop = await world.open("/sessions", { deviceName: "Anna's desk" });
  await ask(desktop, 'Bash {"command":"deploy"}', "deployed");
  await desktop.goto(`${world.origin}/approvals`);
  const question = desktop.getByRole("article", { name: "Question: Bash deploy" });
  await question.waitFor();
  world.proxy.cut();
  await desktop.getByRole("heading", { name: "No connection to the server" }).waitFor();
  await question.waitFor();
  // The phone reaches the server another way.
  const handset = await openBeside(await world.openBrowser(), "/approvals");
  await handset.getByRole("button", { name: "More answers to Bash deploy" }).click();
  await handset.getByRole("menuitem", { name: "Deny with a message" }).click();
  await handset.getByLabel("Message to the agent").fill("Not on a Friday");
  await handset.getByRole("button", { name: "Deny with this message" }).click();
  await handset.getByText("Denied by you").waitFor();
  // Answered at the desk while it is coming back: too late, and the decision that stands stays.
  await question.getByRole("button", { name: "Allow once" }).click();
  world.proxy.restore();
  await question.waitFor({ state: "detached" });
  await desktop.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
  await desktop
    .getByRole("list")
    .getByText(/^(Denied by Anna's phone; your answer came too late|Decided while this browser was offline)$/)
    .waitFor();
  await desktop.goto(`${world.origin}/sessions`);
  await row(desktop, "denied: Not on a Friday").getByText("idle").waitFor();
  expect(await desktop.getByRole("button", { name: /^Allow/ }).count()).toBe(0);
});

test("[APPROVE-3] [APPROVE-4] [APPROVE-5] [APPROVE-9] input that came cut is shown whole and can be edited; a tool is allowed for the session; what nobody answers expires and says so", async () => {
  await openWorld({ settings: { remote: { default_agent: "echo", permission_timeout_s: 12 } } });
  const page = await world.open("/sessions", { viewport: phone });
  const long = `BEGIN ${"middle ".repeat(60_000)}END`;
  const session = await ask(page, `Note ${JSON.stringify({ text: long })}`, "noted");
  await page.goto(`${world.origin}/approvals`);
  const note = page.getByRole("article", { name: /^Question: Note/ });
  await note.getByText(/^BEGIN (middle )+END$/).waitFor();
  await note.getByRole("button", { name: /^More answers/ }).click();
  await page.getByRole("menuitem", { name: "Edit, then allow" }).click();
  const editor = note.getByLabel("Input of the tool");
  await editor.fill("[1]");
  await note.getByText("An object in braces is needed").waitFor();
  await editor.fill('{"text":"short"}');
  await note.getByRole("button", { name: "Allow this" }).click();
  await page.getByText("Allowed by you").waitFor();
  // For the session: the second question of the same tool is not asked any more.
  await page.goto(session);
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  for (const word of ["first", "second"]) {
    await prompt.fill(`/ask Bash {"command":"${word}"} ${word} done`);
    await page.keyboard.press("Control+Enter");
    if (word === "first") {
      await page.getByRole("button", { name: "More answers to Bash first" }).click();
      await page.getByRole("menuitem", { name: "Allow Bash for the session" }).click();
    }
    // Left only when it has its answer: a page that is gone sends nothing.
    await page.getByText(`allowed: ${word} done`).first().waitFor();
    expect(await page.getByRole("article", { name: /^Question/ }).count()).toBe(0);
  }
  await page.goto(`${world.origin}/sessions`);
  await row(page, "second done").getByText("idle").waitFor();
  expect(await row(page, "second done").count()).toBe(1);
  await ask(page, 'Deploy {"to":"production"}', "deployed");
  await page.getByRole("article", { name: "Question: Deploy production" }).waitFor();
  await page.getByRole("status").filter({ hasText: "Expired: nobody answered in time" }).waitFor();
});

test("many sessions: few rows are in the page, scrolling brings the next ones, and search finds old ones", async () => {
  await openWorld();
  for (let number = 1; number <= 600; number++) writeSession(number, { prompt: `Session number ${number} of many` });
  const page = await world.open("/sessions", { viewport: phone });
  await page.getByText(/of 600 sessions are loaded/).waitFor();
  await page.getByRole("button", { name: "By project" }).click();
  const list = page.getByRole("list", { name: "Sessions" });
  await row(page, "Session number 1 of many").waitFor();
  expect(await list.getByRole("listitem").count()).toBeLessThan(60);
  // Down to the end, as often as that brings more.
  for (let end = ""; (await row(page, "Session number 600 of many").count()) === 0;) {
    const before = end;
    await page.evaluate(() => window.scrollTo({ top: document.documentElement.scrollHeight }));
    await page.waitForFunction(
      (place) => document.querySelector("[aria-posinset]:last-child")?.textContent !== place,
      before,
    );
    end = (await list.getByRole("listitem").last().textContent()) ?? "";
  }
  await row(page, "Session number 600 of many").waitFor();
  expect(await list.getByRole("listitem").count()).toBeLessThan(60);
  // Another device: this one keeps all it has loaded.
  const other = await world.open("/sessions", { viewport: phone, browser: await world.openBrowser() });
  await other.getByText(/of 600 sessions are loaded/).waitFor();
  await other.getByRole("searchbox", { name: "Search sessions" }).fill("number 599");
  await other.getByText(/Searched the newest \d+ of 600 sessions/).waitFor();
  await other.getByRole("button", { name: "Search older ones too" }).click();
  await row(other, "Session number 599 of many").waitFor();
});

test("[RES-3] [RES-5] files of a project are brought by picking and by dropping, their path is copied, and deleting asks first", async () => {
  await openWorld();
  writeSession(1, { prompt: "Fix the cart total" });
  const page = await world.open("/sessions");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const files = join(world.project, ".parlatory", "resources");
  await page.getByRole("button", { name: "Actions for the project project" }).click();
  await page.getByRole("menuitem", { name: "Files for agents" }).click();
  await page.getByText("No files yet").waitFor();
  const big = Buffer.alloc(9 * 1024 * 1024, "x");
  await page.getByLabel("Files to add").setInputFiles([
    { name: "plan.md", mimeType: "text/markdown", buffer: Buffer.from("# Plan") },
    { name: "big.bin", mimeType: "application/octet-stream", buffer: big },
  ]);
  await page.getByRole("button", { name: "Delete big.bin" }).waitFor();
  expect(readFileSync(join(files, "big.bin")).equals(big)).toBe(true);
  await page.getByRole("button", { name: "Copy path: plan.md" }).click();
  await page.getByText("Copied", { exact: true }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(join(files, "plan.md"));
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["dropped"], "dropped.txt"));
    return transfer;
  });
  await page.getByRole("list", { name: "Files" }).dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByText("dropped.txt").waitFor();
  await hasNoProblems(page);
  await page.getByRole("button", { name: "Delete plan.md" }).click();
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByRole("button", { name: "Delete plan.md" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete plan.md" }).waitFor({ state: "detached" });
  // A folder that is gone is told.
  rmSync(world.project, { recursive: true });
  await page
    .getByLabel("Files to add")
    .setInputFiles({ name: "late.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
  await page.getByText(/^Not sent\. .*does not exist/).waitFor();
});

test("keys alone: search, a row's menu, a question answered, and back", async () => {
  await openWorld();
  writeSession(1, { prompt: "Fix the cart total" });
  const page = await world.open("/sessions");
  await ask(page, 'Bash {"command":"ls"}', "listed");
  await page.goto(`${world.origin}/sessions`);
  const allow = page.getByRole("button", { name: "Allow Bash ls" });
  await allow.waitFor();
  const tabTo = async (target: Locator): Promise<void> => {
    for (let count = 0; count < 60; count++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error("it cannot be reached by Tab");
  };
  await tabTo(page.getByRole("searchbox", { name: "Search sessions" }));
  await tabTo(allow);
  await page.keyboard.press("Enter");
  await allow.waitFor({ state: "detached" });
  const actions = page.getByRole("button", { name: "Actions for Fix the cart total" });
  await tabTo(actions);
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "New session here" }).waitFor();
  await page.keyboard.press("Escape");
  expect(await actions.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Shift+Tab");
  const link = page.getByRole("link", { name: "Fix the cart total" });
  expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(idOf(1)));
});

/** A phone that reaches the server past the network that the test takes away. */
async function openBeside(browser: RunningBrowser, path: string): Promise<Page> {
  const page = await browser.context.newPage();
  await world.signIn(page, "Anna's phone");
  await page.setViewportSize(phone);
  await page.goto(`${world.serverUrl}${path}`);
  return page;
}

test("[CLIENT-1] the connection is opened before the app has come, once, and the app goes on with it", async () => {
  await openWorld();
  writeSession(1, { prompt: "Mend the cart" });
  const page = await world.open("/sessions", { before: watchSockets });
  await row(page, "Mend the cart").waitFor();
  const { openers, connects } = await page.evaluate(() => (window as unknown as { watched: WatchedSockets }).watched);
  expect(openers).toEqual([expect.stringMatching(/\/assets\/ahead-[0-9a-f]+\.js$/)]);
  expect(connects).toBe(1);

  world.proxy.cut();
  await page.getByText("live", { exact: true }).waitFor({ state: "hidden" });
  world.proxy.restore();
  await page.getByText("live", { exact: true }).waitFor();
  await page.goto(`${world.origin}/mesh`);
  await page.getByRole("heading").first().waitFor();
  expect(await page.evaluate(() => (window as unknown as { watched: WatchedSockets }).watched.openers)).toEqual([]);
});

interface WatchedSockets {
  /** The script that ran when a socket was opened; empty for a module. */
  readonly openers: string[];
  connects: number;
}

/** Runs in the page. */
function watchSockets(): void {
  const watched: WatchedSockets = { openers: [], connects: 0 };
  (window as unknown as { watched: WatchedSockets }).watched = watched;
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      watched.openers.push((document.currentScript as HTMLScriptElement | null)?.src ?? "");
    }

    override send(data: string): void {
      if (data.startsWith('{"type":"connect"')) watched.connects++;
      super.send(data);
    }
  };
}
