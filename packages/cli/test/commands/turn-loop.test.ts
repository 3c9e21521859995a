import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { errorOf } from "../support/run-in-process.ts";
import { acpAgent, RunWorld, testEngine, turnsOf, type Json } from "../turns/support/run-world.ts";

let world: RunWorld;

beforeEach(() => {
  world = new RunWorld();
});

afterEach(() => {
  world.remove();
});

const engine = { env: { PARL_TEST_ENGINE: testEngine } };
const hello = "Prompt: hello\nMatched commands: none\nMatched tools: none\nPermission denials: 0";

/** An external inventory of one tool and one command [RTE-7]. */
function writeInventory(): string {
  mkdirSync(world.path("inventory"));
  const row = (name: string, hint: string, responsibility: string) => ({ name, source_hint: hint, responsibility });
  writeFileSync(
    world.path("inventory/commands.json"),
    JSON.stringify([row("review", "commands/review/main", "Reviews a change")]),
  );
  writeFileSync(
    world.path("inventory/tools.json"),
    JSON.stringify([row("BashTool", "tools/BashTool/run", "Runs a shell line")]),
  );
  return world.path("inventory");
}

describe("one turn", () => {
  test("[CMD-turn-loop-3] [TURN-8] [TURN-15] the whole envelope", async () => {
    const inventory = writeInventory();
    const {
      timestamp,
      session_id: id,
      run_id: runId,
      ...envelope
    } = await world.json(["turn-loop", "review bash", "--inventory", inventory]);
    const denial = {
      tool_name: "BashTool",
      reason: "shell execution is gated; allow it with --allow-tool BashTool",
    };

    expect(timestamp).toMatch(/Z$/);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(runId).toMatch(/^[0-9a-f]{32}$/);
    expect(Object.keys(envelope)).toEqual([
      ...["command", "exit_code", "output_format", "schema_version", "prompt", "max_turns", "turns_completed"],
      ...["timeout_seconds", "continuation_prompt", "turns", "final_stop_reason", "final_cancel_observed"],
      ...["final_session_reusable", "persisted_session_path", "agent", "model", "usage", "usage_source"],
      ...["permission_denials", "compacted_turns", "grace_ms", "interrupted", "interrupt_signal"],
    ]);
    expect(envelope).toMatchObject({
      max_turns: 3,
      turns_completed: 1,
      timeout_seconds: null,
      continuation_prompt: null,
      final_stop_reason: "completed",
      final_cancel_observed: false,
      final_session_reusable: true,
      persisted_session_path: null,
      agent: "echo",
      model: null,
      usage: { input_tokens: 2, output_tokens: 12 },
      usage_source: "words",
      permission_denials: [denial],
      compacted_turns: 0,
      grace_ms: 100,
      interrupted: false,
      interrupt_signal: null,
    });
    const [turn = {}] = turnsOf(envelope);
    expect(Object.keys(turn)).toEqual([
      ...["prompt", "output", "stop_reason", "cancel_observed", "matched_commands", "matched_tools"],
      ...["session_reusable", "permission_denials", "usage", "duration_ms", "agent_stop_reason", "late_result"],
    ]);
    expect(turn).toMatchObject({
      prompt: "review bash",
      output: "Prompt: review bash\nMatched commands: review\nMatched tools: BashTool\nPermission denials: 1",
      matched_commands: ["review"],
      matched_tools: ["BashTool"],
      permission_denials: [denial],
      agent_stop_reason: null,
      late_result: null,
    });
  });

  test("[CMD-turn-loop-2] text: title, output and reason of each turn; zero turns print nothing", async () => {
    const two = await world.run(["turn-loop", "hello", "--continuation-prompt", "more", "--max-turns", "2"]);
    const none = await world.run(["turn-loop", "hello", "--max-turns", "0"]);

    expect(two).toMatchObject({
      status: 0,
      stderr: "",
      stdout: `## Turn 1\n${hello}\nstop_reason=completed\n## Turn 2\n${hello.replace("hello", "more")}\nstop_reason=completed\n`,
    });
    expect(none).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  test("[LOOP-3] [CMD-turn-loop-3] zero turns, a negative number of them too, with a warning", async () => {
    const envelope = await world.json(["turn-loop", "hello", "--max-turns", "-2"]);

    expect(envelope).toMatchObject({
      max_turns: 0,
      turns_completed: 0,
      turns: [],
      final_stop_reason: null,
      final_cancel_observed: false,
      final_session_reusable: true,
      warnings: [{ code: "value_clamped" }],
    });
  });

  test("[TURN-11] [ROW-9] an allowed tool gives no denial, and stays matched", async () => {
    const inventory = writeInventory();
    const envelope = await world.json(["turn-loop", "bash", "--inventory", inventory, "--allow-tool", "bashtool"]);

    expect(envelope).toMatchObject({ permission_denials: [], turns: [{ matched_tools: ["BashTool"] }] });
  });

  test("[TURN-11] [LOOP-1] denials are those of the first prompt, in every turn, and once for the run", async () => {
    const inventory = writeInventory();
    const args = ["turn-loop", "bash", "--inventory", inventory, "--continuation-prompt", "nothing of it"];
    const envelope = await world.json(args);

    expect(turnsOf(envelope).map((turn) => (turn["permission_denials"] as Json[]).length)).toEqual([1, 1, 1]);
    expect(turnsOf(envelope).map((turn) => turn["matched_tools"])).toEqual(Array(3).fill(["BashTool"]));
    expect(envelope["permission_denials"]).toHaveLength(1);
  });

  test("[TURN-2] echo ignores a model and a mode, and says so", async () => {
    const envelope = await world.json(["turn-loop", "hello", "--model", "m", "--permission-mode", "default"]);

    expect(envelope).toMatchObject({
      model: "m",
      warnings: [{ code: "option_ignored" }, { code: "option_ignored" }],
    });
  });

  test("[TURN-9] [TURN-13] echo has a budget of 2000 words, which can be raised", async () => {
    const many = ["turn-loop", "hello", "--continuation-prompt", "hello", "--max-turns", "200"];

    expect(await world.json(many)).toMatchObject({
      exit_code: 0,
      turns_completed: 167,
      final_stop_reason: "max_budget_reached",
      final_session_reusable: true,
      usage: { input_tokens: 166, output_tokens: 1826 },
      compacted_turns: 154,
    });
    expect(await world.json([...many, "--max-budget-tokens", "99999"])).toMatchObject({ turns_completed: 200 });
  });

  test("[TURN-14] structured output: JSON as text, and its words are counted", async () => {
    const envelope = await world.json(["turn-loop", "hello", "--structured-output", "--session-id", "s1"]);
    const output = String(turnsOf(envelope)[0]?.["output"]);

    expect(JSON.parse(output)).toEqual({ summary: hello.split("\n"), session_id: "s1" });
    expect(output).toBe(JSON.stringify(JSON.parse(output), undefined, 2));
    expect(envelope["usage"]).toEqual({ input_tokens: 1, output_tokens: output.split(/\s+/u).length });
  });

  test("[STR-4] [STR-5] a stream: numbered events, then the envelope of the same run without it", async () => {
    const args = ["turn-loop", "hello", "--continuation-prompt", "more", "--max-turns", "2", "--json"];
    const env = { PARL_CLOCK: "2026-01-02T03:04:05Z", PARL_SEED_IDS: "x" };
    const { lines } = await world.run([...args, "--stream"], { env });
    const single = (await world.run(args, { env })).json();
    const { seq, type, final, ...result } = lines().at(-1) ?? {};

    expect(lines().map((line) => [line["type"], line["turn_number"], line["final"]])).toEqual([
      ...["message_start", "message_delta", "message_stop"].map((name) => [name, 1, false]),
      ...["message_start", "message_delta", "message_stop"].map((name) => [name, 2, false]),
      ["result", undefined, true],
    ]);
    expect({ seq, type, final }).toEqual({ seq: 7, type: "result", final: true });
    expect(result).toEqual(single);
  });

  test("[STR-4] a stream in text mode is a usage error", async () => {
    const { status, stderr } = await world.run(["turn-loop", "hello", "--stream"]);

    expect(status).toBe(2);
    expect(stderr).toContain("--stream");
  });
});

describe("flags", () => {
  const shared = {
    agent: "echo",
    "working-directory": undefined,
    "permission-mode": undefined,
    model: undefined,
    "max-budget-tokens": undefined,
    "timeout-seconds": undefined,
    "grace-ms": 100,
    "session-id": undefined,
    "lock-timeout-ms": 2000,
  };
  const routing = { limit: 5, inventory: undefined, "allow-tool": undefined, stream: undefined };

  test.each([
    ["flush-transcript", { ...shared, directory: ".port_sessions", "no-overwrite": undefined }],
    ["bootstrap", { ...shared, ...routing, directory: ".port_sessions" }],
    [
      "turn-loop",
      {
        ...shared,
        ...routing,
        directory: undefined,
        "max-turns": 3,
        "structured-output": undefined,
        "continuation-prompt": undefined,
      },
    ],
  ])(
    "[TURN-2] [CMD-turn-loop-1] [CMD-bootstrap-1] [CMD-flush-transcript-1] those of %s, with their defaults",
    async (name, flags) => {
      const { command } = await findLoad(name);
      const declared = command.options.map((option) => [option.name, "default" in option ? option.default : undefined]);

      expect(Object.fromEntries(declared)).toEqual(flags);
      expect((await world.run([name, "--help"])).stdout).toContain("--agent echo|claude|acp:COMMAND");
    },
  );

  test("[TURN-2] [ARG-5] a grace period is 0 to 60000 ms, a budget at least 0", async () => {
    for (const option of ["--grace-ms=60001", "--grace-ms=-1", "--max-budget-tokens=-1", "--lock-timeout-ms=-1"]) {
      expect(await world.json(["turn-loop", "hello", option])).toMatchObject({
        exit_code: 1,
        error: { kind: "parse" },
      });
    }
  });
});

async function findLoad(name: string) {
  const load = commandTable[name]?.load;
  if (load === undefined) throw new Error(`there is no command ${name}`);
  return load();
}

describe("time limits", () => {
  test.each(["0", "-1", "1e-9"])(
    "[LOOP-5] [FI-13] a limit of %s seconds: one timeout, nothing called",
    async (limit) => {
      const args = ["turn-loop", "hello", `--timeout-seconds=${limit}`];
      const envelope = await world.json(args, engine);

      expect(envelope).toMatchObject({
        exit_code: 2,
        timeout_seconds: Number(limit),
        turns_completed: 1,
        final_stop_reason: "timeout",
        final_cancel_observed: true,
        final_session_reusable: true,
        turns: [
          {
            output: "Wall-clock timeout exceeded before turn completed.",
            usage: { input_tokens: 0, output_tokens: 0 },
          },
        ],
      });
      expect(world.entries(".")).toEqual([".home"]);
      expect((await world.run(args)).status).toBe(2);
    },
  );

  test("[ARG-5] [FI-13] 1e9 seconds do not end at once", async () => {
    expect(await world.json(["turn-loop", "hello", "--timeout-seconds", "1e9"])).toMatchObject({
      exit_code: 0,
      timeout_seconds: 1e9,
      final_stop_reason: "completed",
    });
  });

  test.each(["NaN", "Infinity", "1e999", "-Infinity"])("[ARG-5] [FI-13] %s is a usage error", async (limit) => {
    const envelope = await world.json(["turn-loop", "hello", `--timeout-seconds=${limit}`]);

    expect(envelope).toMatchObject({ exit_code: 1, error: { kind: "parse" } });
    expect(errorOf(envelope)["message"]).toContain(`invalid float value: '${limit}'`);
  });
});

describe("sessions", () => {
  test("[CMD-turn-loop-5] without id and directory no file is touched", async () => {
    await world.json(["turn-loop", "hello"]);

    expect(world.entries(".")).toEqual([".home"]);
  });

  test("[CMD-turn-loop-5] [SES-4] an id or a directory saves, and an id resumes", async () => {
    const first = await world.json(["turn-loop", "one", "--session-id", "s1"]);
    const second = await world.json(["turn-loop", "two", "--session-id", "s1", "--directory", ".port_sessions"]);
    const other = await world.json(["turn-loop", "one", "--directory", "elsewhere", "--session-id="]);

    expect(first).toMatchObject({ session_id: "s1", persisted_session_path: ".port_sessions/s1.json" });
    expect(second).toMatchObject({ usage: { input_tokens: 2, output_tokens: 22 } });
    expect(world.session("s1")).toMatchObject({
      session_id: "s1",
      messages: ["one", "two"],
      input_tokens: 2,
      output_tokens: 22,
      agent: "echo",
      working_directory: world.directory,
      stop_reason: "completed",
      usage_source: "words",
      interrupted_turns: 0,
    });
    expect(other["persisted_session_path"]).toBe(`elsewhere/${String(other["session_id"])}.json`);
    expect(world.entries()).toEqual(["s1.json"]);
  });

  test("[LOOP-7] [SES-12] a resumed session gets its full number of turns, and keeps its newest 12", async () => {
    const args = ["turn-loop", "a", "--continuation-prompt", "b", "--max-turns", "8", "--session-id", "s1"];
    await world.json(args);
    const envelope = await world.json(args);

    expect(envelope).toMatchObject({ turns_completed: 8, final_stop_reason: "completed", compacted_turns: 4 });
    expect(world.session("s1")).toMatchObject({ compacted_turns: 4 });
    expect(world.session("s1")["messages"]).toHaveLength(12);
  });

  test("[SES-5] [SES-13] a file of the first four keys is resumed, and keys nobody knows survive", async () => {
    mkdirSync(world.path("d"));
    const old = { session_id: "old", messages: ["before"], input_tokens: 3, output_tokens: 4, their_key: [1] };
    writeFileSync(world.path("d/old.json"), JSON.stringify(old));
    await world.json(["turn-loop", "hello", "--session-id", "old", "--directory", "d"]);

    expect(world.session("old", "d")).toMatchObject({
      messages: ["before", "hello"],
      input_tokens: 4,
      output_tokens: 15,
      created_at: null,
      their_key: [1],
    });
  });

  test("[CMD-turn-loop-5] a timed-out run saves what was committed before, and the interruption", async () => {
    await world.json(["turn-loop", "one", "--session-id", "s1"]);
    await world.json(["turn-loop", "two", "--session-id", "s1", "--timeout-seconds", "0"]);

    expect(world.session("s1")).toMatchObject({ messages: ["one"], interrupted_turns: 1, stop_reason: "timeout" });
  });

  test("[ERR-7] [SES-2] a refused id: the inputs, then the error, and nothing is written", async () => {
    const envelope = await world.json(["turn-loop", "hello", "--session-id", "../x"]);

    expect(envelope).toMatchObject({
      exit_code: 1,
      prompt: "hello",
      max_turns: 3,
      session_id: "../x",
      error: { kind: "invalid_session_id", operation: "resolve_session" },
    });
    expect(world.entries(".")).toEqual([".home"]);
  });

  test("[SES-7] a broken session is not overwritten", async () => {
    mkdirSync(world.path("d"));
    writeFileSync(world.path("d/bad.json"), "{");
    const envelope = await world.json(["turn-loop", "hello", "--session-id", "bad", "--directory", "d"]);

    expect(envelope).toMatchObject({ exit_code: 1, error: { kind: "session_load_failed", retryable: true } });
    expect(world.read("d/bad.json")).toBe("{");
  });

  test("[FI-9] a directory that is a file", async () => {
    writeFileSync(world.path("d"), "");
    const { status, stderr, json } = await world.run(["turn-loop", "hello", "--directory", "d", "--json"]);

    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(json()).toMatchObject({
      turns: [{ stop_reason: "completed" }],
      persisted_session_path: null,
      error: { kind: "filesystem", retryable: false },
    });
  });

  test("[FI-9] a directory that is removed meanwhile is made again, unless the lock was in it", async () => {
    const remove = (text: string): void => {
      if (!text.includes('"type":"result"')) rmSync(world.path("d"), { recursive: true, force: true });
    };
    const args = ["turn-loop", "hello", "--directory", "d", "--stream", "--json"];
    const made = (await world.run(args, { onStdout: remove })).json();
    expect(made).toMatchObject({ type: "result", exit_code: 0 });
    expect(world.session(String(made["session_id"]), "d")).toMatchObject({ messages: ["hello"] });

    const locked = await world.run([...args, "--session-id", "s1"], { onStdout: remove });
    expect(locked.json()).toMatchObject({ type: "error", turns: [{ stop_reason: "completed" }] });
    expect(["session_locked", "filesystem"]).toContain(errorOf(locked.json())["kind"]);
    expect(locked.stderr).toBe("");
  });
});

describe("engines", () => {
  test("[TURN-1] [DET-3] the test engine takes the place of echo, and every envelope says so", async () => {
    const envelope = await world.json(["turn-loop", "report"], engine);
    const output = JSON.parse(String(turnsOf(envelope)[0]?.["output"])) as Json;

    expect(envelope["test_overrides"]).toEqual(["engine"]);
    expect(output).toEqual({ generation: 1, hasSignal: true, tools: [] });
  });

  test("[CAN-9] a cancel the engine made itself ends the loop with 0", async () => {
    expect(await world.json(["turn-loop", "cancel", "--continuation-prompt", "more"], engine)).toMatchObject({
      exit_code: 0,
      turns_completed: 1,
      final_stop_reason: "cancelled",
      final_cancel_observed: true,
      interrupted: false,
    });
  });

  test.each(["crash", "throw", "exit"])(
    "[TURN-12] [ERR-2] [FI-10] an engine that does %s: failed, with all there is",
    async (how) => {
      const { json, stderr } = await world.run(["turn-loop", how, "--session-id", "s1", "--json"], engine);
      const envelope = json();

      expect(stderr).toBe("");
      expect(envelope).toMatchObject({
        exit_code: 1,
        turns_completed: 1,
        final_stop_reason: "failed",
        final_session_reusable: how === "throw",
        persisted_session_path: ".port_sessions/s1.json",
        turns: [{ output: "", stop_reason: "failed", cancel_observed: false }],
        error: { kind: "engine_failed", operation: "submit_turn", retryable: true },
      });
      expect(errorOf(envelope)["message"]).not.toMatch(/TypeError|\n| at /);
      expect(world.session("s1")).toMatchObject({ messages: [], stop_reason: "failed" });
    },
  );

  test("[ERR-6] in text mode a failed turn is shown, then the error", async () => {
    const { stdout, status } = await world.run(["turn-loop", "throw"], engine);

    expect(status).toBe(1);
    expect(stdout).toMatch(/^## Turn 1\n\nstop_reason=failed\nerror: ask the engine .*: broken\n$/);
  });

  test("[TURN-10] an agent that does not count: a warning, and no budget can be kept", async () => {
    const unknown = await world.json(["turn-loop", "unknown"], engine);
    const budget = await world.json(["turn-loop", "unknown", "--max-budget-tokens", "5"], engine);

    expect(unknown).toMatchObject({
      usage: { input_tokens: 0, output_tokens: 0 },
      usage_source: "none",
      warnings: [{ code: "usage_unknown" }],
    });
    expect(budget).toMatchObject({
      exit_code: 1,
      turns: [{ stop_reason: "failed", output: "who counts" }],
      error: { kind: "engine_unsupported" },
    });
  });

  test("[ERR-3] an engine that cannot be loaded, and an agent nobody knows", async () => {
    const missing = await world.json(["turn-loop", "hello"], { env: { PARL_TEST_ENGINE: "no-such-engine.ts" } });
    const unknown = await world.json(["turn-loop", "hello", "--agent", "other"]);
    const absent = await world.json(["turn-loop", "hello", "--agent", "acp:no-such-program-at-all"]);

    expect(missing).toMatchObject({
      prompt: "hello",
      error: { kind: "engine_unavailable", operation: "start_engine" },
    });
    expect(unknown).toMatchObject({ exit_code: 1, error: { kind: "parse" } });
    expect(errorOf(unknown)["message"]).toContain("argument --agent");
    expect(absent).toMatchObject({ session_id: null, error: { kind: "engine_unavailable" } });
  });

  test("[ERR-3] [FI-7] an empty prompt: fine for echo, refused for an agent, as a continuation too", async () => {
    expect(await world.json(["turn-loop", ""])).toMatchObject({ prompt: "", usage: { input_tokens: 0 } });
    for (const args of [[""], ["hello", "--continuation-prompt", ""]]) {
      const envelope = await world.json(["turn-loop", ...args, "--agent", acpAgent]);
      expect(envelope).toMatchObject({ error: { kind: "invalid_input", operation: "read_prompt" } });
    }
  });

  test("[ERR-3] a working directory that is none", async () => {
    expect(await world.json(["turn-loop", "hello", "--working-directory", "nowhere"])).toMatchObject({
      prompt: "hello",
      error: { kind: "invalid_working_directory", target: "nowhere" },
    });
  });
});

describe("a coding agent", () => {
  const ask = (...args: string[]) => ["turn-loop", ...args, "--agent", acpAgent];
  const path = { env: { PATH: process.env["PATH"] ?? "" } };

  test("[TURN-12] [TURN-10] [TURN-11] its answer, its tokens, no denials of the routing", async () => {
    const inventory = writeInventory();
    const envelope = await world.json(ask("run bash", "--inventory", inventory, "--session-id", "s1"), path);

    expect(envelope).toMatchObject({
      exit_code: 0,
      agent: acpAgent,
      usage_source: "agent",
      permission_denials: [],
      usage: { input_tokens: 5, output_tokens: 7, cache_read_tokens: 100 },
      turns: [
        {
          output: "agent: run bash",
          agent_stop_reason: "end_turn",
          matched_tools: ["BashTool"],
          session_reusable: true,
        },
      ],
    });
    expect(world.session("s1")).toMatchObject({ agent_session_id: "fake-session-1", agent: acpAgent, input_tokens: 5 });
  });

  test("[CMD-bootstrap-5] [SES-13] a resumed session resumes the agent's own, or fails as a session does", async () => {
    await world.json(ask("one", "--session-id", "s1"), path);
    const again = await world.json(ask("two", "--session-id", "s1"), path);
    rmSync(world.path("fake-session-1"));
    const lost = await world.json(ask("three", "--session-id", "s1"), path);

    expect(again).toMatchObject({ exit_code: 0, usage: { input_tokens: 10, output_tokens: 14 } });
    expect(lost).toMatchObject({ exit_code: 1, error: { kind: "session_load_failed", retryable: false } });
    expect(world.session("s1")).toMatchObject({ messages: ["one", "two"] });
  });

  test("[SES-13] a session with another agent goes on, and says what that means", async () => {
    await world.json(["turn-loop", "one", "--session-id", "s1"]);
    const envelope = await world.json(ask("two", "--session-id", "s1"), path);

    expect(envelope).toMatchObject({ exit_code: 0, warnings: [{ code: "agent_changed" }] });
    expect(world.session("s1")).toMatchObject({ messages: ["one", "two"], agent_session_id: "fake-session-1" });
  });

  test("[TURN-13] its budget ends the loop after the turn that went over it, which counts", async () => {
    const args = ask("one", "--continuation-prompt", "more", "--max-budget-tokens", "20", "--session-id", "s1");
    const envelope = await world.json(args, path);
    const after = await world.json(args, path);

    expect(turnsOf(envelope).map((turn) => turn["stop_reason"])).toEqual(["completed", "max_budget_reached"]);
    expect(envelope).toMatchObject({ exit_code: 0, usage: { input_tokens: 10, output_tokens: 14 } });
    expect(after).toMatchObject({ turns: [{ stop_reason: "max_budget_reached", output: "" }] });
  });

  test("[TURN-10] one that does not count gives a warning", async () => {
    expect(await world.json(ask("silent"), path)).toMatchObject({
      usage_source: "none",
      warnings: [{ code: "usage_unknown" }],
    });
  });

  test("[TURN-12] one that crashes is a failed turn, and nothing is committed", async () => {
    const envelope = await world.json(ask("crash", "--session-id", "s1"), path);

    expect(envelope).toMatchObject({
      exit_code: 1,
      final_session_reusable: false,
      error: { kind: "engine_failed", detail: { exit_code: 3 } },
    });
    expect(world.session("s1")).toMatchObject({ messages: [] });
  });
});
