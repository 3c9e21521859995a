// A newer build of the web app while a page of the older one is open, in a real Chromium against a real server.
import { expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { startUpdatedApp } from "./updated-app.ts";
import { WebWorld, accessibilityProblems, phone } from "./web-world.ts";

const executable = findChromium();

test("a new build is told, taken with one tap, and nothing that was typed or attached is lost by it", async ({
  skip,
  onTestFinished,
}) => {
  if (executable === undefined) return skip("there is no Chromium");
  const world = await WebWorld.open({ executable });
  onTestFinished(() => world.close());
  const app = await startUpdatedApp(world.serverUrl);
  onTestFinished(() => app.close());
  const other = world.openDevice();
  onTestFinished(() => other.close());
  const { sessionId, outcome } = other.prompt({ text: "hello", workingDirectory: world.project, agent: "echo" });
  await outcome;

  const page = await world.newPage({ viewport: phone });
  await world.signIn(page);
  await page.goto(`${app.origin}/sessions/${sessionId}`);
  await page.waitForFunction(async () => {
    const { active } = await navigator.serviceWorker.ready;
    return active?.state === "activated" && navigator.serviceWorker.controller !== null;
  });
  const box = page.getByRole("textbox", { name: "Prompt" });
  const mark = page.locator("meta[name=build]");
  const files = page.getByRole("list", { name: "Attachments" });
  await box.fill("half written");
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("kept") });
  await files.getByText("notes.txt").waitFor();
  expect(await page.getByText("A new version is here.").count()).toBe(0);

  // The server comes back with it; the page goes on as it is until somebody wants the new one.
  app.update();
  await page.getByText("A new version is here.").waitFor();
  expect(await mark.count()).toBe(0);
  expect(await box.inputValue()).toBe("half written");
  expect(await accessibilityProblems(page)).toEqual([]);
  await box.fill("half written, and more");
  await page.getByRole("button", { name: "Reload" }).click();
  await mark.waitFor({ state: "attached" });
  await page.getByText("live", { exact: true }).waitFor();
  expect(await box.inputValue()).toBe("half written, and more");
  await files.getByText("notes.txt").waitFor();
  expect(await page.getByText("A new version is here.").count()).toBe(0);
  const kept = await page.evaluate(async () => ({
    caches: await caches.keys(),
    isWaiting: (await navigator.serviceWorker.ready).waiting !== null,
  }));
  expect(kept).toMatchObject({ isWaiting: false });
  expect(kept.caches).toContain("parlatory-shell-the-new-one");

  // What goes out is what stood there, and no file stays behind for the next prompt.
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page
    .getByRole("feed")
    .getByText(/^echo: half written, and more/)
    .waitFor();
  await page.reload();
  await page
    .getByRole("feed")
    .getByText(/^echo: half written, and more/)
    .waitFor();
  await box.fill("next");
  expect(await files.count()).toBe(0);
});
