// The harness commands of the real `parl` on real agents of the Agent Client Protocol, against a scripted model.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { living, survivors } from "../packages/agents/test/support/agent-world.ts";
import { acpAgents } from "./acp-agents.ts";
import { startFakeAnthropic, type FakeAnthropic, type FakeScenario } from "./fake-anthropic.mjs";
import { startParl, type ParlEnd, type RunningParl } from "./parl-run.ts";

describe.each(acpAgents)("$name", (agent) => {
  let model: FakeAnthropic;
  let home: string;
  let project: string;
  let environment: Record<string, string>;
  let running: RunningParl[] = [];

  const scenario: FakeScenario = {
    rules: [
      {
        name: "tool",
        when: { user: "run: (.*)$", toolResult: false, tools: true },
        reply: { text: "I will.", tool: agent.shell("{{1}}") },
      },
      { name: "tool result", when: { toolResult: true }, reply: "it said {{toolResult}}" },
      { name: "held", when: { user: "^wait", tools: true }, reply: { text: "never seen", hold: true } },
      {
        name: "401",
        when: { user: "^401" },
        reply: { error: { status: 401, type: "authentication_error", message: "invalid x-api-key" } },
      },
    ],
    fallback: "You said {{user}}",
  };

  beforeEach(async ({ skip }) => {
    skip(agent.program === undefined, `${agent.name} is not installed`);
    home = realpathSync(mkdtempSync(join(tmpdir(), "parl-harness-acp-")));
    project = join(home, "project");
    mkdirSync(project);
    model = await startFakeAnthropic({ scenario });
    environment = { ...agent.environment(home, model.url), PARL_HOME: join(home, "parl") };
  });
  afterEach(async () => {
    if (agent.program === undefined) return;
    for (const { child } of running) child.kill("SIGKILL");
    running = [];
    await model.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });

  /** `turn-loop` on this agent. */
  function start(...args: string[]): RunningParl {
    const command = `acp:'${agent.program}' ${agent.arguments.join(" ")}`;
    const words = ["turn-loop", ...args, "--agent", command, "--json"];
    const parl = startParl(words, { workingDirectory: project, environment });
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

  const stored = (id: string) =>
    JSON.parse(readFileSync(join(project, ".port_sessions", `${id}.json`), "utf8")) as Record<string, unknown>;
  /** Resolves when the model holds back its answer to a request after the given one. */
  async function isHeld(since: number): Promise<void> {
    const isAsked = () => model.requests.slice(since).some(({ rule }) => rule === "held");
    await expect.poll(isAsked, { timeout: 60_000 }).toBe(true);
  }

  test("[LOOP-2] [TURN-10] [TURN-12] [CMD-turn-loop-5] turns of one agent, and its session goes on in a later process", async () => {
    const { envelope, status } = await run(
      "hello",
      "--session-id",
      "mine",
      "--continuation-prompt",
      "go on",
      "--max-turns",
      "2",
    );
    expect(status).toBe(0);
    expect(envelope.turns).toMatchObject([
      { prompt: "hello", output: "You said hello", stop_reason: "completed", agent_stop_reason: "end_turn" },
      { prompt: "go on", output: "You said go on", stop_reason: "completed", session_reusable: true },
    ]);
    const told = {
      source: envelope["usage_source"],
      isCounted: envelope.usage.input_tokens > 1000,
      warnings: (envelope.warnings ?? []).map(({ code }) => code),
    };
    expect(told).toEqual(
      agent.reportsUsage
        ? { source: "agent", isCounted: true, warnings: [] }
        : { source: "none", isCounted: false, warnings: ["usage_unknown"] },
    );

    const later = await run("again", "--session-id", "mine");
    expect(later.envelope.turns).toMatchObject([{ output: "You said again", stop_reason: "completed" }]);
    const shown = model.requests
      .filter(({ body }) => (body?.tools ?? []).length > 0) // some ask for a title too, without tools
      .map(({ body }) => JSON.stringify(body))
      .findLast((text) => text.includes("again"));
    expect(shown).toContain("You said hello");
    expect(stored("mine")).toMatchObject({ messages: ["hello", "go on", "again"] });
  });

  test("[CAN-2] [CAN-4] [CAN-5] [CAN-8] the limit and a signal end a turn, and the session goes on", async () => {
    await run("hello", "--session-id", "mine");
    const limits = [
      "--session-id",
      "mine",
      "--timeout-seconds",
      String(agent.startsWithinSeconds),
      "--grace-ms",
      "10000",
    ];
    const timed = start("wait", ...limits);
    await isHeld(0);
    const pids = await survivors(timed.child.pid);
    const { status, envelope, stderr } = await timed.ended;
    expect({ status, stderr, left: await living(pids) }).toEqual({ status: 2, stderr: "", left: [] });
    const observed = {
      cancel_observed: true,
      session_reusable: true,
      agent_stop_reason: "cancelled",
      late_result: null,
    };
    expect(envelope.turns).toMatchObject([{ stop_reason: "timeout", ...observed }]);

    const asked = model.requests.length;
    const interrupted = start("wait", "--session-id", "mine", "--grace-ms", "10000");
    await isHeld(asked);
    interrupted.child.kill("SIGINT");
    const end = await interrupted.ended;
    expect(end.status).toBe(130);
    expect(end.envelope).toMatchObject({ interrupted: true, interrupt_signal: "SIGINT" });
    expect(end.envelope.turns).toMatchObject([{ stop_reason: "cancelled", ...observed }]);
    expect(await survivors(interrupted.child.pid)).toEqual([]);

    const after = await run("after", "--session-id", "mine");
    expect(after.envelope.turns).toMatchObject([{ output: "You said after", stop_reason: "completed" }]);
    expect(stored("mine")).toMatchObject({ messages: ["hello", "after"], interrupted_turns: 2 });
  });

  test("[TURN-11] [ERR-3] a question that nobody answers is denied and told; auth_required: the model's service knows no such key", async () => {
    const { envelope, status } = await run("run: touch made");
    const reason = "nobody is there to answer the permission question";
    expect({ status, made: existsSync(join(project, "made")) }).toEqual({ status: 0, made: false });
    expect(envelope["permission_denials"]).toEqual([{ tool_name: expect.stringMatching(agent.shellName), reason }]);
    const refused = await run("401");
    expect(refused.envelope.turns).toMatchObject([{ stop_reason: "failed", output: "" }]);
    expect(refused.envelope).toMatchObject({ exit_code: 1, error: { kind: "auth_required", retryable: false } });
  });

  test("[TURN-2] [TURN-10] [ERR-3] engine_unsupported: a mode and a model that the agent has not, a budget it does not report", async () => {
    const refusals: (readonly string[])[] = [
      ["--permission-mode", "bypassPermissions"],
      ["--model", "no-such-model"],
    ];
    if (!agent.reportsUsage) refusals.push(["--max-budget-tokens", "100"]);
    for (const flags of refusals) {
      if (agent.hasBypassMode && flags.includes("bypassPermissions")) continue;
      const { envelope, status } = await run("hello", ...flags);
      expect({ flags, status, kind: envelope.error?.kind }).toEqual({ flags, status: 1, kind: "engine_unsupported" });
    }
  });
});

test("[ERR-3] engine_unavailable: no such program, and one that does not speak the protocol", async () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "parl-harness-acp-")));
  writeFileSync(join(home, "chatty.mjs"), "console.log('Welcome!'); process.exitCode = 3;\n");
  const environment = { PATH: process.env["PATH"] ?? "", HOME: home, PARL_HOME: join(home, "parl") };
  const errorOf = async (command: string) => {
    const words = ["turn-loop", "hello", "--agent", `acp:${command}`, "--json"];
    const { status, envelope } = await startParl(words, { workingDirectory: home, environment }).ended;
    return { status, kind: envelope.error?.kind, message: envelope.error?.message };
  };
  const unavailable = { status: 1, kind: "engine_unavailable" };
  expect(await errorOf("no-such-agent acp")).toMatchObject(unavailable);
  expect(await errorOf("node chatty.mjs")).toMatchObject({
    ...unavailable,
    message: expect.stringContaining("exit status 3"),
  });
  rmSync(home, { recursive: true });
});
