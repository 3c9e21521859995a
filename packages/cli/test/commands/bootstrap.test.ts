import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fillDisk } from "../turns/support/fill-disk.ts";
import { bootstrapStages } from "../../src/turns/stages.ts";
import { acpAgent, envelopeOf, RunWorld, testEngine, type Json } from "../turns/support/run-world.ts";

let world: RunWorld;

beforeEach(() => {
  world = new RunWorld();
});

afterEach(() => {
  vi.restoreAllMocks();
  world.remove();
});

const bootstrap = (...args: string[]) => ["bootstrap", ...args];
const onEngine = { env: { PARL_TEST_ENGINE: testEngine } };

describe("an answer", () => {
  test("[CMD-bootstrap-2] [CMD-bootstrap-3] [CMD-bootstrap-4] the whole envelope", async () => {
    mkdirSync(world.path("inventory"));
    const row = { name: "review", source_hint: "commands/review/main", responsibility: "Reviews a change" };
    const tool = { name: "BashTool", source_hint: "tools/BashTool/run", responsibility: "Runs a shell line" };
    writeFileSync(world.path("inventory/commands.json"), JSON.stringify([row]));
    writeFileSync(world.path("inventory/tools.json"), JSON.stringify([tool]));
    writeFileSync(world.path("package.json"), JSON.stringify({ scripts: { test: "x" } }));
    const {
      timestamp,
      run_id: runId,
      session_id: id,
      ...envelope
    } = await world.json(bootstrap("review 'bash'", "--inventory", "inventory"));
    const denials = [
      { tool_name: "BashTool", reason: "shell execution is gated; allow it with --allow-tool BashTool" },
    ];

    expect([timestamp, runId].every((value) => typeof value === "string")).toBe(true);
    expect(envelope).toEqual({
      command: "bootstrap",
      exit_code: 0,
      output_format: "json",
      schema_version: "1.0",
      prompt: "review 'bash'",
      limit: 5,
      setup: {
        python_version: "n/a",
        implementation: "node",
        platform_name: `${process.platform}-${process.arch}`,
        test_command: "npm test",
        runtime_version: "24.0.0",
        working_directory: world.directory,
      },
      routed_matches: [{ kind: "command", name: "review", score: 1, source_hint: "commands/review/main" }],
      command_execution_messages: [
        `Mirrored command 'review' from commands/review/main would handle prompt "review 'bash'".`,
      ],
      tool_execution_messages: [],
      turn: {
        prompt: "review 'bash'",
        output: "Prompt: review 'bash'\nMatched commands: review\nMatched tools: none\nPermission denials: 0",
        stop_reason: "completed",
        cancel_observed: false,
        session_reusable: true,
        permission_denials: [],
        usage: { input_tokens: 2, output_tokens: 12 },
        duration_ms: expect.any(Number) as number,
        agent_stop_reason: null,
        late_result: null,
      },
      persisted_session_path: `.port_sessions/${String(id)}.json`,
      agent: "echo",
      model: null,
      usage: { input_tokens: 2, output_tokens: 12 },
      usage_source: "words",
      permission_denials: [],
      compacted_turns: 0,
      interrupted: false,
      interrupt_signal: null,
    });
    expect((await world.json(bootstrap("bash", "--inventory", "inventory")))["permission_denials"]).toEqual(denials);
  });

  test("[CMD-bootstrap-1] [CMD-bootstrap-4] the prompt is submitted once, stored once, and no handler is run", async () => {
    writeFileSync(world.path("Makefile"), "deploy:\n\ttouch deployed\ntest:\n\ttrue\n");
    const args = bootstrap("deploy", "--session-id", "s1", "--limit", "1");
    const envelope = await world.json(args, { env: { PARL_INVENTORY: "" } });

    expect(envelope["command_execution_messages"]).toEqual([
      "Runnable command 'deploy' from plugins/make/Makefile#deploy would handle prompt 'deploy'.",
    ]);
    expect(envelope).toMatchObject({ setup: { test_command: "make test" } });
    expect(world.session("s1")["messages"]).toEqual(["deploy"]);
    expect(world.entries(".")).not.toContain("deployed");
  });

  test.each([
    ["none", {}],
    ["make test", { Makefile: "test:\n\ttrue\n" }],
    ["just test", { justfile: "test:\n  true\n" }],
    ["npm test", { Makefile: "test:\n\ttrue\n", "package.json": '{"scripts":{"test":"x"}}' }],
  ])("[CMD-bootstrap-3] the test command is %s", async (expected, files) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(world.path(name), text);

    expect(await world.json(bootstrap("hello"))).toMatchObject({ setup: { test_command: expected } });
  });

  test("[CMD-bootstrap-7] [CMD-bootstrap-graph-1] text: every section in order, with the stages that really ran", async () => {
    mkdirSync(world.path("src"));
    writeFileSync(world.path("src/main.ts"), "");
    writeFileSync(world.path("src/main.test.ts"), "");
    writeFileSync(world.path("logo.svg"), "");
    const { stdout, stderr } = await world.run(bootstrap("hello", "--session-id", "s1"));
    const output = "Prompt: hello\nMatched commands: none\nMatched tools: none\nPermission denials: 0";

    expect(stderr).toBe("");
    expect(stdout.split("\n").filter((line) => line.startsWith("#"))).toEqual(
      [
        "# Runtime Session",
        ...["Context", "Setup", "Startup Steps", "System Init", "Routed Matches", "Command Execution"],
        ...["Tool Execution", "Stream Events", "Turn Result"],
        "# Session History",
      ].map((title) => (title.startsWith("#") ? title : `## ${title}`)),
    );
    expect(sectionOf(stdout, "Startup Steps")).toEqual(bootstrapStages.map((stage) => `- ${stage}`));
    expect(sectionOf(stdout, "Context")).toEqual([
      `- Working directory: ${world.directory}`,
      "- Source folders: src",
      "- Test folders: none",
      "- Source files: 1",
      "- Test files: 1",
      "- Asset files: 1",
    ]);
    expect(sectionOf(stdout, "Routed Matches")).toEqual(["- none"]);
    expect(sectionOf(stdout, "Command Execution")).toEqual(["none"]);
    expect(sectionOf(stdout, "Tool Execution")).toEqual(["none"]);
    expect(sectionOf(stdout, "Stream Events")).toEqual([
      '- message_start: {"session_id":"s1","prompt":"hello"}',
      `- message_delta: ${JSON.stringify({ text: output })}`,
      '- message_stop: {"usage":{"input_tokens":1,"output_tokens":11},"stop_reason":"completed","transcript_size":1}',
    ]);
    expect(stdout).toContain(`\n## Turn Result\n${output}\n\nPersisted session path: .port_sessions/s1.json\n`);
    const [, history = ""] = stdout.split("# Session History\n\n");
    expect(history.match(/^- \w+(?=:)/gmu)).toEqual(
      ["context", "registry", "routing", "execution", "turn", "session_store"].map((bullet) => `- ${bullet}`),
    );
  });

  test("[CMD-bootstrap-7] a directory that others may write to is not called trusted", async () => {
    const { stdout: own } = await world.run(bootstrap("hello"));
    chmodSync(world.directory, 0o777);
    const { stdout: shared } = await world.run(bootstrap("hello"));

    expect(sectionOf(own, "System Init")[0]).toBe("- Trusted: True");
    expect(sectionOf(shared, "System Init")[0]).toBe("- Trusted: False");
  });

  test("[STR-4] [STR-1] a stream has the events of one turn, without a number", async () => {
    const { lines } = await world.run(bootstrap("hello", "--stream", "--json"));

    expect(lines().map(({ type }) => type)).toEqual(["message_start", "message_delta", "message_stop", "result"]);
    expect(lines().some((line) => "turn_number" in line)).toBe(false);
  });
});

/** Lines of one section of the text, without the empty one at its end. */
function sectionOf(text: string, title: string): string[] {
  const [, rest = ""] = text.split(`## ${title}\n`);
  const [section = ""] = rest.split("\n\n");
  return section.split("\n");
}

describe("sessions", () => {
  test("[CMD-bootstrap-5] [LOOP-7] an existing session is resumed, with room for eight more", async () => {
    const args = bootstrap("hello", "--session-id", "s1");
    for (let turn = 1; turn <= 10; turn += 1) {
      expect(await world.json(args)).toMatchObject({ turn: { stop_reason: "completed" } });
    }

    expect(world.session("s1")).toMatchObject({ input_tokens: 10 });
    expect(world.session("s1")["messages"]).toHaveLength(10);
  });

  test("[CMD-bootstrap-1] saved whatever the reason: a refused turn leaves what was there", async () => {
    await world.json(bootstrap("one", "--session-id", "s1"));
    const refused = await world.json(bootstrap("two", "--session-id", "s1", "--max-budget-tokens", "13"));
    const fresh = await world.json(bootstrap("one", "--session-id", "s2", "--max-budget-tokens", "1"));

    expect(refused).toMatchObject({ exit_code: 0, turn: { stop_reason: "max_budget_reached" } });
    expect(fresh).toMatchObject({ exit_code: 0, usage: { input_tokens: 0, output_tokens: 0 } });
    expect(world.session("s1")).toMatchObject({ messages: ["one"], stop_reason: "max_budget_reached" });
    expect(world.session("s2")).toMatchObject({ messages: [] });
  });

  test("[CMD-bootstrap-5] [SES-9] a resumed session is locked for the run", async () => {
    const asked = world.appearance("asked");
    const { child, end } = world.start(bootstrap("obey", "--session-id", "s1", "--json"), onEngine);
    await asked;
    const other = await world.json(bootstrap("hello", "--session-id", "s1", "--lock-timeout-ms", "0"));
    child.kill("SIGTERM");
    const run = await end;

    expect(other).toMatchObject({
      exit_code: 1,
      prompt: "hello",
      limit: 5,
      session_id: "s1",
      error: { kind: "session_locked", operation: "lock_session" },
    });
    expect(envelopeOf(run)).toMatchObject({
      exit_code: 130,
      interrupted: true,
      interrupt_signal: "SIGTERM",
      turn: { stop_reason: "cancelled", output: "stopped" },
      persisted_session_path: ".port_sessions/s1.json",
    });
    expect(world.entries()).toEqual(["s1.json"]);
  });

  test("[CMD-bootstrap-5] an agent's own session is resumed too", async () => {
    await world.json(bootstrap("one", "--session-id", "s1", "--agent", acpAgent));
    const envelope = await world.json(bootstrap("two", "--session-id", "s1", "--agent", acpAgent));

    expect(envelope).toMatchObject({
      turn: { output: "agent: two" },
      usage: { input_tokens: 10, output_tokens: 14 },
      usage_source: "agent",
    });
    expect(world.session("s1")).toMatchObject({ messages: ["one", "two"], agent_session_id: "fake-session-1" });
  });
});

describe("other endings", () => {
  test("[CMD-bootstrap-6] [LOOP-6] a limit that was hit: 2", async () => {
    expect(await world.json(bootstrap("hello", "--timeout-seconds", "0", "--session-id", "s1"))).toMatchObject({
      exit_code: 2,
      turn: {
        stop_reason: "timeout",
        output: "Wall-clock timeout exceeded before turn completed.",
        cancel_observed: true,
        session_reusable: true,
      },
      persisted_session_path: ".port_sessions/s1.json",
    });
    expect(world.session("s1")).toMatchObject({ messages: [], interrupted_turns: 1 });
  });

  test("[CMD-bootstrap-6] [ERR-6] a failed turn: 1, all that was gathered, and the session", async () => {
    const envelope = await world.json(bootstrap("throw", "--session-id", "s1"), onEngine);
    const text = await world.run(bootstrap("throw"), onEngine);

    expect(envelope).toMatchObject({
      exit_code: 1,
      turn: { stop_reason: "failed" },
      persisted_session_path: ".port_sessions/s1.json",
      error: { kind: "engine_failed" },
    });
    expect((envelope["setup"] as Json)["implementation"]).toBe("node");
    expect(text).toMatchObject({ status: 1, stderr: "" });
    expect(text.stdout.trimEnd().split("\n").at(-1)).toMatch(/^error: ask the engine /);
  });

  test("[ERR-7] [ROW-5] a failure before there is a result: the inputs, then the error", async () => {
    const envelope = await world.json(bootstrap("hello", "--inventory", "nowhere"));

    expect(envelope).toMatchObject({ prompt: "hello", limit: 5, session_id: null, agent: "echo", model: null });
    expect(envelope).toMatchObject({ error: { kind: "invalid_inventory" } });
    expect(world.entries()).toEqual([]);
  });

  test("[FI-2] [SES-8] a full disk: the turn, the error, the old file whole, and nothing beside it", async () => {
    await world.json(bootstrap("one", "--session-id", "s1"));
    const before = world.read(".port_sessions/s1.json");
    fillDisk("fsyncSync");
    const { stderr, json } = await world.run(bootstrap("two", "--session-id", "s1", "--json"));

    expect(stderr).toBe("");
    expect(json()).toMatchObject({
      exit_code: 1,
      turn: { prompt: "two", stop_reason: "completed" },
      persisted_session_path: null,
      error: { kind: "filesystem", operation: "fsync", errno: "ENOSPC", retryable: true },
    });
    expect(world.read(".port_sessions/s1.json")).toBe(before);
    expect(world.entries()).toEqual(["s1.json"]);
  });

  test("[FI-9] a session that cannot be written: the turn, and the error", async () => {
    writeFileSync(world.path("d"), "");
    const { status, stderr, json } = await world.run(bootstrap("hello", "--directory", "d", "--json"));

    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(json()).toMatchObject({
      turn: { stop_reason: "completed" },
      persisted_session_path: null,
      error: { kind: "filesystem" },
    });
  });
});
