// What the server says of a session and a person has to know before a prompt: driven from a terminal, or without the system
// prompt it was given. In a real Chromium against a real server with a stand-in for Claude Code.
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Conversation } from "../packages/server/test/sessions/log/conversation.ts";
import { findChromium } from "./chromium.ts";
import { WebWorld, accessibilityProblems, desk, phone } from "./web-world.ts";

const executable = findChromium();
const sessionId = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
const fakeClaude = fileURLToPath(new URL("../packages/agents/test/support/fake-claude.ts", import.meta.url));
let world: WebWorld;
let folder: string;

beforeAll(async () => {
  if (executable === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "parl-elsewhere-"));
  const program = join(folder, "claude");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${fakeClaude}" "$@"\n`);
  chmodSync(program, 0o755);
  world = await WebWorld.open({
    executable,
    settings: { agents: { claude: { driver: "claude", command: program } } },
  });
});
beforeEach(({ skip }) => (executable === undefined ? skip("there is no Chromium") : undefined));
afterAll(async () => {
  await world?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

test("[LOCK-9] a session that a terminal drives says so; a prompt waits for it, or runs beside it when that is chosen", async () => {
  const talk = new Conversation({ sessionId });
  const file = join(world.sessionFolder(), `${sessionId}.jsonl`);
  const write = (): void => {
    const lines = talk.records.splice(0).map((record) => `${JSON.stringify({ ...record, cwd: world.project })}\n`);
    appendFileSync(file, lines.join(""));
  };
  talk.prompt("Round the cart's total").reply("It rounds once now.");
  write();
  const other = world.openDevice();
  other.follow(sessionId);
  const answers: string[] = [];
  other.on("response", ({ success, text }) => (success ? answers.push(text) : undefined));

  const page = await world.open(`/sessions/${sessionId}`, { viewport: phone });
  const box = page.getByRole("textbox", { name: "Prompt" });
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await page.getByRole("feed").getByText("It rounds once now.").waitFor();
  await button("Send").waitFor();
  // Somebody at the terminal goes on.
  talk.prompt("And the invoices?").call("call-1", "Bash", { command: "npm test" });
  write();
  await page.getByText("in use elsewhere", { exact: true }).waitFor();
  await page.getByText("Another program drives this session").waitFor();
  await box.fill("later");
  await button("Queue").click();
  const waiting = page.getByRole("list", { name: "Waiting prompts" });
  await waiting.getByText("No. 1 in queue").waitFor();

  await box.fill("now");
  await page.getByRole("button", { name: /^While it is busy/ }).click();
  const choice = page.getByRole("menuitemradio", { name: /^Run anyway/ });
  await choice.getByText("Both may write over each other’s work.").waitFor();
  expect(await page.getByRole("menuitemradio").count()).toBe(2);
  await choice.click();
  await page.getByText(/^Runs now, beside whatever drives this session/).waitFor();
  for (const viewport of [phone, desk]) {
    await page.setViewportSize(viewport);
    expect(await accessibilityProblems(page)).toEqual([]);
  }
  await button("Run anyway").click();
  // It goes before what waits.
  await expect.poll(() => answers, { timeout: 20_000 }).toEqual(["You said now", "You said later"]);
  await other.close();
  await page.close();
});

test("[PROMPT-7] an agent that takes no system prompt is told of at its session, until somebody has read it", async () => {
  const page = await world.newPage({ viewport: phone });
  // As an agent of the other kind answers.
  await page.routeWebSocket(/\/remote/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((text) => {
      const isAck = typeof text === "string" && text.includes('"system_prompt_applied":true');
      socket.send(isAck ? text.replace('"system_prompt_applied":true', '"system_prompt_applied":false') : text);
    });
  });
  await world.signIn(page);
  await page.goto(`${world.origin}/sessions/new`);
  await page.getByLabel("First prompt").fill("hello");
  await page.getByText("System prompt").click();
  await page.getByLabel("Added to the agent’s own").fill("Answer in verse.");
  await page.getByRole("button", { name: "Start" }).click();
  const note = page.getByText("takes no system prompt here: it works without yours");
  await note.waitFor();
  await page.getByRole("feed").getByText("echo: hello").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.reload();
  await note.waitFor();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await note.waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("feed").getByText("echo: hello").waitFor();
  expect(await note.count()).toBe(0);
  await page.close();
});
