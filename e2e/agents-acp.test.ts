// The `acp` driver on real agents of the Agent Client Protocol, against a scripted model.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDriver, type AgentSession, type Driver, type StartOptions } from "@parlatory/agents";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  eventsOf,
  expectNothingLeft,
  firstOf,
  living,
  submit,
  survivors,
} from "../packages/agents/test/support/agent-world.ts";
import { agentProgram } from "./agent-program.ts";
import { claudeProgram } from "./claude.ts";
import { startFakeAnthropic, type FakeAnthropic, type FakeScenario } from "./fake-anthropic.mjs";

interface Agent {
  readonly name: string;
  readonly program: string | undefined;
  readonly arguments: readonly string[];
  /** As the agent names it to the model, and as it names it to the client. */
  readonly shellTool: { readonly model: string; readonly client: RegExp };
  readonly canSteer: boolean;
  /** What it needs beside PATH and HOME; may write its configuration to `home`. */
  readonly environment: (home: string, modelUrl: string) => Record<string, string>;
}

const agents: readonly Agent[] = [
  {
    name: "claude-agent-acp",
    program: claudeProgram === undefined ? undefined : agentProgram("PARL_TEST_CLAUDE_ACP", "claude-agent-acp"),
    arguments: [],
    shellTool: { model: "Bash", client: /^Bash$/ },
    canSteer: true,
    environment: (_, modelUrl) => ({
      ANTHROPIC_BASE_URL: modelUrl,
      ANTHROPIC_API_KEY: "dummy",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_EXECUTABLE: claudeProgram ?? "",
      CLAUDE_CODE_MAX_RETRIES: "1",
      DISABLE_TELEMETRY: "1",
      DISABLE_AUTOUPDATER: "1",
    }),
  },
  {
    name: "opencode",
    program: agentProgram("PARL_TEST_OPENCODE", "opencode"),
    arguments: ["acp"],
    shellTool: { model: "bash", client: /^bash$/ },
    canSteer: false,
    environment: (home, modelUrl) => {
      const config = join(home, "opencode.json");
      const fake = {
        npm: "@ai-sdk/anthropic",
        options: { baseURL: `${modelUrl}/v1`, apiKey: "dummy" },
        models: { m1: { name: "m1", limit: { context: 200_000, output: 8000 } } },
      };
      const settings = { model: "fake/m1", small_model: "fake/m1", permission: { bash: "ask" }, provider: { fake } };
      writeFileSync(config, JSON.stringify(settings));
      return { OPENCODE_CONFIG: config, OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1" };
    },
  },
];

describe.each(agents)("$name", (agent) => {
  let model: FakeAnthropic;
  let home: string;
  let project: string;
  let driver: Driver;
  let sessions: AgentSession[] = [];

  const shell = (command: string) => ({ name: agent.shellTool.model, input: { command, description: "a command" } });
  const scenario: FakeScenario = {
    rules: [
      {
        name: "tool",
        when: { user: "run: (.*)$", toolResult: false, tools: true },
        reply: { text: "I will.", tool: shell("{{1}}") },
      },
      { name: "tool result", when: { toolResult: true }, reply: "it said {{toolResult}}" },
      { name: "held", when: { user: "^wait", tools: true }, reply: { text: "never seen", hold: true } },
    ],
    fallback: "You said {{user}}",
  };

  beforeEach(async ({ skip }) => {
    skip(agent.program === undefined, `${agent.name} is not installed`);
    home = realpathSync(mkdtempSync(join(tmpdir(), "parl-acp-driver-")));
    project = join(home, "project");
    mkdirSync(project);
    model = await startFakeAnthropic({ scenario });
    const environment = { PATH: process.env["PATH"], HOME: home, ...agent.environment(home, model.url) };
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
    expect(first.usage).toMatchObject({ source: "agent" });
    expect(first.usage.inputTokens).toBeGreaterThan(1000);
    const second = await submit(session, "again").result;
    expect(second.usage.inputTokens).toBeLessThan(1000);

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

  test("[TURN-11] a question is answered with yes, and one that nobody answers is denied and recorded", async () => {
    const asking = await start({ permissionQuestions: { ask: { timeoutMs: 60_000 } } });
    const run = submit(asking, `run: touch ${project}/made; echo made`);
    const question = await firstOf(run, "permission_question");
    expect(question).toMatchObject({ toolName: expect.stringMatching(agent.shellTool.client) });
    asking.answerPermission(question.questionId, { behavior: "allow" });
    expect((await run.result).output).toContain("it said made");
    expect(existsSync(join(project, "made"))).toBe(true);
    await asking.close({ graceMs: 1000 });

    const alone = await start();
    const { permissionDenials, outcome } = await submit(alone, `run: touch ${project}/not-made`).result;
    expect(outcome).toBe("completed");
    expect(permissionDenials).toEqual([
      {
        toolName: expect.stringMatching(agent.shellTool.client),
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
    const shown = model.requests.findLast(({ body }) => JSON.stringify(body?.messages ?? "").includes("again"));
    expect(JSON.stringify(shown?.body?.messages)).toContain("You said hello");
  });

  test("[CMD-bootstrap-5] [ERR-3] an unknown session is session_load_failed; an unknown model is engine_unsupported", async () => {
    const resume = { agentSessionId: "ses_0000000000000000000000000a", workingDirectory: project };
    await expect(start({ resume })).rejects.toMatchObject({ kind: "session_load_failed" });
    await expect(start({ model: "no-such-model" })).rejects.toMatchObject({ kind: "engine_unsupported" });
    expect(await survivors()).toEqual([]);
  });
});
