// The `acp` driver on real agents of the Agent Client Protocol, against a scripted model.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createDriver,
  type AgentEvent,
  type AgentSession,
  type Driver,
  type RunResult,
  type StartOptions,
} from "@parlatory/agents";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  eventsOf,
  expectNothingLeft,
  firstOf,
  living,
  submit,
  survivors,
} from "../packages/agents/test/support/agent-world.ts";
import { acpAgents } from "./acp-agents.ts";
import { startFakeAnthropic, type FakeAnthropic, type FakeScenario, type FakeUsage } from "./fake-anthropic.mjs";

describe.each(acpAgents)("$name", (agent) => {
  let model: FakeAnthropic;
  let home: string;
  let project: string;
  let driver: Driver;
  let sessions: AgentSession[] = [];

  const scenario: FakeScenario = {
    rules: [
      {
        name: "tool",
        when: { user: "run: (.*)$", toolResult: false, tools: true },
        reply: { text: "I will.", tool: agent.shell("{{1}}") },
      },
      { name: "tool result", when: { toolResult: true }, reply: "it said {{toolResult}}" },
      { name: "held", when: { user: "^wait", tools: true }, reply: { text: "never seen", hold: true } },
    ],
    fallback: "You said {{user}}",
  };

  /** What the model reported for this prompt; an agent asks it for titles and suggestions of its own too. */
  function reportedFor(prompt: string) {
    if (!agent.reportsUsage) {
      return { source: "none", inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
    }
    const reported = model.requests.flatMap(({ body, usage }) => {
      const asked = JSON.stringify(body?.messages?.findLast(({ role }) => role === "user")?.content);
      const offersTools = body?.tools !== undefined && body.tools.length > 0;
      return usage !== undefined && offersTools && asked.includes(prompt) ? [usage] : [];
    });
    const sum = (count: (usage: FakeUsage) => number) =>
      reported.map(count).reduce((total, tokens) => total + tokens, 0);
    return {
      source: "agent",
      inputTokens: sum((usage) => usage.input_tokens + usage.cache_creation_input_tokens),
      outputTokens: sum((usage) => usage.output_tokens),
      cacheReadTokens: sum((usage) => usage.cache_read_input_tokens),
      cacheWriteTokens: sum((usage) => usage.cache_creation_input_tokens),
    };
  }

  beforeEach(async ({ skip }) => {
    skip(agent.program === undefined, `${agent.name} is not installed`);
    home = realpathSync(mkdtempSync(join(tmpdir(), "parl-acp-driver-")));
    project = join(home, "project");
    mkdirSync(project);
    model = await startFakeAnthropic({ scenario });
    const environment = agent.environment(home, model.url);
    const command = [agent.program ?? "", ...agent.arguments] as const;
    driver = await createDriver({ agent: "acp", command }, { environment, randomUuid: () => randomUUID() });
  });
  afterEach(async () => {
    if (agent.program === undefined) return;
    await Promise.all(sessions.map((session) => session.close({ graceMs: 0 })));
    sessions = [];
    await model.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    await expectNothingLeft();
  });

  async function start(options: Partial<StartOptions> = {}): Promise<AgentSession> {
    const session = await driver.start({ workingDirectory: project, ...options });
    sessions.push(session);
    return session;
  }

  test("[TURN-12] [TURN-10] [STR-2] [CAN-2] prompts are answered with the tokens of each, one is cancelled, the next works", async () => {
    const session = await start({ permissionMode: "default" });
    expect(session.capabilities).toMatchObject({ canResume: true, canSteer: agent.canSteer });
    const run = submit(session, "hello");
    const events = await eventsOf(run);
    expect(events.flatMap((event) => (event.type === "text_delta" ? [event.text] : [])).join("")).toBe(
      "You said hello",
    );
    const first = await run.result;
    expect(first).toMatchObject({
      outcome: "completed",
      output: "You said hello",
      agentStopReason: "end_turn",
      isIdle: true,
    });
    // One that read nothing from the cache may leave the figure out.
    const counted = ({ usage }: RunResult) => ({
      ...usage,
      cacheReadTokens: usage.cacheReadTokens ?? 0,
      cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    });
    expect(counted(first)).toEqual(reportedFor("hello"));
    expect(counted(await submit(session, "again").result)).toEqual(reportedFor("again"));

    const stop = new AbortController();
    const cancelled = submit(session, "wait", { signal: stop.signal });
    await expect.poll(() => model.requests.some(({ rule }) => rule === "held"), { timeout: 30_000 }).toBe(true);
    stop.abort();
    expect(await cancelled.result).toMatchObject({
      outcome: "cancelled",
      agentStopReason: "cancelled",
      isReusable: true,
    });
    expect(await submit(session, "and now").result).toMatchObject({ output: "You said and now" });
  });

  test("[TURN-11] [TURN-12] a question is answered with yes, and one that nobody answers is denied and recorded", async () => {
    const asking = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
    const run = submit(asking, `run: touch ${project}/made; echo made`);
    const question = await firstOf(run, "permission_question");
    expect(question).toMatchObject({ toolName: expect.stringMatching(agent.shellName) });
    asking.answerPermission(question.questionId, { behavior: "allow" });
    expect((await run.result).output).toMatch(/it said .*made/s);
    expect(existsSync(join(project, "made"))).toBe(true);
    await asking.close({ graceMs: 1000 });

    const alone = await start();
    const { permissionDenials, outcome, output } = await submit(alone, `run: touch ${project}/not-made`).result;
    expect({ outcome, goesOn: output.startsWith("it said") }).toEqual({
      outcome: "completed",
      goesOn: !agent.rejectEndsTurn,
    });
    expect(permissionDenials).toEqual([
      {
        toolName: expect.stringMatching(agent.shellName),
        reason: "nobody is there to answer the permission question",
      },
    ]);
    expect(existsSync(join(project, "not-made"))).toBe(false);
  });

  test("[CMD-bootstrap-5] [CAN-3] a session that ended in the middle of a tool leaves nothing, and is taken up again", async () => {
    const first = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
    await submit(first, "hello").result;
    const run = submit(first, `run: touch ${project}/on; tail -f /dev/null | cat`);
    first.answerPermission((await firstOf(run, "permission_question")).questionId, { behavior: "allow" });
    await expect.poll(() => existsSync(join(project, "on")), { timeout: 30_000 }).toBe(true);
    const pids = await survivors();
    await first.close({ graceMs: 100 });
    expect(await run.result).toMatchObject({ outcome: "cancelled", isReusable: false });
    expect(await living(pids)).toEqual([]);

    const resume = { agentSessionId: first.agentSessionId!, workingDirectory: project };
    const second = await start({ resume });
    expect(second.agentSessionId).toBe(first.agentSessionId);
    const { outcome, output } = await submit(second, "again").result;
    expect({ outcome, isHistory: output.includes("You said hello") }).toEqual({
      outcome: "completed",
      isHistory: false,
    });
    const shown = model.requests.map(({ body }) => JSON.stringify(body)).findLast((text) => text.includes("again"));
    expect(shown).toContain("You said hello");
  });

  test("[AGENT-14] [AGENT-2] a turn with a tool is told in whole messages, and the mode is changed in between", async () => {
    const session = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
    const messageUuid = randomUUID();
    const run = submit(session, `run: touch ${project}/made; echo made`, { messageUuid });
    const events: AgentEvent[] = [];
    for await (const event of run.events) {
      events.push(event);
      if (event.type === "permission_question") session.answerPermission(event.questionId, { behavior: "allow" });
    }
    expect(events[0]).toEqual({ type: "prompt_seen", messageUuid });
    const told = events.flatMap((event) =>
      event.type === "message" ? event.blocks.map((block) => [event.role, block]) : [],
    );
    const { output } = await run.result;
    expect(told).toEqual([
      ["assistant", { type: "text", text: "I will." }],
      [
        "assistant",
        {
          type: "tool_use",
          id: expect.any(String),
          name: expect.any(String),
          input: expect.objectContaining({}),
        },
      ],
      ["user", expect.objectContaining({ type: "tool_result", content: expect.stringContaining("made") })],
      ["assistant", { type: "text", text: output }],
    ]);
    expect(JSON.stringify(told[1])).toContain("echo made");
    for (const mode of session.capabilities.permissionModes ?? []) {
      expect([mode, await session.setPermissionMode!(mode)]).toEqual([mode, mode !== "bypassPermissions"]);
      expect(await session.setPermissionMode!("default")).toBe(true);
    }
  });

  test("[CMD-bootstrap-5] [ERR-3] an unknown session is session_load_failed; an unknown model is engine_unsupported", async () => {
    const resume = { agentSessionId: "ses_0000000000000000000000000a", workingDirectory: project };
    await expect(start({ resume })).rejects.toMatchObject({ kind: "session_load_failed" });
    await expect(start({ model: "no-such-model" })).rejects.toMatchObject({ kind: "engine_unsupported" });
    expect(await survivors()).toEqual([]);
  });
});
