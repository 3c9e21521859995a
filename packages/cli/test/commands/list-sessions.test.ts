import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { recordOf, saveOnce, StoreWorld } from "../session-store/support/store-world.ts";
import { errorOf, run, type InProcessRun } from "../support/run-in-process.ts";

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

const parl = (...args: string[]): Promise<InProcessRun> =>
  run(["list-sessions", ...args], {
    table: commandTable,
    workingDirectory: world.root,
    env: { PARL_VALIDATE: "1" },
  });
const inSessions = ["--directory", "sessions"];

/** So many sessions with nothing in them. */
function plantSessions(count: number): string[] {
  mkdirSync(world.directory);
  const ids = Array.from({ length: count }, (_, index) => `s-${String(index).padStart(5, "0")}`);
  for (const id of ids) writeFileSync(world.path(`${id}.json`), "");
  return ids;
}

describe("text", () => {
  test("[CMD-list-sessions-1] one id a line, or that there are none", async () => {
    expect(await parl(...inSessions)).toMatchObject({ stdout: "(no sessions)\n", stderr: "", status: 0 });
    for (const id of ["b", "a", "B"]) await saveOnce(world.open(), recordOf(id));
    expect(await parl(...inSessions)).toMatchObject({ stdout: "B\na\nb\n", stderr: "", status: 0 });
  });

  test("[CMD-list-sessions-1] [SES-1] without --directory it is .port_sessions below the current directory", async () => {
    await saveOnce(world.open({ directory: ".port_sessions" }), recordOf("here"));
    expect((await parl()).stdout).toBe("here\n");
  });

  test("[SES-6] [ERR-6] a directory that cannot be read is told on stdout, exit 1", async () => {
    symlinkSync("loop", join(world.root, "loop"));
    expect(await parl("--directory", "loop")).toMatchObject({
      stdout: "error: cannot read 'loop': ELOOP\n",
      stderr: "",
      status: 1,
    });
  });
});

describe("json", () => {
  test("[CMD-list-sessions-2] [CMD-list-sessions-3] the whole envelope", async () => {
    await saveOnce(world.open(), recordOf("a"));
    writeFileSync(world.path("broken.json"), "{}");
    mkdirSync(world.path("directory.json"));
    const time = new Date("2026-01-02T03:04:05.999Z");
    utimesSync(world.path("a.json"), time, time);
    const { timestamp: _timestamp, ...envelope } = (await parl("--json", ...inSessions)).json();

    expect(Object.entries(envelope)).toEqual([
      ["command", "list-sessions"],
      ["exit_code", 0],
      ["output_format", "json"],
      ["schema_version", "1.0"],
      ["sessions", ["a", "broken"]],
      ["count", 2],
      ["directory", "sessions"],
      ["sessions_count", 2],
      [
        "session_details",
        [
          {
            session_id: "a",
            created_at: "2026-02-03T04:05:06Z",
            last_modified: "2026-01-02T03:04:05Z",
            prompt_count: 2,
            stopped: false,
          },
          {
            session_id: "broken",
            created_at: null,
            last_modified: null,
            prompt_count: null,
            stopped: null,
            error_kind: "session_load_failed",
          },
        ],
      ],
      ["details_omitted", false],
      ["ignored_entries", 1],
    ]);
  });

  test("[CMD-list-sessions-2] [SES-6] [ENV-9] a missing directory and a plain file in its place give empty lists", async () => {
    writeFileSync(join(world.root, "plain"), "");
    for (const directory of ["nowhere", "plain"]) {
      expect((await parl("--json", "--directory", directory)).json()).toMatchObject({
        exit_code: 0,
        sessions: [],
        count: 0,
        directory,
        sessions_count: 0,
        session_details: [],
        details_omitted: false,
        ignored_entries: 0,
      });
    }
    expect(readdirSync(world.root)).toEqual(["plain"]);
  });

  test("[CMD-list-sessions-3] details are left out above 256 sessions, unless they are asked for", async () => {
    const ids = plantSessions(256);
    expect((await parl("--json", ...inSessions)).json()["session_details"]).toHaveLength(256);

    writeFileSync(world.path("one-more.json"), "");
    const without = (await parl("--json", ...inSessions)).json();
    expect(without).toMatchObject({ count: 257, session_details: [], details_omitted: true });
    expect(without["sessions"]).toEqual(["one-more", ...ids]);
    const asked = (await parl("--json", "--details", ...inSessions)).json();
    expect(asked).toMatchObject({ count: 257, details_omitted: false });
    expect(asked["session_details"]).toHaveLength(257);
  });

  test("[SES-6] [FI-9] a directory that cannot be read", async () => {
    symlinkSync("loop", join(world.root, "loop"));
    const { status, stderr, json } = await parl("--json", "--directory", "loop");
    expect({ status, stderr, directory: json()["directory"], sessions: json()["sessions"] }).toEqual({
      status: 1,
      stderr: "",
      directory: "loop",
      sessions: undefined,
    });
    expect(errorOf(json())).toMatchObject({
      kind: "filesystem",
      operation: "read",
      target: "loop",
      errno: "ELOOP",
      retryable: false,
    });
  });

  test("[FI-6] [ENV-2] a directory of any name comes back as given, in one line", async () => {
    const directory = "e\u0301 \u202e\u05d0 \u{1f600}\u2028\ufeff\u0085";
    await saveOnce(world.open({ directory }), recordOf("a"));
    const { stdout, json } = await parl("--json", "--directory", directory);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(json()).toMatchObject({ directory, sessions: ["a"] });
  });
});
