/** Engines that do not behave, signals and slow readers, through the real program as a process [FI-10..12]. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  acpAgent,
  envelopeOf,
  living,
  RunWorld,
  testEngine,
  turnsOf,
  type Json,
  type RunningParl,
} from "../turns/support/run-world.ts";

let world: RunWorld;

beforeEach(() => {
  world = new RunWorld();
});

afterEach(() => {
  world.remove();
});

/** Far above grace + 250 ms, and far below what any of these engines would take. */
const promptlyMs = 2500;

const onEngine = { env: { PARL_TEST_ENGINE: testEngine } };

/** Starts a turn loop on the test engine, and resolves when the engine has the prompt. */
async function startAsked(args: readonly string[], options = onEngine): Promise<RunningParl> {
  const asked = world.appearance("asked");
  const running = world.start(["turn-loop", ...args], options);
  await asked;
  return running;
}

/** Sends the signal, and gives the answer with the time it took. */
async function interrupt(running: RunningParl, signal: NodeJS.Signals = "SIGINT") {
  const sentMs = performance.now();
  running.child.kill(signal);
  const run = await running.end;
  return { run, tookMs: performance.now() - sentMs };
}

async function seedSession(): Promise<Json> {
  await world.spawn(["turn-loop", "before", "--session-id", "s1"]);
  return world.session("s1");
}

describe("engines that are told to stop", () => {
  test.each([
    ["ignore", { cancel_observed: false, session_reusable: false, output: "", late_result: null }],
    ["spin", { cancel_observed: false, session_reusable: false, output: "", late_result: null }],
    ["block", { cancel_observed: false, session_reusable: false, output: "", late_result: null }],
    ["late", { cancel_observed: false, session_reusable: false, output: "", late_result: null }],
    ["acknowledge", { cancel_observed: true, session_reusable: true, output: "", late_result: null }],
    ["obey", { cancel_observed: true, session_reusable: true, output: "stopped", late_result: null }],
    [
      "finish",
      { cancel_observed: true, session_reusable: true, output: "finished in spite of it", late_result: "discarded" },
    ],
  ])("[FI-10] [CAN-3] [CAN-4] [CAN-6] [CAN-8] %s: no ghost commit, and the program ends", async (word, turn) => {
    const before = await seedSession();
    const running = await startAsked([`${word} please`, "--session-id", "s1", "--json"]);
    const { run, tookMs } = await interrupt(running);
    const envelope = envelopeOf(run);

    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 130, stderr: "" });
    expect(envelope).toMatchObject({
      exit_code: 130,
      interrupted: true,
      interrupt_signal: "SIGINT",
      turns_completed: 1,
      final_stop_reason: "cancelled",
      final_cancel_observed: turn.cancel_observed,
      final_session_reusable: turn.session_reusable,
      turns: [{ stop_reason: "cancelled", ...turn }],
      usage: { input_tokens: before["input_tokens"], output_tokens: before["output_tokens"] },
    });
    expect(world.session("s1")).toMatchObject({
      messages: ["before"],
      input_tokens: before["input_tokens"],
      interrupted_turns: 1,
      stop_reason: "cancelled",
    });
    expect(world.entries()).toEqual(["s1.json"]);
    expect(tookMs).toBeLessThan(promptlyMs);
  });

  test("[FI-10] [CAN-3] [LOOP-5] [CMD-turn-loop-4] the deadline, on an engine that loops without yielding", async () => {
    const run = await world.spawn(
      ["turn-loop", "spin", "--timeout-seconds", "2", "--session-id", "s1", "--json"],
      onEngine,
    );

    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 2, stderr: "" });
    expect(envelopeOf(run)).toMatchObject({
      exit_code: 2,
      interrupted: false,
      interrupt_signal: null,
      final_stop_reason: "timeout",
      final_cancel_observed: false,
      final_session_reusable: false,
      persisted_session_path: ".port_sessions/s1.json",
    });
    expect(world.session("s1")).toMatchObject({ messages: [], stop_reason: "timeout", interrupted_turns: 1 });
  });

  test("[FI-10] [ENV-6] an engine that prints, by whatever way, reaches only the log", async () => {
    mkdirSync(world.path("parl"));
    const run = await world.spawn(["turn-loop", "print", "--json"], onEngine);

    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: "" });
    expect(turnsOf(envelopeOf(run))[0]).toMatchObject({ output: "printed" });
    const log = readFileSync(world.path("parl/logs/cli.log"), "utf8");
    for (const way of ["console.log", "console.error", "process.stdout", "descriptor 1", "as a file", "descriptor 2"]) {
      expect(log).toContain(way);
    }
  });

  test("[FI-10] [CAN-2] what an engine left running is ended with it", async () => {
    const run = await world.spawn(["turn-loop", "children", "--json"], onEngine);
    const pids = String(turnsOf(envelopeOf(run))[0]?.["output"])
      .split(" ")
      .map(Number);

    expect(pids).toHaveLength(2);
    expect(await living(pids)).toEqual([]);
  });

  test("[FI-10] an engine that takes all its memory fails alone", async () => {
    const run = await world.spawn(["turn-loop", "memory", "--json"], onEngine);

    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 1, stderr: "" });
    expect(envelopeOf(run)).toMatchObject({ error: { kind: "engine_failed" } });
  });
});

describe("a coding agent that is told to stop", () => {
  const agent = { env: {} } as typeof onEngine;

  test("[FI-10] [CAN-3] one that ignores everything, SIGTERM too, is ended with what it left elsewhere", async () => {
    const running = await startAsked(["stubborn", "--agent", acpAgent, "--session-id", "s1", "--json"], agent);
    const pids = readFileSync(world.path("pids"), "utf8").split(" ").map(Number);
    const { run, tookMs } = await interrupt(running, "SIGTERM");

    expect(pids).toHaveLength(2);
    expect(await living(pids)).toEqual([]);
    expect(run.status).toBe(130);
    expect(envelopeOf(run)).toMatchObject({
      interrupt_signal: "SIGTERM",
      final_cancel_observed: false,
      final_session_reusable: false,
    });
    expect(world.session("s1")).toMatchObject({ messages: [], interrupted_turns: 1 });
    expect(tookMs).toBeLessThan(promptlyMs);
  });

  test.each([
    ["obey", { cancel_observed: true, session_reusable: true, agent_stop_reason: "cancelled", late_result: null }],
    [
      "finish",
      { cancel_observed: true, session_reusable: true, agent_stop_reason: "end_turn", late_result: "discarded" },
    ],
  ])("[CAN-5] [CAN-6] [CAN-8] %s: seen idle, so the session can be used again", async (word, turn) => {
    const args = [word, "--agent", acpAgent, "--session-id", "s1", "--grace-ms", "2000", "--json"];
    const { run } = await interrupt(await startAsked(args, agent));

    expect(envelopeOf(run)).toMatchObject({ turns: [{ stop_reason: "cancelled", output: "", ...turn }] });
    expect(world.session("s1")).toMatchObject({ messages: [], interrupted_turns: 1 });
  });

  test("[CAN-8] [CAN-3] a signal while it starts: a cancelled turn, and the agent was not asked", async () => {
    writeFileSync(world.path("hang-at-start"), "");
    const { run } = await interrupt(await startAsked(["hello", "--agent", acpAgent, "--json"], agent));

    expect(envelopeOf(run)).toMatchObject({
      exit_code: 130,
      interrupted: true,
      turns: [{ stop_reason: "cancelled", cancel_observed: true, session_reusable: false, output: "" }],
    });
  });
});

describe("signals", () => {
  test("[FI-11] [CAN-8] before the turn: a cancelled one without a call, complete envelope", async () => {
    writeFileSync(world.path("hang-at-start"), "");
    const { run } = await interrupt(await startAsked(["hello", "--json"]), "SIGTERM");

    expect(run).toMatchObject({ status: 130, stderr: "" });
    expect(envelopeOf(run)).toMatchObject({
      exit_code: 130,
      interrupted: true,
      interrupt_signal: "SIGTERM",
      turns: [{ stop_reason: "cancelled", cancel_observed: true, session_reusable: true }],
    });
  });

  test("[FI-11] [EXIT-2] in text mode the same status, and the turns so far", async () => {
    const { run } = await interrupt(await startAsked(["obey"]));

    expect(run).toEqual({ status: 130, stderr: "", stdout: "## Turn 1\nstopped\nstop_reason=cancelled\n" });
  });

  test.each([["--json"], []])("[FI-11] [CAN-7] twice %s: the grace period is over at once", async (...format) => {
    const running = await startAsked(["ignore", "--grace-ms", "60000", ...format]);
    const again = setInterval(() => running.child.kill("SIGINT"), 20);
    const { run, tookMs } = await interrupt(running);
    clearInterval(again);

    expect(run).toMatchObject({ status: 130, stderr: "" });
    expect(run.stdout).toContain("cancelled");
    expect(tookMs).toBeLessThan(10_000);
  });

  test("[FI-11] [CAN-8] after the last commit it changes nothing", async () => {
    const prompt = "word ".repeat(100_000);
    const running = world.start(["turn-loop", "-", "--session-id", "s1", "--max-budget-tokens", "9999999", "--json"], {
      input: prompt,
    });
    // The answer is larger than a pipe: what comes first is of a run whose session is saved.
    running.child.stdout.once("data", () => running.child.kill("SIGINT"));
    const run = await running.end;

    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(envelopeOf(run)).toMatchObject({ exit_code: 0, interrupted: false, final_stop_reason: "completed" });
    expect(world.session("s1")["messages"]).toEqual([prompt]);
  });

  test("[FI-11] [STR-6] in a stream: the events so far, then the one final line with 130", async () => {
    const { run } = await interrupt(await startAsked(["obey", "--stream", "--json"]));
    const lines = run.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Json);

    expect(run.status).toBe(130);
    expect(lines.map(({ type, exit_code: code, final }) => [type, code, final])).toEqual([
      ["message_start", 0, false],
      ["message_delta", 0, false],
      ["message_stop", 0, false],
      ["result", 130, true],
    ]);
  });
});

describe("readers", () => {
  test("[FI-12] [ENV-10] one that closes stdout: the run is stopped, what was committed is saved, 1 in silence", async () => {
    const args = ["hello", "--continuation-prompt", "more", "--max-turns", "100000", "--stream", "--json"];
    const running = world.start(["turn-loop", ...args, "--session-id", "s1", "--max-budget-tokens", "999999999"]);
    running.child.stdout.once("data", () => running.child.stdout.destroy());
    const run = await running.end;

    expect(run).toMatchObject({ status: 1, stderr: "" });
    expect(world.entries()).toEqual(["s1.json"]);
    expect(world.session("s1")).toMatchObject({ stop_reason: "cancelled" });
  });

  test("[FI-12] [STR-6] one that reads slowly gets every line, in order", async () => {
    const args = ["turn-loop", "hello", "--continuation-prompt", "more", "--max-turns", "150", "--stream", "--json"];
    const { child, end } = world.start(args);
    child.stdout.pause();
    const slowly = setInterval(() => child.stdout.read(8192), 1);
    const run = await end;
    clearInterval(slowly);
    const lines = run.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Json);

    expect(run.status).toBe(0);
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: lines.length }, (_, index) => index + 1));
    expect(lines.at(-1)).toMatchObject({ turns_completed: 150, final: true });
  });
});

describe("prompts", () => {
  test("[FI-6] [ENV-2] unicode of all kinds: one line of JSON, echoed verbatim, words by the list", async () => {
    const prompt = "e\u0301 \u05d0\u05d1 😀 a\u2028b \ufeffc d\u0085e";
    const run = await world.spawn(["turn-loop", "-", "--json"], { input: prompt });

    expect(envelopeOf(run)).toMatchObject({ prompt, turns: [{ prompt }], usage: { input_tokens: 8 } });
    expect(run.stderr).toBe("");
  });

  test("[FI-7] [ARG-4] 1 MB through stdin, one final line break removed", async () => {
    const prompt = "wörd ".repeat(180_000);
    const run = await world.spawn(["turn-loop", "-", "--json"], { input: `${prompt}\r\n` });

    expect(envelopeOf(run)).toMatchObject({ prompt, final_stop_reason: "max_budget_reached", exit_code: 0 });
  });

  test.each([
    ["a dash after `--`", ["--json", "--", "-"], "-"],
    ["an option after `--`", ["--json", "--", "--help"], "--help"],
  ])("[FI-7] [ARG-3] %s is the prompt itself", async (_, args, prompt) => {
    expect(envelopeOf(await world.spawn(["turn-loop", ...args]))).toMatchObject({ prompt });
  });

  test("[CAN-3] [LOOP-5] stdin that does not end is waited for no longer than the limit", async () => {
    const { child, end } = world.start(["turn-loop", "-", "--timeout-seconds", "0.2", "--json"], { input: null });
    child.stdin.write("so far");
    const run = await end;

    expect(run).toMatchObject({ status: 2, stderr: "" });
    expect(envelopeOf(run)).toMatchObject({ prompt: "so far", turns: [{ prompt: "so far", stop_reason: "timeout" }] });
  });

  test("[FI-7] [ARG-4] stdin that is not UTF-8", async () => {
    const run = await world.spawn(["turn-loop", "-", "--json"], { input: Buffer.from([0x61, 0xff]) });

    expect(run).toMatchObject({ status: 1, stderr: "" });
    expect(envelopeOf(run)).toMatchObject({ prompt: null, error: { kind: "invalid_input", operation: "read_prompt" } });
  });
});
