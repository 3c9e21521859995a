import fs, { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeSession } from "../../src/session-store/encode-session.ts";
import type { FilePort } from "../../src/session-store/file-port.ts";
import type { SessionLock } from "../../src/session-store/session-store.ts";
import { failureOf, recordOf, saveOnce, StoreWorld, systemError } from "./support/store-world.ts";

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

const before = recordOf("s", { messages: ["before"] });
const after = recordOf("s", { messages: ["before", "after"] });

interface Call {
  readonly name: keyof FilePort;
  /** Of a descriptor: the path it was opened with. */
  readonly path: string;
}

/** `node:fs`, reporting every call before it is made; what `onCall` throws is what the call throws. */
function observedFiles(onCall: (call: Call) => void): FilePort {
  const paths = new Map<number, string>();
  const wrapped = Object.entries(fs).map(([name, value]: [string, unknown]) => {
    if (typeof value !== "function" || !name.endsWith("Sync")) return [name, value];
    const call = (...args: unknown[]): unknown => {
      const [subject] = args;
      const path = typeof subject === "number" ? paths.get(subject) : String(subject);
      onCall({ name: name as keyof FilePort, path: path ?? "?" });
      const result: unknown = Reflect.apply(value, fs, args);
      if (name === "openSync") paths.set(result as number, String(subject));
      return result;
    };
    return [name, call];
  });
  return Object.fromEntries(wrapped) as FilePort;
}

/** Names of calls with the end of their path, the random token left out. */
const show = ({ name, path }: Call): string =>
  `${name} ${path.replace(world.root, "").replace(/[0-9a-f]{32}/u, "TOKEN")}`;

describe("the steps", () => {
  test("[SES-8] the draft is written and on disk before it takes the place, then the directory is", async () => {
    const calls: Call[] = [];
    const store = world.open({ files: observedFiles((call) => calls.push(call)) });
    await saveOnce(store, before);
    const lock = await store.lock("s", { timeoutMs: 0 });
    calls.length = 0;
    await lock.save(after);

    const draft = "/sessions/.s.TOKEN.tmp";
    const changing = new Set(["openSync", "writeFileSync", "fsyncSync", "renameSync", "linkSync", "unlinkSync"]);
    expect(calls.filter(({ name }) => changing.has(name)).map(show)).toEqual([
      `openSync ${draft}`,
      `writeFileSync ${draft}`,
      `fsyncSync ${draft}`,
      "openSync /sessions",
      // The token is compared at the last moment [SES-9].
      "openSync /sessions/.s.lock",
      `renameSync ${draft}`,
      "fsyncSync /sessions",
    ]);
    await lock.release();
  });

  test("[SES-1] saving makes the directory with its parents, 0700, and files of 0600", async () => {
    const store = world.open({ directory: "a/b/c" });
    const lock = await store.lock("s", { timeoutMs: 0 });
    expect(statSync(join(world.root, "a/b/c/.s.lock")).mode & 0o777).toBe(0o600);
    await lock.save(before);
    await lock.release();

    for (const path of ["a", "a/b", "a/b/c"]) expect(statSync(join(world.root, path)).mode & 0o777).toBe(0o700);
    expect(statSync(join(world.root, "a/b/c/s.json")).mode & 0o777).toBe(0o600);
  });

  test("[SES-8] new directories are on disk too", async () => {
    const synced: string[] = [];
    const files = observedFiles(({ name, path }) => {
      if (name === "fsyncSync") synced.push(path.slice(world.root.length));
    });
    await (await world.open({ files, directory: "a/b" }).lock("s", { timeoutMs: 0 })).release();
    expect(synced).toEqual(["/a", ""]);
  });

  test("[SES-4] [SES-8] the file holds the session and nothing else remains", async () => {
    await saveOnce(world.open(), before);
    await saveOnce(world.open(), after);
    expect(readFileSync(world.path("s.json"), "utf8")).toBe(encodeSession(after));
    expect(world.names()).toEqual(["s.json"]);
  });
});

describe("failures", () => {
  /** All calls that a save under a lock makes, up to the rename and with it. */
  async function listSteps(): Promise<Call[]> {
    const calls: Call[] = [];
    const store = world.open({ files: observedFiles((call) => calls.push(call)) });
    await saveOnce(store, before);
    const lock = await store.lock("s", { timeoutMs: 0 });
    calls.length = 0;
    await lock.save(before);
    const steps = calls.slice(0, calls.findIndex(({ name }) => name === "renameSync") + 1);
    await lock.release();
    return steps;
  }

  async function failAt(step: number, code: string): Promise<ReturnType<typeof failureOf>> {
    let made = -1;
    const files = observedFiles(({ name }) => {
      if (made < 0) return;
      made += 1;
      if (made === step + 1) throw systemError(code, name.replace("Sync", ""));
    });
    const lock = await world.open({ files }).lock("s", { timeoutMs: 0 });
    made = 0;
    const failure = await failureOf(lock.save(after));
    made = -1;
    await lock.release();
    return failure;
  }

  test.each([
    ["ENOSPC", true],
    ["EDQUOT", true],
    ["EIO", true],
    ["EROFS", false],
    ["EACCES", false],
  ])("[FI-2] [SES-8] [ERR-4] %s at any step leaves the old file whole and no draft", async (code, retryable) => {
    const steps = await listSteps();
    expect(steps.length).toBeGreaterThan(8);
    for (const [index, { name }] of steps.entries()) {
      const { kind, options } = await failAt(index, code);
      expect({ name, kind, errno: options.errno, retryable: options.retryable, target: options.target }).toEqual({
        name,
        kind: "filesystem",
        errno: code,
        retryable,
        target: expect.stringMatching(/^sessions\/(s\.json|\.s\.lock)$/),
      });
      expect(readFileSync(world.path("s.json"), "utf8")).toBe(encodeSession(before));
      expect(world.names()).toEqual(["s.json"]);
    }
  });

  test.each([
    ["openSync", ".tmp", "open"],
    ["writeFileSync", ".tmp", "write"],
    ["fsyncSync", ".tmp", "fsync"],
    ["closeSync", ".tmp", "write"],
    ["renameSync", ".tmp", "rename"],
    ["openSync", "/sessions", "open"],
  ] as const)("[FI-2] [ERR-3] a full disk at %s of %s is the operation %s", async (name, ending, operation) => {
    await saveOnce(world.open(), before);
    let isArmed = false;
    const files = observedFiles((call) => {
      if (isArmed && call.name === name && call.path.endsWith(ending)) throw systemError("ENOSPC", name);
    });
    const lock = await world.open({ files }).lock("s", { timeoutMs: 0 });
    isArmed = true;
    const { kind, message, options } = await failureOf(lock.save(after));
    isArmed = false;
    await lock.release();

    expect({ kind, message, operation: options.operation }).toEqual({
      kind: "filesystem",
      message: `cannot ${operation} 'sessions/s.json': ENOSPC`,
      operation,
    });
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[FI-2] a disk that takes only a part of the draft is full", async () => {
    await saveOnce(world.open(), before);
    const files: Partial<FilePort> = {
      writeFileSync: ((descriptor: number, text: string) => {
        if (!text.includes("after")) return fs.writeFileSync(descriptor, text);
        fs.writeSync(descriptor, text.slice(0, 10));
        throw systemError("ENOSPC", "write");
      }) as FilePort["writeFileSync"],
    };
    const failure = await failureOf(saveOnce(world.open({ files }), after));

    expect(failure).toMatchObject({ kind: "filesystem", options: { errno: "ENOSPC", retryable: true } });
    expect(readFileSync(world.path("s.json"), "utf8")).toBe(encodeSession(before));
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[FI-2] a first save that fails leaves nothing behind, and a later one succeeds", async () => {
    const fsyncSync = (): never => {
      throw systemError("ENOSPC", "fsync");
    };
    // The directories' own syncs are best effort.
    expect(await failureOf(saveOnce(world.open({ files: { fsyncSync } }), after))).toMatchObject({
      options: { errno: "ENOSPC", operation: "fsync" },
    });
    expect(world.names()).toEqual([]);
    await saveOnce(world.open(), after);
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[SES-8] a failure after the rename is told, and the new file is there whole", async () => {
    await saveOnce(world.open(), before);
    const files = observedFiles(({ name, path }) => {
      if (name === "fsyncSync" && path === world.directory) throw systemError("EIO", "fsync");
    });
    expect(await failureOf(saveOnce(world.open({ files }), after))).toMatchObject({
      kind: "filesystem",
      options: { operation: "fsync", errno: "EIO", retryable: true },
    });
    expect(readFileSync(world.path("s.json"), "utf8")).toBe(encodeSession(after));
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[SES-8] a file system that cannot sync directories is no failure", async () => {
    const files = observedFiles(({ name, path }) => {
      if (name === "fsyncSync" && path === world.directory) throw systemError("EINVAL", "fsync");
    });
    await saveOnce(world.open({ files }), after);
    expect(readFileSync(world.path("s.json"), "utf8")).toBe(encodeSession(after));
  });

  test("[FI-9] a directory in the place of the file is not replaced", async () => {
    mkdirSync(world.path("s.json"), { recursive: true });
    expect(await failureOf(saveOnce(world.open(), after))).toMatchObject({
      kind: "filesystem",
      options: { operation: "rename", errno: "EISDIR" },
    });
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[FI-9] a plain file for a directory, above it or in its place", async () => {
    writeFileSync(join(world.root, "plain"), "");
    for (const directory of ["plain", "plain/below"]) {
      const { kind, options } = await failureOf(saveOnce(world.open({ directory }), after));
      expect({ kind, retryable: options.retryable, target: options.target }).toEqual({
        kind: "filesystem",
        retryable: false,
        target: directory,
      });
      expect(options.errno).toMatch(/^(ENOTDIR|EEXIST)$/);
    }
  });

  test("[FI-9] a directory that may not be made or written", async () => {
    const denied = (name: keyof FilePort, ending: string): FilePort =>
      observedFiles((call) => {
        if (call.name === name && call.path.endsWith(ending)) throw systemError("EACCES", name);
      });
    const attempts: [FilePort, string][] = [
      [denied("mkdirSync", "/sessions"), "mkdir"],
      [denied("openSync", ".lock.tmp"), "open"],
    ];
    for (const [files, operation] of attempts) {
      expect(await failureOf(saveOnce(world.open({ files }), after))).toMatchObject({
        kind: "filesystem",
        options: { operation, errno: "EACCES", retryable: false },
      });
    }
  });

  test("[FI-9] a directory removed under a lock: nothing is written, and nothing fails on release", async () => {
    const store = world.open();
    const lock = await store.lock("s", { timeoutMs: 0 });
    rmSync(world.directory, { recursive: true });
    expect(await failureOf(lock.save(after))).toMatchObject({
      kind: "filesystem",
      options: { operation: "open", errno: "ENOENT", retryable: false },
    });
    await lock.release();
    expect(readdirSync(world.root)).toEqual([]);
  });
});

describe("a lost lock", () => {
  async function saveAfterLosing(lose: (lockPath: string) => void): Promise<ReturnType<typeof failureOf>> {
    await saveOnce(world.open(), before);
    const lock = await world.open().lock("s", { timeoutMs: 0 });
    lose(world.path(".s.lock"));
    return failureOf(lock.save(after));
  }

  test("[SES-9] to another holder: nothing is written, and the other keeps it", async () => {
    const other = { pid: 77, started: "x", host: "other", token: "0".repeat(32), created_at: "2026-02-03T04:05:00Z" };
    const { kind, options } = await saveAfterLosing((path) => writeFileSync(path, JSON.stringify(other)));

    expect({ kind, retryable: options.retryable, detail: options.detail }).toEqual({
      kind: "session_locked",
      retryable: undefined,
      detail: { pid: 77, host: "other", age_ms: 6000 },
    });
    expect(readFileSync(world.path("s.json"), "utf8")).toBe(encodeSession(before));
    expect(world.names()).toEqual([".s.lock", "s.json"]);
  });

  test("[SES-9] to nobody: the same", async () => {
    expect(await saveAfterLosing((path) => rmSync(path))).toMatchObject({
      kind: "session_locked",
      options: { detail: { pid: null, host: null, age_ms: null } },
    });
    expect(readFileSync(world.path("s.json"), "utf8")).toBe(encodeSession(before));
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[SES-9] between the draft and the rename: the comparison is the last thing before it", async () => {
    await saveOnce(world.open(), before);
    const files = observedFiles(({ name, path }) => {
      if (name === "fsyncSync" && path.endsWith(".tmp")) rmSync(world.path(".s.lock"));
    });
    const lock = await world.open({ files }).lock("s", { timeoutMs: 0 });
    expect(await failureOf(lock.save(after))).toMatchObject({ kind: "session_locked" });
    expect(world.names()).toEqual(["s.json"]);
    expect(readFileSync(world.path("s.json"), "utf8")).toBe(encodeSession(before));
  });

  test("[SES-9] a released lock is no right to write", async () => {
    const lock: SessionLock = await world.open().lock("s", { timeoutMs: 0 });
    await lock.release();
    await lock.release();
    expect(await failureOf(lock.save(after))).toMatchObject({ kind: "session_locked" });
  });
});

describe("leftovers", () => {
  test("[SES-8] those of this id older than an hour go with the next save, and no others", async () => {
    const token = "0123456789abcdef0123456789abcdef";
    mkdirSync(world.directory);
    const old = new Date(Date.now() - 3_700_000);
    const young = new Date(Date.now() - 3_000_000);
    const cases: [name: string, at: Date, stays: boolean][] = [
      [`.s.${token}.tmp`, old, false],
      [`.s.${token}.lock.tmp`, old, false],
      [`.s.${token}.stale.tmp`, old, false],
      [`.s.${"f".repeat(32)}.tmp`, young, true],
      [`.t.${token}.tmp`, old, true],
      [`.s.t.${token}.tmp`, old, true],
      [`.s.${token}.${token}.tmp`, old, true],
      [".s.notes.tmp", old, true],
      [`.s.${token}.lock`, old, true],
    ];
    for (const [name, at] of cases) {
      writeFileSync(world.path(name), "");
      utimesSync(world.path(name), at, at);
    }
    await saveOnce(world.open(), after);

    const staying = cases.filter(([, , stays]) => stays).map(([name]) => name);
    expect(world.names()).toEqual([...staying, "s.json"].sort());
  });

  test("[SES-8] their removal never fails a save", async () => {
    const readdirSync = (): never => {
      throw systemError("EACCES", "scandir");
    };
    await saveOnce(world.open({ files: { readdirSync } as Partial<FilePort> }), after);
    expect(world.names()).toEqual(["s.json"]);
  });
});
