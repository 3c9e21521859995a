// Project commands in the web app, in a real Chromium against a real server: started, watched, stopped, searched, kept over
// reloads and cut connections, read from the history.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { TalkingPrograms, talkSource } from "./talking-programs.ts";
import { accessibilityProblems, phone, WebWorld } from "./web-world.ts";

const executable = findChromium();
let world: WebWorld;
let programs: TalkingPrograms;

beforeAll(async () => {
  if (executable === undefined) return;
  programs = await TalkingPrograms.open();
  world = await WebWorld.open({ executable });
  const scripts: Record<string, string> = {};
  for (const name of ["first", "second", "db:reset", "hostile", "long", "kept", "away"]) {
    scripts[name] = `node talk.mjs ${programs.port} ${name}`;
  }
  writeFileSync(join(world.project, "talk.mjs"), talkSource);
  writeFileSync(join(world.project, "package.json"), JSON.stringify({ name: "shop", version: "1.0.0", scripts }));
});
beforeEach(({ skip }) => (executable === undefined ? skip("there is no Chromium") : undefined));
afterAll(async () => {
  await world?.close();
  await programs?.close();
});

const launcher = (): string => `/commands?directory=${encodeURIComponent(world.project)}`;

async function run(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: `Run ${name} npm.` }).click();
  await page.getByRole("heading", { level: 1, name: /^npm run/ }).waitFor();
}

/** The lines of the output that are in sight, without numbers and marks. */
async function shown(page: Page): Promise<string[]> {
  const rows = page.getByRole("region", { name: /^Output of/ }).locator("[data-index]");
  return rows.evaluateAll((elements) =>
    elements.map((element) => element.querySelector("div > span:last-child")?.textContent ?? ""),
  );
}

test("[CMD-1] [CMD-9] [CMD-14] two commands are watched at once, go on while one is elsewhere, and one is stopped", async () => {
  const page = await world.open(launcher());
  await run(page, "First");
  const first = await programs.next("first");
  first.print("one of the first\n");
  await page.getByText("one of the first").waitFor();
  await page.getByRole("link", { name: "← Commands" }).click();
  await run(page, "Second");
  const second = await programs.next("second");
  second.print("one of the second\n");
  await page.getByText("one of the second").waitFor();

  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  first.print("two of the first\n");
  second.print("two of the second\n", "stderr");
  await page.getByRole("link", { name: /^Commands 2/ }).click();
  const cards = page.getByRole("list", { name: "Watched commands" });
  await cards.getByText("two of the first").waitFor();
  await cards.getByText("two of the second").waitFor();
  await cards.getByRole("button", { name: /^Stop npm run second/ }).click();
  await cards.getByText(/^(ended by SIGTERM|exit code \d+)/).waitFor();
  first.exit(0);
  await cards.getByText(/^done/).waitFor();

  await cards.getByRole("link", { name: "npm run first" }).click();
  await page.getByText("two of the first").waitFor();
  expect((await shown(page)).slice(-2)).toEqual(["one of the first", "two of the first"]);
  await page.getByRole("link", { name: /npm run second/ }).click();
  await page.getByText("two of the second").waitFor();
  expect(await page.getByTitle("stderr").count()).toBe(1);
  // What is read again is told apart as well.
  await page.reload();
  await page.getByText("two of the second").waitFor();
  expect(await page.getByTitle("stderr").count()).toBe(1);
  await page.close();
});

test("[CMD-11] [CMDHIST-8] 100,000 lines: the end is followed, all are searched, and the download is the whole output", async () => {
  const page = await world.open(launcher());
  await run(page, "Long");
  const program = await programs.next("long");
  const lines = Array.from({ length: 100_000 }, (_, index) => `line ${index + 1}`);
  program.print(`${lines.join("\n")}\n`);
  program.exit(3);
  await page.getByText(/^exit code 3/).waitFor();
  await page.getByText("line 100000", { exact: true }).waitFor();
  expect(await page.locator("[data-index]").count()).toBeLessThan(200);

  const search = page.getByRole("searchbox", { name: "Search the output" });
  await search.fill("line 5000");
  await page.getByText("1 of 11", { exact: true }).waitFor();
  await page.getByText("line 5000", { exact: true }).waitFor();
  await search.press("Enter");
  await page.getByText("2 of 11", { exact: true }).waitFor();
  await page.getByText("line 50000", { exact: true }).waitFor();
  await search.press("Shift+Enter");
  await search.press("Shift+Enter");
  await page.getByText("11 of 11", { exact: true }).waitFor();
  await page.getByRole("button", { name: "↓ To the end" }).click();
  await page.getByText("line 100000", { exact: true }).waitFor();

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^npm\.long-.+\.txt$/);
  const text = readFileSync(await download.path(), "utf8");
  expect(text.slice(text.indexOf("line 1\n"))).toBe(`${lines.join("\n")}\n`);
  await page.close();
});

test("[DASH-7] [CMD-11] colours are shown, what writes over is written over, and hostile text is text", async () => {
  const page = await world.open(launcher(), { viewport: phone });
  await run(page, "Hostile");
  const program = await programs.next("hostile");
  const hostile = `<img src=x onerror="document.title='owned'">`;
  program.print(
    `${hostile}\n\u001b[1;31mred\u001b[0m \u001b]0;owned\u0007plain\u001b[2J\n10%\r20%\r100%\n\u202egnp.exe\n`,
  );
  program.print(`${"w".repeat(30_000)}\n`, "stderr");
  await page.getByText(hostile, { exact: true }).waitFor();
  await page.getByText("10,000 more characters, in the download").waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  const texts = await shown(page);
  expect(texts).toContain("red plain");
  expect(texts).toContain("100%");
  expect(await page.title()).toBe("Parlatory");
  const red = page.getByText("red", { exact: true });
  const weight = await red.evaluate((element) => getComputedStyle(element).fontWeight);
  expect(weight).toBe("700");
  await page.getByRole("button", { name: "Wrap" }).click();
  const isInside = await page
    .getByRole("region", { name: /^Output of/ })
    .evaluate((element) => element.scrollWidth <= element.clientWidth);
  expect(isInside).toBe(true);
  expect(await accessibilityProblems(page)).toEqual([]);
  program.exit(0);
  await page.getByText(/^done · /).waitFor();
  await page.close();
});

test("[CMD-13] [CMDHIST-9] over a reload and a cut connection every line is there once", async () => {
  const page = await world.open(launcher());
  await run(page, "Kept");
  const program = await programs.next("kept");
  program.print("k1\nk2\n");
  await page.getByText("k2", { exact: true }).waitFor();
  await page.reload();
  await page.getByText("k2", { exact: true }).waitFor();
  program.print("k3\n");
  await page.getByText("k3", { exact: true }).waitFor();
  world.proxy.cut();
  await page.getByText("offline, trying again").waitFor();
  program.print("k4\n");
  world.proxy.restore();
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByText("k4", { exact: true }).waitFor();
  program.print("k5\n");
  await page.getByText("k5", { exact: true }).waitFor();
  expect((await shown(page)).filter((text) => text.startsWith("k"))).toEqual(["k1", "k2", "k3", "k4", "k5"]);

  // The start page after a reload: picked up again, though nobody looks at its output.
  await page.goto(`${world.origin}/sessions`);
  await page.getByRole("link", { name: /^Commands 1/ }).click();
  await page.getByRole("list", { name: "Watched commands" }).getByText("k5").waitFor();

  // Another device follows what was started here.
  const other = await world.open(launcher(), { browser: await world.openBrowser(), viewport: phone });
  await other.getByRole("link", { name: "npm run kept" }).first().click();
  await other.getByText("k5", { exact: true }).waitFor();
  program.print("k6\n");
  await other.getByText("k6", { exact: true }).waitFor();
  program.exit(0);
  await other.getByText(/^done · /).waitFor();
  await page
    .getByText(/^done · /)
    .first()
    .waitFor();
  await other.close();
  await page.close();
});

test("[CMD-8] [CMDHIST-5] [CMDHIST-6] the history tells what ran, by project; it is run again, also with keys only", async () => {
  const page = await world.open(launcher());
  await page.getByRole("searchbox", { name: "Filter" }).fill("db res");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const program = await programs.next("db:reset");
  program.print("gone wrong\n", "stderr");
  program.exit(4);
  await page.getByText(/^exit code 4/).waitFor();
  await page.getByRole("button", { name: /^Run again/ }).click();
  const again = await programs.next("db:reset");
  again.exit(0);
  await page.getByText(/^done · /).waitFor();

  await page.goto(`${world.origin}${launcher()}`);
  const history = page.getByRole("region", { name: "History" });
  await history.getByText("gone wrong").waitFor();
  await history.getByText(/^exit code 4/).waitFor();
  expect(await history.getByRole("link", { name: "npm run db:reset" }).count()).toBe(2);
  await page.getByRole("combobox", { name: "Project" }).fill("/nowhere/at/all");
  await page.keyboard.press("Enter");
  await history.getByRole("heading", { name: "Nothing ran here yet" }).waitFor();
  await history.getByLabel("All projects").check();
  await history.getByText("gone wrong").waitFor();
  await page.getByRole("button", { name: "Run Git Status" }).click();
  await page.getByText("Directory does not exist: /nowhere/at/all").waitFor();

  await page.goto(`${world.origin}/commands/cmd-00000000-0000-4000-8000-000000000000`);
  await page.getByRole("heading", { name: "This output is not there any more" }).waitFor();
  await page.close();
});

test("the pages of commands keep the rules of accessibility, at a desk and on a phone, also without a connection", async () => {
  const page = await world.open(launcher());
  await page.getByRole("button", { name: "Run First npm.first" }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.setViewportSize({ width: 320, height: 700 });
  const isInside = (): Promise<boolean> =>
    page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
  expect(await isInside()).toBe(true);
  expect(await accessibilityProblems(page)).toEqual([]);
  world.proxy.cut();
  await page.getByRole("heading", { name: "Not connected" }).waitFor();
  expect(await page.getByRole("button", { name: "Run First npm.first" }).isDisabled()).toBe(true);
  world.proxy.restore();
  await page.getByText("live", { exact: true }).waitFor();
  await page.close();
});
