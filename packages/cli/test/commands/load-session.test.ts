import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { encodeSession } from "../../src/session-store/encode-session.ts";
import { recordOf, saveOnce, StoreWorld } from "../session-store/support/store-world.ts";
import { errorOf, run, type InProcessRun } from "../support/run-in-process.ts";

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

const load = (id: string, ...args: string[]): Promise<InProcessRun> =>
  run(["load-session", "--directory", "sessions", ...args, "--", id], {
    table: commandTable,
    workingDirectory: world.root,
    env: { PARL_VALIDATE: "1" },
  });

/** All but the time. */
async function envelopeOf(running: Promise<InProcessRun>): Promise<[string, unknown][]> {
  const { timestamp: _timestamp, ...envelope } = (await running).json();
  return Object.entries(envelope);
}

const common = (exitCode: number): [string, unknown][] => [
  ["command", "load-session"],
  ["exit_code", exitCode],
  ["output_format", "json"],
  ["schema_version", "1.0"],
];

describe("a session that is there", () => {
  test("[CMD-load-session-1] text: id, messages, tokens", async () => {
    await saveOnce(world.open(), recordOf("review-1"));
    expect(await load("review-1")).toMatchObject({
      stdout: "review-1\n2 messages\nin=3 out=22\n",
      stderr: "",
      status: 0,
    });
  });

  test("[CMD-load-session-2] json: the whole envelope", async () => {
    await saveOnce(world.open(), recordOf("review-1", { compactedTurns: 3, stopReason: "max_turns_reached" }));
    expect(await envelopeOf(load("review-1", "--json"))).toEqual([
      ...common(0),
      ["session_id", "review-1"],
      ["loaded", true],
      ["messages_count", 2],
      ["input_tokens", 3],
      ["output_tokens", 22],
      ["directory", "sessions"],
      ["path", "sessions/review-1.json"],
      ["created_at", "2026-02-03T04:05:06Z"],
      ["updated_at", "2026-02-03T04:05:07Z"],
      ["agent", "echo"],
      ["stop_reason", "max_turns_reached"],
      ["compacted_turns", 3],
    ]);
  });

  test("[SES-5] [ENV-9] one with only the four first keys: what it does not say is null", async () => {
    mkdirSync(world.directory);
    const four = { session_id: "old", messages: ["x"], input_tokens: 1, output_tokens: 11 };
    writeFileSync(world.path("old.json"), JSON.stringify(four));
    expect((await load("old", "--json")).json()).toMatchObject({
      loaded: true,
      created_at: null,
      updated_at: null,
      agent: null,
      stop_reason: null,
      compacted_turns: 0,
    });
  });
});

describe("one that is not", () => {
  test("[CMD-load-session-3] [ERR-5] [SES-7] not found: no file, no directory, a file for a directory", async () => {
    const expected = [
      ...common(1),
      ["session_id", "nope"],
      ["name", "nope"],
      ["found", false],
      ["loaded", false],
      ["directory", "sessions"],
      [
        "error",
        {
          kind: "session_not_found",
          category: "session",
          operation: "resolve_session",
          target: "nope",
          retryable: false,
          message: "session 'nope' not found in sessions",
          hint: "run `parl list-sessions --directory sessions`",
          directory: "sessions",
        },
      ],
    ];
    expect(await envelopeOf(load("nope", "--json"))).toEqual(expected);
    expect(readdirSync(world.root)).toEqual([]);
    mkdirSync(world.directory);
    expect(await envelopeOf(load("nope", "--json"))).toEqual(expected);
  });

  test("[ERR-1] without --directory the error names the default", async () => {
    const { json } = await run(["load-session", "nope", "--json"], {
      table: commandTable,
      workingDirectory: world.root,
    });
    expect(errorOf(json())["directory"]).toBe(".port_sessions");
  });

  test("[CMD-load-session-1] [ERR-6] text: the message on stdout, exit 1", async () => {
    expect(await load("nope")).toMatchObject({
      stdout: "error: session 'nope' not found in sessions\n",
      stderr: "",
      status: 1,
    });
  });
});

describe("one that cannot be used", () => {
  test.each<[string, string, boolean]>([
    ["cut off", encodeSession(recordOf("s")).slice(0, 40), true],
    ["empty", "", true],
    ["null", "null", false],
    ["an array", "[]", false],
    ["of another id", encodeSession(recordOf("t")), false],
    ["of a newer version", encodeSession(recordOf("s")).replace('"version": 1', '"version": 2'), false],
  ])("[CMD-load-session-3] [SES-7] [FI-8] %s", async (_what, text, retryable) => {
    mkdirSync(world.directory);
    writeFileSync(world.path("s.json"), text);
    const { stderr, json } = await load("s", "--json");
    const envelope = json();

    expect(stderr).toBe("");
    expect(Object.keys(envelope).slice(5)).toEqual(["session_id", "loaded", "directory", "error"]);
    expect(envelope).toMatchObject({ exit_code: 1, session_id: "s", loaded: false, directory: "sessions" });
    expect(errorOf(envelope)).toMatchObject({
      kind: "session_load_failed",
      operation: "load_session",
      target: "s",
      retryable,
      directory: "sessions",
    });
  });

  test.each(["../x", "a/b", "/etc/passwd", "..", ".hidden", "-a", "a\nb", "a\\b", "a".repeat(129), "con", ""])(
    "[CMD-load-session-3] [FI-5] [SES-2] the id %j is refused, and comes back as given",
    async (id) => {
      writeFileSync(join(world.root, "x.json"), encodeSession(recordOf("x")));
      const { stdout, json } = await load(id, "--json");
      expect(json()).toMatchObject({ exit_code: 1, session_id: id, loaded: false, directory: "sessions" });
      expect(errorOf(json())).toMatchObject({ kind: "invalid_session_id", retryable: false, directory: "sessions" });
      expect(stdout).not.toContain("messages_count");
    },
  );

  test("[CMD-load-session-3] [SES-3] [FI-5] a link out of the store is unsafe", async () => {
    mkdirSync(world.directory);
    writeFileSync(join(world.root, "s.json"), encodeSession(recordOf("s")));
    symlinkSync("../s.json", world.path("s.json"));
    const { json } = await load("s", "--json");
    expect(json()).toMatchObject({ exit_code: 1, session_id: "s", loaded: false });
    expect(errorOf(json())).toMatchObject({ kind: "session_path_unsafe", category: "policy", target: "s" });
  });
});
