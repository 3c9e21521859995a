// The `claude` driver on the real command line, against a scripted model.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createDriver,
  sweepOrphans,
  type AgentSession,
  type Driver,
  type Run,
  type StartOptions,
} from "@parlatory/agents";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  eventsOf,
  expectNothingLeft,
  firstOf,
  living,
  submit,
  survivors,
} from "../packages/agents/test/support/agent-world.ts";
import { claudeEnvironment } from "./claude-environment.ts";
import { claudeProgram } from "./claude.ts";
import { failingModelRules, scriptedError } from "./failing-model.ts";
import { startFakeAnthropic, type FakeAnthropic, type FakeRule, type FakeUsage } from "./fake-anthropic.mjs";

let model: FakeAnthropic;
let home: string;
let project: string;
let environment: Record<string, string>;
let driver: Driver;
let sessions: AgentSession[] = [];

const rules: FakeRule[] = [
  {
    name: "tool",
    when: { user: "^run: (.*)$", toolResult: false },
    reply: { text: "I will.", tool: { name: "Bash", input: { command: "{{1}}" } } },
  },
  { name: "tool result", when: { toolResult: true }, reply: "it said {{toolResult}}" },
  { name: "held", when: { user: "^wait" }, reply: { text: "never seen", hold: true } },
  { name: "429", when: { user: "^429" }, reply: scriptedError(429, "rate_limit_error", { "retry-after": "2" }) },
  {
    name: "429 for hours",
    when: { user: "^long 429" },
    reply: scriptedError(429, "rate_limit_error", { "retry-after": "9999" }),
  },
  ...failingModelRules,
];

beforeEach(async ({ skip }) => {
  skip(claudeProgram === undefined, "claude is not installed");
  home = realpathSync(mkdtempSync(join(tmpdir(), "parl-claude-driver-")));
  project = join(home, "project");
  mkdirSync(project);
  model = await startFakeAnthropic({ scenario: { rules, fallback: "You said {{user}}" } });
  environment = claudeEnvironment(home, model.url);
  driver = await createDriver({ agent: "claude" }, { environment, randomUuid: () => randomUUID() });
});
afterEach(async () => {
  if (claudeProgram === undefined) return;
  await Promise.all(sessions.map((session) => session.close({ graceMs: 0 })));
  sessions = [];
  await model.close();
  rmSync(home, { recursive: true, force: true });
  await expectNothingLeft();
});

async function start(options: Partial<StartOptions> = {}): Promise<AgentSession> {
  const session = await driver.start({ workingDirectory: project, ...options });
  sessions.push(session);
  return session;
}

/** Resolves when the model holds its answer back. */
async function isHeld(): Promise<void> {
  await expect.poll(() => model.requests.some(({ rule }) => rule === "held"), { timeout: 30_000 }).toBe(true);
}

/** What the model reported for all requests from this one on. */
function reportedSince(index: number) {
  const reported = model.requests.slice(index).flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  const sum = (count: (usage: FakeUsage) => number) => reported.map(count).reduce((total, tokens) => total + tokens, 0);
  return {
    source: "agent",
    inputTokens: sum((usage) => usage.input_tokens + usage.cache_creation_input_tokens),
    outputTokens: sum((usage) => usage.output_tokens),
    cacheReadTokens: sum((usage) => usage.cache_read_input_tokens),
    cacheWriteTokens: sum((usage) => usage.cache_creation_input_tokens),
  };
}

const promptsShown = (text: string) => {
  const messages = model.requests.findLast((request) => request.body?.messages !== undefined)?.body?.messages ?? [];
  // A message for the running turn is shown to the model as one of the system.
  return messages.filter(({ role, content }) => role !== "assistant" && JSON.stringify(content).includes(text)).length;
};

test("[TURN-12] [TURN-10] [STR-2] a new session answers several prompts, with the tokens of each", async () => {
  expect((await driver.probe()).version).toMatch(/^\d+\.\d+\.\d+$/);
  const session = await start();
  const run = submit(session, "hello");
  const events = await eventsOf(run);
  expect(events.flatMap((event) => (event.type === "output_delta" ? [event.text] : [])).join("")).toBe(
    "You said hello",
  );
  const first = await run.result;
  expect(first).toMatchObject({
    outcome: "completed",
    output: "You said hello",
    agentStopReason: "completed",
    isIdle: true,
  });
  expect(first.usage).toEqual(reportedSince(0));
  // Of this run: what the first one wrote to the cache is read, not counted again.
  const before = model.requests.length;
  const second = await submit(session, "again").result;
  expect(second.usage).toEqual(reportedSince(before));
  expect(second.usage.cacheReadTokens).toBeGreaterThan(first.usage.inputTokens / 2);
});

test("[CAN-6] [CMD-bootstrap-5] a prompt is run once, across a kill in the middle of its tool and a resume", async () => {
  const first = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const done = randomUUID();
  expect(await submit(first, "hello", { messageUuid: done }).result).toMatchObject({ isDuplicate: false });
  const killed = randomUUID();
  const run = submit(first, `run: echo x >> ${project}/runs; tail -f /dev/null | cat`, { messageUuid: killed });
  await answerAll(first, run);
  await expect.poll(() => existsSync(join(project, "runs")), { timeout: 30_000 }).toBe(true);
  await first.close({ graceMs: 0 });
  expect(await run.result).toMatchObject({ outcome: "cancelled", isReusable: false });

  const resume = { agentSessionId: first.agentSessionId!, workingDirectory: project };
  const second = await start({ workingDirectory: home, resume });
  expect(second.agentSessionId).toBe(first.agentSessionId);
  for (const messageUuid of [done, killed]) {
    expect(await submit(second, "hello", { messageUuid }).result).toMatchObject({ isDuplicate: true, isIdle: true });
  }
  expect(await submit(second, "third").result).toMatchObject({ output: "You said third", isDuplicate: false });
  expect([promptsShown("hello"), promptsShown("run: echo x")]).toEqual([1, 1]);
});

/** Allows the tools of a run. */
async function answerAll(session: AgentSession, run: Run): Promise<void> {
  const { questionId } = await firstOf(run, "permission_question");
  session.answerPermission(questionId, { behavior: "allow" });
}

test("[CMD-bootstrap-5] session_load_failed: an unknown session, or a new one in its place", async () => {
  const resume = { agentSessionId: randomUUID(), workingDirectory: project };
  await expect(start({ resume })).rejects.toMatchObject({ kind: "session_load_failed" });
  const session = await start({ resume: { ...resume, onLoadFailure: "replace", seedText: "We spoke of bees." } });
  expect(await submit(session, "go on").result).toMatchObject({ output: "You said go on" });
  expect(promptsShown("We spoke of bees.")).toBe(1);
});

test("[CAN-2] [CAN-4] [CAN-5] an answer is interrupted, and the next prompt works", async () => {
  const session = await start();
  const stop = new AbortController();
  const run = submit(session, "wait", { signal: stop.signal });
  await isHeld();
  stop.abort();
  await run.acknowledged;
  expect(await run.result).toMatchObject({
    outcome: "cancelled",
    agentStopReason: "aborted_streaming",
    isIdle: true,
    isReusable: true,
  });
  expect(await submit(session, "hello").result).toMatchObject({ output: "You said hello" });
});

test("[CAN-2] a tool in the middle of its work is interrupted", async () => {
  const session = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const stop = new AbortController();
  const run = submit(session, `run: echo $$ > ${project}/pid; tail -f /dev/null | cat`, { signal: stop.signal });
  await answerAll(session, run);
  await expect.poll(() => existsSync(join(project, "pid")), { timeout: 30_000 }).toBe(true);
  stop.abort();
  expect(await run.result).toMatchObject({ outcome: "cancelled", agentStopReason: "aborted_tools", isIdle: true });
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed" });
  expect(promptsShown("hello")).toBe(1);
});

test("[CAN-3] a session in the middle of a tool, which is in a session of its own, ends at once and leaves nothing", async () => {
  const session = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const run = submit(session, `run: trap '' TERM; touch ${project}/on; tail -f /dev/null | cat`);
  await answerAll(session, run);
  await expect.poll(() => existsSync(join(project, "on")), { timeout: 30_000 }).toBe(true);
  const pids = await survivors();
  expect(pids.length).toBeGreaterThan(1);
  const started = performance.now();
  await session.close({ graceMs: 100 });
  expect(performance.now() - started).toBeLessThan(1500);
  expect(await run.result).toMatchObject({ outcome: "cancelled", isIdle: false });
  expect(await living(pids)).toEqual([]);
});

test("[TURN-12] a message for the running turn reaches the model in it", async () => {
  const session = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const run = submit(session, `run: until test -e ${project}/go; do read -t 0.1 < /dev/zero; done; echo went`);
  const steered = randomUUID();
  const seen: string[] = [];
  for await (const event of run.events) {
    if (event.type === "prompt_seen") seen.push(event.messageUuid);
    if (event.type !== "permission_question") continue;
    session.answerPermission(event.questionId, { behavior: "allow" });
    expect(await session.steer({ text: "and hurry", messageUuid: steered })).toBe("accepted");
    mkdirSync(join(project, "go"));
  }
  expect(seen.at(-1)).toBe(steered);
  expect(seen).toHaveLength(2);
  const { outcome, isIdle } = await run.result;
  expect({ outcome, isIdle }).toEqual({ outcome: "completed", isIdle: true });
  expect(promptsShown("and hurry")).toBe(1);
  expect(await session.steer({ text: "too late", messageUuid: randomUUID() })).toBe("idle");
});

test("[TURN-11] a permission question is answered with yes", async () => {
  const session = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const run = submit(session, `run: touch ${project}/made; echo made`);
  const question = await firstOf(run, "permission_question");
  expect(question).toMatchObject({ toolName: "Bash", input: { command: expect.stringContaining("touch") } });
  session.answerPermission(question.questionId, { behavior: "allow" });
  expect(await run.result).toMatchObject({ output: "it said made", permissionDenials: [] });
  expect(existsSync(join(project, "made"))).toBe(true);
});

test("[TURN-11] a question that nobody answers is denied and recorded", async () => {
  const session = await start();
  const { permissionDenials, outcome } = await submit(session, `run: touch ${project}/made`).result;
  const reason = "nobody is there to answer the permission question";
  expect({ outcome, permissionDenials }).toEqual({
    outcome: "completed",
    permissionDenials: [{ toolName: "Bash", reason }],
  });
  expect(existsSync(join(project, "made"))).toBe(false);
});

test("[ERR-3] auth_required, rate_limited and engine_failed: errors of the model's service are bounded, and the session goes on", async () => {
  const session = await start();
  const kindOf = async (prompt: string) => {
    const run = submit(session, prompt);
    const retries = (await eventsOf(run)).filter((event) => event.type === "retry");
    const { outcome, error: failure, isReusable } = await run.result;
    return { outcome, kind: failure?.kind, isReusable, retries: retries.length, detail: failure?.detail };
  };
  const failed = { outcome: "failed", isReusable: true, retries: 1 };
  expect(await kindOf("401")).toMatchObject({ ...failed, kind: "auth_required" });
  const limited = await kindOf("429");
  expect(limited).toMatchObject({ ...failed, kind: "rate_limited" });
  const { retry_after_ms: retryAfterMs } = limited.detail ?? {};
  expect(limited.detail).toMatchObject({ api_error_status: 429 });
  // It adds a little at random to the two seconds that the model named.
  expect(retryAfterMs).toSatisfy((ms: number) => ms >= 2000 && ms < 4000);
  // A wait of hours is not waited for, and not told on.
  expect(await kindOf("long 429")).toMatchObject({ ...failed, kind: "rate_limited", retries: 0 });
  expect(await kindOf("529")).toMatchObject({ ...failed, kind: "engine_failed" });
  expect(await kindOf("drop")).toMatchObject({ ...failed, kind: "engine_failed" });
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed", output: "You said hello" });
});

test("[SES-12] a compaction is announced, and the session goes on", async () => {
  const session = await start();
  for (const prompt of ["hello", "again"]) await submit(session, prompt).result;
  const run = session.compact!({ messageUuid: randomUUID(), generation: 2, instructions: "keep the numbers" });
  expect(await run.result).toMatchObject({
    outcome: "completed",
    compactions: [{ trigger: "manual", tokensBefore: expect.any(Number), tokensAfter: expect.any(Number) }],
  });
  expect(await submit(session, "after").result).toMatchObject({ output: "You said after" });
});

test("[SES-12] a context that has become too long is compacted by the agent itself, and the prompt is answered", async () => {
  const session = await start();
  for (const prompt of ["hello", "again"]) await submit(session, prompt).result;
  expect(await submit(session, "too long").result).toMatchObject({
    outcome: "completed",
    output: "You said too long",
    compactions: [{ trigger: "auto", tokensBefore: expect.any(Number), tokensAfter: expect.any(Number) }],
  });
});

test("[TURN-11] a tool that the user's own rules forbid is not asked about, and is recorded", async () => {
  mkdirSync(join(project, ".claude"));
  const settings = { permissions: { deny: ["Bash(touch:*)"] } };
  writeFileSync(join(project, ".claude", "settings.json"), JSON.stringify(settings));
  const session = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const { outcome, permissionDenials } = await submit(session, `run: touch ${project}/made`).result;
  expect({ outcome, permissionDenials }).toEqual({
    outcome: "completed",
    permissionDenials: [{ toolName: "Bash", reason: expect.stringContaining("denied") }],
  });
  expect(existsSync(join(project, "made"))).toBe(false);
});

test("[TURN-2] the mode is the agent's own: plan changes nothing, and one that it refuses is engine_unsupported", async () => {
  const session = await start({ permissionMode: "plan", permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  await submit(session, "hello").result;
  expect(JSON.stringify(model.requests.at(-1)?.body)).toMatch(/plan mode/i);
  await session.close({ graceMs: 1000 });
  if (process.getuid?.() !== 0) return; // only root is refused
  const attempt = start({ permissionMode: "bypassPermissions", allowBypass: true });
  await expect(attempt).rejects.toMatchObject({ kind: "engine_unsupported", target: "bypassPermissions" });
});

test("[CAN-2] an agent of this driver ends by itself when it is asked to", async () => {
  const session = await start();
  await submit(session, "hello").result;
  const pids = await survivors();
  await session.close({ graceMs: 10_000 });
  expect(await living(pids)).toEqual([]);
});

test("[CAN-3] an agent whose starter was killed is swept by the next one", async () => {
  const script = `
    const { createDriver } = await import("@parlatory/agents");
    const host = { environment: process.env, randomUuid: () => crypto.randomUUID() };
    const driver = await createDriver({ agent: "claude" }, host);
    const session = await driver.start({ workingDirectory: ${JSON.stringify(project)} });
    session.submit({ prompt: "wait", messageUuid: crypto.randomUUID(), generation: 1 });`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script], { env: environment, stdio: "ignore" });
  await isHeld();
  const pids = await survivors(starter.pid);
  expect(pids).not.toEqual([]);
  starter.kill("SIGKILL");
  await once(starter, "exit");
  expect(await living(pids)).toEqual(pids);
  await sweepOrphans({ graceMs: 2000 });
  expect(await living(pids)).toEqual([]);
});

/** The system prompt that the model was last shown. */
const systemShown = () =>
  JSON.stringify(model.requests.findLast(({ body }) => body?.system !== undefined)?.body?.system);

test("[AGENT-4] [AGENT-11] [PROMPT-18] a new session has the chosen id, and a new system prompt counts when it is resumed", async () => {
  const newSessionId = randomUUID();
  const first = await start({ newSessionId, systemPrompt: "--speak of bees" });
  await submit(first, "--help").result;
  expect(first.agentSessionId).toBe(newSessionId);
  expect(systemShown()).toContain("--speak of bees");
  await first.close({ graceMs: 5000 });
  const resume = { agentSessionId: newSessionId, workingDirectory: project };
  const second = await start({ resume, systemPrompt: "Speak of wasps." });
  expect(await submit(second, "again").result).toMatchObject({ output: "You said again" });
  expect(promptsShown("--help")).toBe(1);
  expect([systemShown().includes("wasps"), systemShown().includes("bees")]).toEqual([true, false]);
});

test("[AGENT-3] [PROMPT-6] a session is resumed in another directory where the capability says so", async () => {
  const { capabilities } = await driver.probe();
  const first = await start();
  await submit(first, "hello").result;
  await first.close({ graceMs: 5000 });
  const elsewhere = join(home, "elsewhere");
  mkdirSync(elsewhere);
  const resume = { agentSessionId: first.agentSessionId!, workingDirectory: elsewhere };
  const isResumed = await start({ resume }).then(
    async (session) => (await submit(session, "again").result).outcome === "completed" && promptsShown("hello") === 1,
    () => false,
  );
  expect(isResumed).toBe(capabilities.canResumeElsewhere);
});

test("[PROMPT-20] [AGENT-5] attachments reach the model, and the agent confirms the prompt by its id", async () => {
  const session = await start();
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const attachments = [
    { filename: "pixel.png", mediaType: "image/png", content: pixel },
    { filename: "page.pdf", mediaType: "application/pdf", content: base64("%PDF-1.1\n1 0 obj<</Type/Catalog>>endobj") },
    { filename: "notes.md", mediaType: "text/markdown", content: base64("# Größe") },
  ];
  const messageUuid = randomUUID();
  const run = submit(session, "look", { messageUuid, attachments });
  expect((await eventsOf(run)).filter(({ type }) => type === "prompt_seen")).toEqual([
    { type: "prompt_seen", messageUuid },
  ]);
  expect(await run.result).toMatchObject({ outcome: "completed" });
  const shown = JSON.stringify(model.requests.map(({ body }) => body?.messages));
  for (const part of [pixel, '"title":"page.pdf"', '"data":"# Größe"']) expect(shown).toContain(part);
});

test("[PROMPT-16] each run has its own money, in a resumed session too, and all of it is what the agent counts", async () => {
  const first = await start();
  const costs = [];
  for (const prompt of ["hello", "again"]) costs.push((await submit(first, prompt).result).cost);
  await first.close({ graceMs: 5000 });
  const resume = { agentSessionId: first.agentSessionId!, workingDirectory: project };
  const second = await start({ resume });
  for (const prompt of ["third", "fourth"]) costs.push((await submit(second, prompt).result).cost);
  await second.close({ graceMs: 5000 });
  const totals = costs.map(({ totalUsd }) => totalUsd ?? Number.NaN);
  expect(costs.every(({ inputUsd, outputUsd }) => inputUsd === null && outputUsd === null)).toBe(true);
  expect(Math.min(...totals)).toBeGreaterThan(0);
  const folder = join(home, ".claude", "projects");
  const file = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith(".jsonl"));
  const counted = readFileSync(join(folder, file ?? ""), "utf8")
    .split("\n")
    .filter((line) => line.includes('"cost-state"'))
    .map((line) => (JSON.parse(line) as { totalCostUSD: number }).totalCostUSD);
  expect(totals.reduce((sum, cost) => sum + cost, 0)).toBeCloseTo(counted.at(-1) ?? Number.NaN, 8);
});

test("[AGENT-7] [SESS-6] the mode is changed between two prompts, and permissions are never bypassed unasked", async () => {
  const modes: string[] = [];
  const session = await start({ onEvent: (event) => event.type === "mode_changed" && modes.push(event.mode) });
  await submit(session, "hello").result;
  expect(await session.setPermissionMode!("plan")).toBe(true);
  await submit(session, "again").result;
  expect(JSON.stringify(model.requests.at(-1)?.body)).toMatch(/plan mode is active/i);
  expect(await session.setPermissionMode!("bypassPermissions")).toBe(false);
  expect(await session.setPermissionMode!("default")).toBe(true);
  await expect.poll(() => modes).toEqual(["plan", "default"]);
  const allowed = await start({ allowBypass: true });
  expect(await allowed.setPermissionMode!("bypassPermissions")).toBe(false); // it was not started for it
});

test("[COMPACT-4] a compaction that the agent cannot do is a failure with its words", async () => {
  const session = await start();
  const compact = () => session.compact!({ messageUuid: randomUUID(), generation: 1 }).result;
  expect(await compact()).toMatchObject({ outcome: "failed", compactions: [] });
  for (const prompt of ["hello", "again"]) await submit(session, prompt).result;
  const error = { status: 400, type: "invalid_request_error", message: "no room for that" };
  model.setScenario({ fallback: { error } });
  expect(await compact()).toMatchObject({
    outcome: "failed",
    error: { message: expect.stringContaining("no room for that") },
    isReusable: true,
  });
  model.setScenario({ rules, fallback: "You said {{user}}" });
  expect(await compact()).toMatchObject({ outcome: "completed", compactions: [{ trigger: "manual" }] });
});

test("[AGENT-9] a refused key is not tried again and again", async () => {
  environment["CLAUDE_CODE_MAX_RETRIES"] = "100";
  const session = await start();
  expect(await submit(session, "401").result).toMatchObject({
    outcome: "failed",
    error: { kind: "auth_required", message: expect.stringContaining("401"), detail: { api_error_status: 401 } },
    isReusable: true,
  });
  expect(model.requests.filter(({ rule }) => rule === "401").length).toBeLessThan(4);
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed" });
});
