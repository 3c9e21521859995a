import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { recordOf, saveOnce, StoreWorld } from "../session-store/support/store-world.ts";
import { errorOf, run, type InProcessOptions, type InProcessRun } from "../support/run-in-process.ts";
import { runParl } from "../support/spawn-parl.ts";

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

const runIn = (argv: readonly string[], options: InProcessOptions = {}): Promise<InProcessRun> =>
  run(argv, { table: commandTable, workingDirectory: world.root, env: { PARL_VALIDATE: "1" }, ...options });
const remove = (id: string, ...args: string[]): Promise<InProcessRun> =>
  runIn(["delete-session", "--directory", "sessions", ...args, "--", id]);

/** A lock that is never broken. */
function lockElsewhere(): void {
  const holder = { pid: 7, started: "x", host: "elsewhere", token: "a".repeat(32), created_at: "2026-02-03T04:05:05Z" };
  writeFileSync(world.path(".s.lock"), JSON.stringify(holder));
}

describe("a session that is there", () => {
  test("[CMD-delete-session-1] [SES-10] text: deleted, then not found, both 0", async () => {
    await saveOnce(world.open(), recordOf("s"));
    expect(await remove("s")).toMatchObject({ stdout: "deleted: s\n", stderr: "", status: 0 });
    expect(await remove("s")).toMatchObject({ stdout: "not found: s\n", stderr: "", status: 0 });
    expect(world.names()).toEqual([]);
  });

  test("[CMD-delete-session-2] [ERR-5] json: the same keys for both, and no error", async () => {
    await saveOnce(world.open(), recordOf("s"));
    for (const [deleted, status] of [
      [true, "deleted"],
      [false, "not_found"],
    ]) {
      const { timestamp: _timestamp, ...envelope } = (await remove("s", "--json")).json();
      expect(Object.entries(envelope)).toEqual([
        ["command", "delete-session"],
        ["exit_code", 0],
        ["output_format", "json"],
        ["schema_version", "1.0"],
        ["session_id", "s"],
        ["deleted", deleted],
        ["status", status],
        ["directory", "sessions"],
      ]);
    }
  });

  test("[CMD-delete-session-2] a store that is not there has no session, and is not made", async () => {
    expect((await remove("s", "--json")).json()).toMatchObject({ exit_code: 0, status: "not_found" });
    expect(readdirSync(world.root)).toEqual([]);
  });

  test("[SES-10] of several processes that delete it at once, one does", async () => {
    await saveOnce(world.open(), recordOf("s"));
    const args = ["delete-session", "s", "--directory", world.directory, "--lock-timeout-ms", "30000"];
    const runs = await Promise.all([0, 1, 2].map(() => runParl(args, { home: world.root })));
    expect(runs.map(({ stdout }) => stdout).sort()).toEqual(["deleted: s\n", "not found: s\n", "not found: s\n"]);
    expect(runs.map(({ status, stderr }) => `${status}${stderr}`)).toEqual(["0", "0", "0"]);
  });
});

describe("one that cannot be deleted", () => {
  test("[CMD-delete-session-3] a directory in its place: the whole envelope", async () => {
    mkdirSync(world.path("s.json"), { recursive: true });
    const { timestamp: _timestamp, ...envelope } = (await remove("s", "--json")).json();
    expect(Object.entries(envelope)).toEqual([
      ["command", "delete-session"],
      ["exit_code", 1],
      ["output_format", "json"],
      ["schema_version", "1.0"],
      ["session_id", "s"],
      ["deleted", false],
      ["status", "failed"],
      ["directory", "sessions"],
      [
        "error",
        {
          kind: "session_delete_failed",
          category: "session",
          operation: "delete_session",
          target: "s",
          retryable: true,
          message: "session 's' exists in sessions but could not be deleted: it is a directory",
          hint: "check the permissions of sessions and what is in it",
          errno: "EISDIR",
        },
      ],
    ]);
    expect(existsSync(world.path("s.json"))).toBe(true);
  });

  test("[CMD-delete-session-3] [FI-9] a plain file for a directory", async () => {
    writeFileSync(world.directory, "keep me");
    const { json, status, stderr } = await remove("s", "--json");
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(json()).toMatchObject({ session_id: "s", deleted: false, status: "failed", directory: "sessions" });
    expect(errorOf(json())).toMatchObject({ kind: "session_delete_failed", errno: "ENOTDIR" });
    expect(readFileSync(world.directory, "utf8")).toBe("keep me");
  });

  test("[CMD-delete-session-1] [ERR-6] text: the message on stdout, exit 1", async () => {
    mkdirSync(world.path("s.json"), { recursive: true });
    expect(await remove("s")).toMatchObject({
      stdout: "error: session 's' exists in sessions but could not be deleted: it is a directory\n",
      stderr: "",
      status: 1,
    });
  });

  test.each(["../x", "a/b", "/etc/passwd", "..", ".hidden", "-a", "a\nb", "a\\b", "a".repeat(129), "con"])(
    "[CMD-delete-session-3] [FI-5] the id %j is refused in the same shape, and nothing is removed",
    async (id) => {
      mkdirSync(world.directory);
      for (const name of ["x.json", "sessions/b.json"]) writeFileSync(join(world.root, name), "");
      const { json } = await remove(id, "--json");
      expect(json()).toMatchObject({ exit_code: 1, session_id: id, deleted: false, status: "failed" });
      expect(errorOf(json())).toMatchObject({ kind: "invalid_session_id", retryable: false });
      expect(readdirSync(world.root).sort()).toEqual(["sessions", "x.json"]);
      expect(world.names()).toEqual(["b.json"]);
    },
  );

  test("[CMD-delete-session-3] [SES-3] [FI-5] a link is refused in the same shape; it and its target stay", async () => {
    mkdirSync(world.directory);
    writeFileSync(join(world.root, "outside.json"), "keep me");
    symlinkSync("../outside.json", world.path("s.json"));
    const { json } = await remove("s", "--json");
    expect(json()).toMatchObject({ exit_code: 1, deleted: false, status: "failed" });
    expect(errorOf(json())).toMatchObject({ kind: "session_path_unsafe" });
    expect(readFileSync(world.path("s.json"), "utf8")).toBe("keep me");
  });

  test("[SES-9] one that another host is writing is locked; how long to wait can be said", async () => {
    await saveOnce(world.open(), recordOf("s"));
    lockElsewhere();
    const { json } = await remove("s", "--json", "--lock-timeout-ms", "0");
    expect(json()).toMatchObject({ exit_code: 1, deleted: false, status: "failed" });
    expect(errorOf(json())).toMatchObject({
      kind: "session_locked",
      operation: "lock_session",
      retryable: true,
      detail: { pid: 7, host: "elsewhere", age_ms: 1789 },
    });
    expect(existsSync(world.path("s.json"))).toBe(true);
  });

  test("[CAN-8] [SES-9] a signal ends the waiting for a lock, 130, and nothing of the waiting stays", async () => {
    await saveOnce(world.open(), recordOf("s"));
    lockElsewhere();
    const argv = ["delete-session", "s", "--directory", "sessions", "--lock-timeout-ms", "1000000000000", "--json"];
    const { status, json } = await runIn(argv, {
      onStart: (send) => {
        const isWaiting = (): boolean => world.names().some((name) => name.endsWith(".lock.tmp"));
        void vi.waitUntil(isWaiting, { interval: 5, timeout: 15_000 }).then(() => send("SIGINT"));
      },
    });

    expect({ status, code: json()["exit_code"], kind: errorOf(json())["kind"] }).toEqual({
      status: 130,
      code: 130,
      kind: "interrupted",
    });
    expect(json()).toMatchObject({ session_id: "s", directory: "sessions" });
    expect(world.names()).toEqual([".s.lock", "s.json"]);
  });
});
