// The harness commands of the real `parl` on the real Claude Code, against a scripted model.
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { living, survivors } from "../packages/agents/test/support/agent-world.ts";
import { claudeEnvironment } from "./claude-environment.ts";
import { claudeProgram } from "./claude.ts";
import { failingModelRules, scriptedError } from "./failing-model.ts";
import { startFakeAnthropic, type FakeAnthropic, type FakeRule, type FakeUsage } from "./fake-anthropic.mjs";
import { startParl, type ParlEnd, type RunningParl } from "./parl-run.ts";

let model: FakeAnthropic;
let home: string;
let project: string;
let environment: Record<string, string>;
let running: RunningParl[] = [];

const rules: FakeRule[] = [
  {
    name: "tool",
    when: { user: "^run: (.*)$", toolResult: false },
    reply: { text: "I will.", tool: { name: "Bash", input: { command: "{{1}}" } } },
  },
  { name: "tool result", when: { toolResult: true }, reply: { text: "it said {{toolResult}}", chunkChars: 4 } },
  { name: "held", when: { user: "^wait" }, reply: { text: "never seen", hold: true } },
  { name: "429", when: { user: "^429" }, reply: scriptedError(429, "rate_limit_error", { "retry-after": "1" }) },
  ...failingModelRules,
];

beforeEach(async ({ skip }) => {
  skip(claudeProgram === undefined, "claude is not installed");
  home = realpathSync(mkdtempSync(join(tmpdir(), "parl-harness-claude-")));
  project = join(home, "project");
  mkdirSync(project);
  // Commands that the user allows; everything else is asked about, and here nobody answers.
  const allow = ["Bash(sleep:*)", "Bash(touch:*)", "Bash(echo:*)"];
  mkdirSync(join(home, ".claude"));
  writeFileSync(join(home, ".claude", "settings.json"), JSON.stringify({ permissions: { allow } }));
  model = await startFakeAnthropic({ scenario: { rules, fallback: { text: "You said {{user}}", chunkChars: 4 } } });
  environment = { ...claudeEnvironment(home, model.url), PARL_HOME: join(home, "parl") };
});
afterEach(async () => {
  if (claudeProgram === undefined) return;
  for (const { child } of running) child.kill("SIGKILL");
  running = [];
  await model.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
});

/** `turn-loop` on Claude Code, unless the arguments begin with another command. */
function start(...args: string[]): RunningParl {
  const words = args[0] === "bootstrap" || args[0] === "flush-transcript" ? args : ["turn-loop", ...args];
  const parl = startParl([...words, "--agent", "claude", "--json"], { workingDirectory: project, environment });
  running.push(parl);
  return parl;
}

/** Runs it to its end: complete, silent on stderr, and nothing of it lives on. */
async function run(...args: string[]): Promise<ParlEnd> {
  const { child, ended } = start(...args);
  const end = await ended;
  expect({ stderr: end.stderr, status: end.status }).toEqual({ stderr: "", status: end.envelope.exit_code });
  expect(await survivors(child.pid)).toEqual([]);
  return end;
}

const made = (name: string) => existsSync(join(project, name));
async function whenMade(name: string): Promise<void> {
  await expect.poll(() => made(name), { timeout: 60_000 }).toBe(true);
}
const stored = (id: string) =>
  JSON.parse(readFileSync(join(project, ".port_sessions", `${id}.json`), "utf8")) as Record<string, unknown>;
/** The prompts that the model was shown in its last request, in order. */
const history = () =>
  (model.requests.findLast(({ body }) => body?.messages !== undefined)?.body?.messages ?? [])
    .filter(({ role }) => role === "user")
    .map(({ content }) => (typeof content === "string" ? content : content.map(({ text }) => text ?? "").join("\n")));
const timesShown = (text: string) => history().filter((prompt) => prompt.includes(text)).length;

function reportedSince(index: number) {
  const reported = model.requests.slice(index).flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  const sum = (count: (usage: FakeUsage) => number) => reported.map(count).reduce((total, tokens) => total + tokens, 0);
  return {
    input_tokens: sum((usage) => usage.input_tokens + usage.cache_creation_input_tokens),
    output_tokens: sum((usage) => usage.output_tokens),
    cache_read_tokens: sum((usage) => usage.cache_read_input_tokens),
  };
}

test("[LOOP-2] [TURN-10] [TURN-12] [TURN-15] turns of one agent: prompts verbatim, answers, and the tokens that the model reported", async () => {
  const { envelope, status } = await run("hello  world", "--max-turns", "3", "--continuation-prompt", "go on");
  expect({ status, usage: envelope.usage }).toEqual({ status: 0, usage: reportedSince(0) });
  const outcome = { stop_reason: "completed", agent_stop_reason: "completed", session_reusable: true };
  expect(envelope.turns).toMatchObject([
    { prompt: "hello  world", output: "You said hello  world", ...outcome },
    { prompt: "go on", output: "You said go on", ...outcome },
    { prompt: "go on", output: "You said go on", ...outcome, usage: reportedSince(0) },
  ]);
  expect(envelope).toMatchObject({ usage_source: "agent", turns_completed: 3, persisted_session_path: null });
  expect(timesShown("go on")).toBe(2);
});

test("[CMD-turn-loop-5] [CMD-bootstrap-5] [SES-13] the agent's own session goes on in later processes and other commands", async () => {
  await run("hello", "--session-id", "mine");
  const { agent_session_id: agentSessionId } = stored("mine");
  const before = model.requests.length;
  const second = await run("again", "--session-id", "mine");
  expect(second.envelope.turns).toMatchObject([{ output: "You said again", stop_reason: "completed" }]);
  expect([timesShown("hello"), timesShown("again")]).toEqual([1, 1]);
  // What the first process sent is read from the cache of the model, not counted again.
  expect(reportedSince(before).input_tokens).toBeLessThan(1000);
  expect(second.envelope.usage.input_tokens).toBe(reportedSince(0).input_tokens);

  const third = await run("bootstrap", "third", "--session-id", "mine");
  expect(third.envelope.turn).toMatchObject({ output: "You said third", stop_reason: "completed" });
  expect([timesShown("hello"), timesShown("third")]).toEqual([1, 1]);
  expect(stored("mine")).toMatchObject({
    messages: ["hello", "again", "third"],
    agent: "claude",
    agent_session_id: agentSessionId,
    usage_source: "agent",
    interrupted_turns: 0,
  });
});

test("[CMD-flush-transcript-1] [CMD-flush-transcript-2] one turn of the agent is stored", async () => {
  const { envelope } = await run("flush-transcript", "hello", "--session-id", "flushed");
  const { input_tokens, output_tokens } = reportedSince(0);
  const fields = { flushed: true, messages_count: 1, input_tokens, output_tokens, usage_source: "agent" };
  expect(envelope).toMatchObject({ ...fields, session_reusable: true, stop_reason: "completed" });
  expect(stored("flushed")).toMatchObject({ messages: ["hello"], input_tokens, output_tokens });
});

describe("in the middle of a Bash tool", () => {
  const command = "run: touch began; sleep 300; touch late";

  /** Nothing of it lives, nothing was committed, and nothing more happens. */
  async function expectNoGhost(id: string, pid: number | undefined): Promise<void> {
    expect(await survivors(pid)).toEqual([]);
    expect(stored(id)).toMatchObject({ messages: ["hello"], interrupted_turns: 1 });
    const asked = model.requests.length;
    const after = await run("after", "--session-id", id);
    expect(after.envelope.turns).toMatchObject([{ output: "You said after", stop_reason: "completed" }]);
    expect({ late: made("late"), requests: model.requests.length - asked }).toEqual({ late: false, requests: 1 });
    // The agent kept the stopped prompt in its own history, and the answer before it.
    expect([timesShown("hello"), timesShown("touch began")]).toEqual([1, 1]);
    expect(stored(id)).toMatchObject({ messages: ["hello", "after"], interrupted_turns: 1 });
  }

  test.each([
    { graceMs: 5000, observed: true, agentWord: "aborted_tools" },
    { graceMs: 0, observed: false, agentWord: null },
  ])(
    "[CAN-2] [CAN-3] [CAN-4] [CAN-5] [CAN-6] [LOOP-5] [LOOP-6] [EXIT-1] the limit ends the turn, with $graceMs ms of grace",
    async ({ graceMs, observed, agentWord }) => {
      await run("hello", "--session-id", "mine");
      const limits = ["--timeout-seconds", "8", "--grace-ms", String(graceMs)];
      const { child, ended } = start(command, "--session-id", "mine", ...limits);
      await whenMade("began");
      const pids = await survivors(child.pid);
      expect(pids.length).toBeGreaterThan(1); // the agent, and its tool in a session of its own
      const { status, envelope, stderr } = await ended;
      expect(await living(pids)).toEqual([]);
      expect({ status, stderr }).toEqual({ status: 2, stderr: "" });
      expect(envelope).toMatchObject({
        final_stop_reason: "timeout",
        final_cancel_observed: observed,
        final_session_reusable: observed,
        timeout_seconds: 8,
        grace_ms: graceMs,
        interrupted: false,
      });
      expect(envelope.turns).toMatchObject([
        {
          output: "Wall-clock timeout exceeded before turn completed.",
          usage: { input_tokens: 0, output_tokens: 0 },
          agent_stop_reason: agentWord,
          late_result: null,
        },
      ]);
      await expectNoGhost("mine", child.pid);
    },
  );

  test.each(["SIGINT", "SIGTERM"] as const)("[CAN-1] [CAN-3] [CAN-8] [EXIT-1] %s ends the turn", async (signal) => {
    await run("hello", "--session-id", "mine");
    const { child, ended } = start(command, "--session-id", "mine", "--grace-ms", "5000");
    await whenMade("began");
    const pids = await survivors(child.pid);
    child.kill(signal);
    const { status, envelope, stderr } = await ended;
    expect(await living(pids)).toEqual([]);
    expect({ status, stderr }).toEqual({ status: 130, stderr: "" });
    expect(envelope).toMatchObject({
      exit_code: 130,
      final_stop_reason: "cancelled",
      final_cancel_observed: true,
      final_session_reusable: true,
      interrupted: true,
      interrupt_signal: signal,
    });
    expect(envelope.turns).toMatchObject([{ output: "", agent_stop_reason: "aborted_tools" }]);
    await expectNoGhost("mine", child.pid);
  });

  test("[CAN-7] a second SIGINT does not wait for the grace period", async () => {
    const { child, ended } = start(command, "--session-id", "mine", "--grace-ms", "60000");
    await whenMade("began");
    const pids = await survivors(child.pid);
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect((await ended).status).toBe(130);
    expect(await living(pids)).toEqual([]);
  });

  test("[CAN-3] [SES-9] what a killed run left behind is ended by the next one, which goes on with the session", async () => {
    await run("hello", "--session-id", "mine");
    const { child } = start(command, "--session-id", "mine");
    await whenMade("began");
    const pids = await survivors(child.pid);
    child.kill("SIGKILL");
    await once(child, "close");
    const after = await run("after", "--session-id", "mine");
    expect(after.envelope.turns).toMatchObject([{ output: "You said after", stop_reason: "completed" }]);
    expect({ left: await living(pids), late: made("late") }).toEqual({ left: [], late: false });
    expect(stored("mine")).toMatchObject({ messages: ["hello", "after"] });
  });
});

test("[LOOP-4] [CAN-5] a limit that ends the start of the agent, or its first answer, leaves a session that goes on", async () => {
  for (const seconds of ["0.1", "4"]) {
    const { envelope, status } = await run("wait", "--session-id", "mine", "--timeout-seconds", seconds);
    expect({ status, reason: envelope["final_stop_reason"] }).toEqual({ status: 2, reason: "timeout" });
  }
  const { envelope, status } = await run("hello", "--session-id", "mine");
  expect({ status, turns: envelope.turns }).toMatchObject({ status: 0, turns: [{ output: "You said hello" }] });
  expect(stored("mine")).toMatchObject({ messages: ["hello"], interrupted_turns: 2 });
});

test.each([
  { prompt: "401", kind: "auth_required", retryable: false, detail: { api_error_status: 401 } },
  { prompt: "429", kind: "rate_limited", retryable: true, detail: { retry_after_ms: expect.any(Number) } },
  { prompt: "529", kind: "engine_failed", retryable: true, detail: { api_error_status: 529 } },
  { prompt: "drop", kind: "engine_failed", retryable: true, detail: { api_error_status: null } },
])("[ERR-3] [TURN-12] $kind: $prompt of the model's service", async ({ prompt, kind, retryable, detail }) => {
  const { status, envelope } = await run(prompt, "--session-id", "mine");
  expect(status).toBe(1);
  expect(envelope.error).toMatchObject({ kind, retryable, detail });
  expect(envelope.turns).toMatchObject([{ stop_reason: "failed", output: "", session_reusable: true }]);
  const after = await run("hello", "--session-id", "mine");
  expect(after.envelope.turns).toMatchObject([{ output: "You said hello", stop_reason: "completed" }]);
  expect(stored("mine")).toMatchObject({ messages: ["hello"] });
});

test("[TURN-11] a question that nobody answers is denied, and told in the turn and in the envelope", async () => {
  const { status, envelope } = await run("run: mkdir made", "--continuation-prompt", "go on", "--max-turns", "2");
  const denial = { tool_name: "Bash", reason: "nobody is there to answer the permission question" };
  expect({ status, denials: envelope["permission_denials"] }).toEqual({ status: 0, denials: [denial] });
  expect(envelope.turns.map((turn) => turn.permission_denials)).toEqual([[denial], []]);
  expect(made("made")).toBe(false);
});

test("[STR-1] [STR-2] [STR-4] [STR-5] the events of a run in their order, and the deltas are the output", async () => {
  const { lines } = await run("run: mkdir made", "--stream", "--continuation-prompt", "go on", "--max-turns", "2");
  const events = lines.slice(0, -1).filter(({ type }) => type !== "command_match" && type !== "tool_match");
  expect(events.filter(({ type }, index) => type !== events[index - 1]?.["type"]).map(({ type }) => type)).toEqual([
    ...["message_start", "permission_denial", "message_delta", "message_stop"],
    ...["message_start", "message_delta", "message_stop"],
  ]);
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
  expect(lines.map(({ final }) => final)).toEqual([...lines.slice(1).map(() => false), true]);
  const { turns, ...result } = lines.at(-1)!;
  const said = [1, 2].map((turn) =>
    lines.flatMap(({ type, text, turn_number }) => (type === "message_delta" && turn_number === turn ? [text] : [])),
  );
  expect(said.map((deltas) => deltas.join(""))).toEqual(turns.map(({ output }) => output));
  expect(result).toMatchObject({ type: "result", exit_code: 0, usage: reportedSince(0) });
  expect(lines.find(({ type }) => type === "permission_denial")).toMatchObject({ denials: ["Bash"], turn_number: 1 });
});

test("[TURN-13] a turn over the budget is kept and told; the next one is refused before the agent starts", async () => {
  const budget = ["--session-id", "mine", "--max-budget-tokens", "100"];
  const first = await run("hello", ...budget, "--continuation-prompt", "go on");
  expect({ status: first.status, turns: first.envelope.turns }).toMatchObject({
    status: 0,
    turns: [{ output: "You said hello", stop_reason: "max_budget_reached", session_reusable: true }],
  });
  expect(stored("mine")).toMatchObject({ messages: ["hello"] });
  const asked = model.requests.length;
  const second = await run("again", ...budget);
  expect(second.envelope.turns).toMatchObject([{ output: "", stop_reason: "max_budget_reached" }]);
  expect(model.requests.length).toBe(asked);
  const third = await run("again", "--session-id", "mine", "--max-budget-tokens", "1000000");
  expect(third.envelope.turns).toMatchObject([{ output: "You said again", stop_reason: "completed" }]);
  expect([timesShown("hello"), timesShown("again")]).toEqual([1, 1]);
});

test("[SES-12] the agent makes room in its context by itself, and the turn completes", async () => {
  await run("hello", "--session-id", "mine", "--continuation-prompt", "again", "--max-turns", "2");
  const { envelope } = await run("too long", "--session-id", "mine");
  expect(envelope.turns).toMatchObject([{ output: "You said too long", stop_reason: "completed" }]);
  expect([timesShown("what was before"), timesShown("hello")]).toEqual([1, 0]);
});

test("[TURN-2] [ERR-3] engine_unsupported: a permission mode that the agent refuses, session_load_failed: a session it lost", async () => {
  // It refuses the mode to root only.
  const refused = await run("hello", "--permission-mode", "bypassPermissions");
  expect(refused.envelope.error?.kind).toBe(process.getuid?.() === 0 ? "engine_unsupported" : undefined);
  await run("hello", "--session-id", "mine");
  rmSync(join(home, ".claude", "projects"), { recursive: true });
  const { envelope, status } = await run("again", "--session-id", "mine");
  expect({ status, error: envelope.error }).toMatchObject({
    status: 1,
    error: { kind: "session_load_failed", retryable: false },
  });
  expect(stored("mine")).toMatchObject({ messages: ["hello"] });
});

test("[ERR-3] engine_unavailable: not installed, or too old, each with what to do", async () => {
  const empty = join(home, "bin");
  mkdirSync(empty);
  environment = { ...environment, PATH: empty };
  const missing = await run("hello");
  expect(missing.envelope.error).toMatchObject({
    kind: "engine_unavailable",
    retryable: false,
    hint: expect.stringContaining("npm install -g @anthropic-ai/claude-code"),
  });
  writeFileSync(join(empty, "claude"), "#!/bin/sh\necho '2.1.100 (Claude Code)'\n");
  chmodSync(join(empty, "claude"), 0o755);
  const old = await run("hello");
  expect(old.envelope.error).toMatchObject({
    kind: "engine_unavailable",
    message: expect.stringContaining("Claude Code 2.1.100 is too old: expected at least 2.1.197"),
    hint: expect.stringContaining("claude update"),
  });
});
