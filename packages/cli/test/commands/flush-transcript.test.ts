import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fillDisk } from "../turns/support/fill-disk.ts";
import { acpAgent, envelopeOf, RunWorld, testEngine } from "../turns/support/run-world.ts";

let world: RunWorld;

beforeEach(() => {
  world = new RunWorld();
});

afterEach(() => {
  vi.restoreAllMocks();
  world.remove();
});

const flush = (...args: string[]) => ["flush-transcript", ...args];
const refused = ["--max-budget-tokens", "3"];

describe("a turn that commits", () => {
  test("[CMD-flush-transcript-2] [SES-4] [TURN-6] the whole envelope, and the file", async () => {
    const { timestamp, run_id: runId, ...envelope } = await world.json(flush("hello", "--session-id", "s1"));

    expect(timestamp).toMatch(/Z$/);
    expect(runId).toMatch(/^[0-9a-f]{32}$/);
    expect(envelope).toEqual({
      command: "flush-transcript",
      exit_code: 0,
      output_format: "json",
      schema_version: "1.0",
      session_id: "s1",
      path: ".port_sessions/s1.json",
      flushed: true,
      messages_count: 1,
      input_tokens: 1,
      output_tokens: 11,
      directory: ".port_sessions",
      stop_reason: "completed",
      rejected: false,
      replaced: false,
      usage_source: "words",
      session_reusable: true,
      interrupted: false,
      interrupt_signal: null,
    });
    expect(world.session("s1")).toMatchObject({ messages: ["hello"], input_tokens: 1, output_tokens: 11 });
    expect(world.entries()).toEqual(["s1.json"]);
  });

  test("[CMD-flush-transcript-1] text: the path and the mark; no routing, so nothing is matched", async () => {
    const { stdout, stderr } = await world.run(flush("bash", "--session-id", "s1", "--directory", "d/"));

    expect({ stdout, stderr }).toEqual({ stdout: "d/s1.json\nflushed=True\n", stderr: "" });
    expect(world.session("s1", "d")).toMatchObject({ output_tokens: 11 });
  });

  test("[CMD-flush-transcript-1] [SES-2] without an id, or with an empty one, a new one is made", async () => {
    for (const args of [flush("hello"), flush("hello", "--session-id=")]) {
      expect((await world.json(args, { live: true }))["session_id"]).toMatch(/^[0-9a-f]{32}$/);
    }
    expect(world.entries()).toHaveLength(2);
  });

  test("[CMD-flush-transcript-3] an existing session is replaced, not gone on with", async () => {
    await world.json(flush("one", "--session-id", "s1"));
    const envelope = await world.json(flush("two", "--session-id", "s1"));

    expect(envelope).toMatchObject({ flushed: true, replaced: true, messages_count: 1, input_tokens: 1 });
    expect(world.session("s1")).toMatchObject({ messages: ["two"], input_tokens: 1 });
  });

  test("[CMD-flush-transcript-3] --no-overwrite keeps it, before anything is run", async () => {
    await world.json(flush("one", "--session-id", "s1"));
    const env = { PARL_TEST_ENGINE: testEngine };
    const envelope = await world.json(flush("two", "--session-id", "s1", "--no-overwrite"), { env });

    expect(envelope).toMatchObject({
      exit_code: 1,
      session_id: "s1",
      path: ".port_sessions/s1.json",
      flushed: false,
      error: { kind: "session_exists", operation: "save_session" },
    });
    expect(world.session("s1")).toMatchObject({ messages: ["one"] });
    expect(world.entries(".")).not.toContain("asked");
  });

  test("[TURN-12] [TURN-10] an agent: its tokens, and its own session", async () => {
    const envelope = await world.json(flush("hello", "--agent", acpAgent, "--session-id", "s1"));

    expect(envelope).toMatchObject({ input_tokens: 5, output_tokens: 7, usage_source: "agent", exit_code: 0 });
    expect(world.session("s1")).toMatchObject({ agent_session_id: "fake-session-1", agent: acpAgent });
  });
});

describe("a turn that does not commit", () => {
  test("[CMD-flush-transcript-3] [TURN-6] under a new id it stores an empty session", async () => {
    const envelope = await world.json(flush("hello", "--session-id", "s1", ...refused));

    expect(envelope).toMatchObject({
      exit_code: 0,
      flushed: true,
      rejected: true,
      replaced: false,
      messages_count: 0,
      input_tokens: 0,
      stop_reason: "max_budget_reached",
      session_reusable: true,
    });
    expect(world.session("s1")).toMatchObject({ messages: [], output_tokens: 0, stop_reason: "max_budget_reached" });
  });

  test("[CMD-flush-transcript-3] it never replaces a file", async () => {
    await world.json(flush("one", "--session-id", "s1"));
    const before = world.read(".port_sessions/s1.json");
    const envelope = await world.json(flush("two", "--session-id", "s1", ...refused));
    const text = await world.run(flush("two", "--session-id", "s1", ...refused));

    expect(envelope).toMatchObject({ exit_code: 0, flushed: false, replaced: false, rejected: true });
    expect(text.stdout).toBe(".port_sessions/s1.json\nflushed=False\n");
    expect(world.read(".port_sessions/s1.json")).toBe(before);
    expect(world.entries()).toEqual(["s1.json"]);
  });

  test("[LOOP-5] [EXIT-1] a limit that was hit: 2, whether there was a file or not", async () => {
    const late = flush("hello", "--session-id", "s1", "--timeout-seconds", "0");
    const fresh = await world.json(late);
    const again = await world.json(late);

    expect(fresh).toMatchObject({
      exit_code: 2,
      flushed: true,
      rejected: false,
      stop_reason: "timeout",
      session_reusable: true,
    });
    expect(again).toMatchObject({ exit_code: 2, flushed: false, replaced: false });
    expect(world.session("s1")).toMatchObject({ messages: [], interrupted_turns: 1 });
  });

  test("[CAN-8] [FI-11] an interrupt: 130, and the older file stays", async () => {
    await world.spawn(flush("one", "--session-id", "s1"));
    const asked = world.appearance("asked");
    const env = { PARL_TEST_ENGINE: testEngine };
    const { child, end } = world.start(flush("ignore", "--session-id", "s1", "--json"), { env });
    await asked;
    child.kill("SIGINT");
    const run = await end;

    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 130, stderr: "" });
    expect(envelopeOf(run)).toMatchObject({
      exit_code: 130,
      flushed: false,
      replaced: false,
      stop_reason: "cancelled",
      session_reusable: false,
      interrupted: true,
      interrupt_signal: "SIGINT",
    });
    expect(world.session("s1")).toMatchObject({ messages: ["one"] });
  });
});

describe("failures", () => {
  test("[CMD-flush-transcript-4] [FI-10] an engine that fails stores nothing", async () => {
    const env = { PARL_TEST_ENGINE: testEngine };
    const envelope = await world.json(flush("throw", "--session-id", "s1"), { env });

    expect(envelope).toMatchObject({
      exit_code: 1,
      session_id: "s1",
      path: ".port_sessions/s1.json",
      flushed: false,
      error: { kind: "engine_failed" },
    });
    expect(world.entries()).toEqual([]);
  });

  test.each(["../x", "a/b", "/etc/x", "..", ".x", "a\nb", "a\\b", "x".repeat(129), "con"])(
    "[CMD-flush-transcript-4] [FI-5] [SES-2] the id %j is refused before anything is touched",
    async (id) => {
      const { status, stderr, json } = await world.run(flush("hello", `--session-id=${id}`, "--json"));

      expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
      expect(json()).toMatchObject({
        session_id: id,
        path: null,
        flushed: false,
        error: { kind: "invalid_session_id" },
      });
      expect(world.entries(".")).toEqual([".home"]);
    },
  );

  test("[FI-5] [SES-3] a link in the place of the file", async () => {
    mkdirSync(world.path("d"));
    writeFileSync(world.path("secret"), "secret");
    symlinkSync(world.path("secret"), world.path("d/s1.json"));
    const envelope = await world.json(flush("hello", "--session-id", "s1", "--directory", "d"));

    expect(envelope).toMatchObject({ path: "d/s1.json", flushed: false, error: { kind: "session_path_unsafe" } });
    expect(world.read("secret")).toBe("secret");
  });

  test("[CMD-flush-transcript-4] [FI-9] a directory that is a file, and an agent that is not there", async () => {
    writeFileSync(world.path("d"), "");
    const unwritable = await world.run(flush("hello", "--session-id", "s1", "--directory", "d", "--json"));
    const text = await world.run(flush("hello", "--session-id", "s1", "--directory", "d"));
    const absent = await world.json(flush("hello", "--session-id", "s1", "--agent", "acp:no-such-program-at-all"));

    expect(unwritable).toMatchObject({ status: 1, stderr: "" });
    expect(unwritable.json()).toMatchObject({ path: "d/s1.json", flushed: false, error: { kind: "filesystem" } });
    expect(text).toMatchObject({ status: 1, stderr: "" });
    expect(text.stdout).toMatch(/^error: [^\n]+\n$/);
    expect(absent).toMatchObject({ flushed: false, error: { kind: "engine_unavailable", operation: "start_engine" } });
  });

  test.each(["fsyncSync", "writeFileSync"] as const)(
    "[FI-2] [SES-8] [ERR-4] a disk that is full at %s: the old file whole, and nothing beside it",
    async (call) => {
      await world.json(flush("one", "--session-id", "s1"));
      const before = world.read(".port_sessions/s1.json");
      fillDisk(call);
      const { status, stderr, json } = await world.run(flush("two", "--session-id", "s1", "--json"));

      expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
      expect(json()).toMatchObject({
        flushed: false,
        error: { kind: "filesystem", errno: "ENOSPC", retryable: true },
      });
      expect(world.read(".port_sessions/s1.json")).toBe(before);
      expect(world.entries()).toEqual(["s1.json"]);
    },
  );

  test("[CMD-flush-transcript-4] [SES-9] a session that another one writes", async () => {
    mkdirSync(world.path(".port_sessions"));
    const content = { pid: 1, started: null, host: "another-host", token: "t", created_at: "2026-01-01T00:00:00Z" };
    writeFileSync(world.path(".port_sessions/.s1.lock"), JSON.stringify(content));
    const envelope = await world.json(flush("hello", "--session-id", "s1", "--lock-timeout-ms", "0"));

    expect(envelope).toMatchObject({ flushed: false, error: { kind: "session_locked", retryable: true } });
    expect(world.entries()).toEqual([".s1.lock"]);
  });

  test("[ARG-7] a working directory that is none, in the shape of this command", async () => {
    expect(await world.json(flush("hello", "--session-id", "s1", "--working-directory", "nowhere"))).toMatchObject({
      session_id: "s1",
      flushed: false,
      error: { kind: "invalid_working_directory" },
    });
  });
});
