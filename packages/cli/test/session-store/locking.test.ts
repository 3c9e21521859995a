import { spawn } from "node:child_process";
import fs, { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FilePort } from "../../src/session-store/file-port.ts";
import { createProcessWitness, PsWitness, type ProcessName } from "../../src/session-store/process-witness.ts";
import { failureOf, recordOf, saveOnce, StoreWorld, systemError } from "./support/store-world.ts";

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

const lockName = ".s.lock";

function readLock(): Record<string, unknown> {
  return JSON.parse(readFileSync(world.path(lockName), "utf8")) as Record<string, unknown>;
}

/** A lock file of somebody. */
function plantLock(content: Record<string, unknown> | string): void {
  mkdirSync(world.directory, { recursive: true });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(world.path(lockName), text);
}

/** A process that has ended and was waited for, so that nothing has its number. */
async function deadProcess(): Promise<ProcessName> {
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  const { pid = 0 } = child;
  const { started } = createProcessWitness(pid).self;
  await new Promise((resolve) => child.once("close", resolve));
  return { pid, started };
}

const stamp = { token: "a".repeat(32), created_at: "2026-02-03T04:05:00Z" };

describe("holding", () => {
  test("[SES-9] the lock is a file that names process, start, host, token and time, whole from its first moment", async () => {
    const lock = await world.open().lock("s", { timeoutMs: 0 });
    expect(readLock()).toEqual({
      pid: process.pid,
      started: world.witness.self.started,
      host: world.witness.host,
      token: expect.stringMatching(/^[0-9a-f]{32}$/),
      created_at: "2026-02-03T04:05:06.000Z",
    });
    expect(Object.keys(readLock())).toEqual(["pid", "started", "host", "token", "created_at"]);
    expect(world.names()).toEqual([lockName]);
    await lock.release();
    expect(world.names()).toEqual([]);
  });

  test("[SES-9] one that is held is waited for, then told with its holder and age", async () => {
    const store = world.open();
    const lock = await store.lock("s", { timeoutMs: 0 });
    world.nowMs += 1500;
    const { kind, message, options } = await failureOf(store.lock("s", { timeoutMs: 30 }));

    expect({ kind, message, detail: options.detail }).toEqual({
      kind: "session_locked",
      message: `session 's' is locked by process ${process.pid} on ${world.witness.host}`,
      detail: { pid: process.pid, host: world.witness.host, age_ms: 1500 },
    });
    expect(options.hint).toContain("sessions/.s.lock");
    expect(world.names()).toEqual([lockName]);
    await lock.release();
  });

  test("[SES-9] a waiting writer has it when the holder lets go", async () => {
    const store = world.open();
    const first = await store.lock("s", { timeoutMs: 0 });
    const second = store.lock("s", { timeoutMs: 1e12 });
    await first.save(recordOf("s"));
    await first.release();
    await (await second).release();
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[SES-9] locks of two sessions do not know of each other", async () => {
    const store = world.open();
    const locks = await Promise.all(["s", "t"].map((id) => store.lock(id, { timeoutMs: 0 })));
    expect(world.names()).toEqual([".s.lock", ".t.lock"]);
    for (const lock of locks) await lock.release();
  });

  test("[SES-9] a signal ends the waiting with its reason, and nothing stays behind", async () => {
    const store = world.open();
    const lock = await store.lock("s", { timeoutMs: 0 });
    const stop = new AbortController();
    const waiting = store.lock("s", { timeoutMs: 1e12, signal: stop.signal });
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 1);
    await expect(waiting).rejects.toBe(reason);
    await expect(store.lock("s", { timeoutMs: 1e12, signal: stop.signal })).rejects.toBe(reason);
    expect(world.names()).toEqual([lockName]);
    await lock.release();
    // Not looked at when nothing has to be waited for.
    await (await store.lock("s", { timeoutMs: 0, signal: stop.signal })).release();
  });

  test("[SES-9] release removes its own lock only", async () => {
    const lock = await world.open().lock("s", { timeoutMs: 0 });
    plantLock({ pid: 1, started: "x", host: "other", ...stamp });
    await lock.release();
    expect(readLock()).toMatchObject({ host: "other" });
  });

  test.each(["ENOSPC", "EACCES", "EROFS"])(
    "[SES-9] one that cannot be made (%s) is a filesystem error",
    async (errno) => {
      for (const name of ["openSync", "writeFileSync", "linkSync"] as const) {
        const files = {
          [name]: () => {
            throw systemError(errno, name);
          },
        } as unknown as Partial<FilePort>;
        const { kind, options } = await failureOf(world.open({ files }).lock("s", { timeoutMs: 0 }));
        expect({ kind, errno: options.errno, target: options.target }).toEqual({
          kind: "filesystem",
          errno,
          target: "sessions/.s.lock",
        });
        expect(world.names()).toEqual([]);
      }
    },
  );

  test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"])(
    "[SES-9] a file system without links (%s) gets it by exclusive creation",
    async (errno) => {
      const linkSync = (): never => {
        throw systemError(errno, "link");
      };
      const store = world.open({ files: { linkSync } });
      const lock = await store.lock("s", { timeoutMs: 0 });
      expect(readLock()).toMatchObject({ pid: process.pid });
      expect(await failureOf(store.lock("s", { timeoutMs: 0 }))).toMatchObject({ kind: "session_locked" });
      await lock.save(recordOf("s"));
      await lock.release();
      expect(world.names()).toEqual(["s.json"]);
    },
  );

  test("[SES-9] a draft tidied away by somebody else while waiting is made again", async () => {
    let links = 0;
    const files: Partial<FilePort> = {
      linkSync: (from, to) => {
        links += 1;
        if (links === 1) fs.unlinkSync(from);
        fs.linkSync(from, to);
      },
    };
    await (await world.open({ files }).lock("s", { timeoutMs: 1000 })).release();
    expect(world.names()).toEqual([]);
  });
});

describe("stale locks", () => {
  test("[FI-14] [SES-9] that of a dead process is broken, with the drafts it left", async () => {
    const dead = await deadProcess();
    plantLock({ ...dead, host: world.witness.host, ...stamp });
    for (const name of [`.s.${stamp.token}.tmp`, `.s.${stamp.token}.lock.tmp`]) writeFileSync(world.path(name), "half");

    await saveOnce(world.open(), recordOf("s"));
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[FI-14] that of a reused number is broken: the process lives, but started at another time", async () => {
    for (const started of ["x", "", world.witness.self.started.replace(/\d$/, "x"), 12345]) {
      plantLock({ pid: process.pid, started, host: world.witness.host, ...stamp });
      await saveOnce(world.open(), recordOf("s"));
    }
    expect(world.names()).toEqual(["s.json"]);
  });

  test("[FI-14] that of this very process is not", async () => {
    plantLock({ ...world.witness.self, host: world.witness.host, ...stamp });
    expect(await failureOf(saveOnce(world.open(), recordOf("s")))).toMatchObject({ kind: "session_locked" });
  });

  test("[FI-14] that of another host is never broken, dead or not", async () => {
    const dead = await deadProcess();
    const text = JSON.stringify({ ...dead, host: "elsewhere.example", ...stamp });
    plantLock(text);
    const old = new Date(Date.now() - 1e9);
    utimesSync(world.path(lockName), old, old);

    expect(await failureOf(saveOnce(world.open(), recordOf("s")))).toMatchObject({
      kind: "session_locked",
      options: { detail: { pid: dead.pid, host: "elsewhere.example", age_ms: 6000 } },
    });
    expect(readFileSync(world.path(lockName), "utf8")).toBe(text);
  });

  test.each([null, -1, 0, 1.5, "12"])(
    "[FI-14] one of this host with the process number %j has no holder",
    async (pid) => {
      plantLock({ pid, started: "x", host: world.witness.host, ...stamp });
      await saveOnce(world.open(), recordOf("s"));
      expect(world.names()).toEqual(["s.json"]);
    },
  );

  test.each([
    ["empty", ""],
    ["cut off", '{"pid":'],
    ["no object", "null"],
    ["too large", " ".repeat(5000)],
  ])(
    "[FI-14] one that names nobody (%s) is broken when it is old, and respected while it may be being made",
    async (_what, text) => {
      plantLock(text);
      expect(await failureOf(saveOnce(world.open(), recordOf("s")))).toMatchObject({
        kind: "session_locked",
        options: { detail: { pid: null, host: null, age_ms: null } },
      });
      const old = new Date(Date.now() - 20_000);
      utimesSync(world.path(lockName), old, old);
      await saveOnce(world.open(), recordOf("s"));
      expect(world.names()).toEqual(["s.json"]);
    },
  );

  test("[SES-3] [SES-9] a link for a lock is not followed", async () => {
    mkdirSync(world.directory);
    const outside = `${world.root}/outside`;
    writeFileSync(outside, JSON.stringify({ pid: 1, started: "x", host: world.witness.host, ...stamp }));
    symlinkSync(outside, world.path(lockName));
    expect(await failureOf(saveOnce(world.open(), recordOf("s")))).toMatchObject({
      kind: "session_locked",
      options: { detail: { pid: null, host: null, age_ms: null } },
    });
    expect(fs.existsSync(outside)).toBe(true);
  });

  test("[SES-9] of two who break one lock, one wins: the other gives back what it took by mistake", async () => {
    const dead = await deadProcess();
    plantLock({ ...dead, host: world.witness.host, ...stamp });
    const other = { pid: 1, started: "x", host: "other", token: "b".repeat(32), created_at: stamp.created_at };
    const files: Partial<FilePort> = {
      // Between our look and our renaming another contender breaks it and takes it.
      renameSync: (from, to) => {
        plantLock(other);
        fs.renameSync(from, to);
      },
    };
    expect(await failureOf(world.open({ files }).lock("s", { timeoutMs: 0 }))).toMatchObject({
      kind: "session_locked",
      options: { detail: { host: "other" } },
    });
    expect(readLock()).toEqual(other);
    expect(world.names()).toEqual([lockName]);
  });

  test("[SES-9] one that cannot be broken is waited for like any other", async () => {
    plantLock({ ...(await deadProcess()), host: world.witness.host, ...stamp });
    const renameSync = (): never => {
      throw systemError("EACCES", "rename");
    };
    expect(await failureOf(world.open({ files: { renameSync } }).lock("s", { timeoutMs: 0 }))).toMatchObject({
      kind: "session_locked",
    });
  });
});

describe("processes", () => {
  const witnesses = [
    ["this machine's best source", () => world.witness, (pid: number) => createProcessWitness(pid).self.started],
    ["ps", () => new PsWitness(world.witness.host, process.pid), () => String(Math.round(Date.now() / 1000))],
  ] as const;

  test.each(witnesses)(
    "[SES-9] a living process is told from a dead one and from another start by %s",
    async (_what, of) => {
      const witness = of();
      expect(witness.self.pid).toBe(process.pid);
      expect(await witness.isGone(witness.self)).toBe(false);
      expect(await witness.isGone({ pid: process.pid, started: "100" })).toBe(true);
      expect(await witness.isGone({ pid: process.pid, started: "" })).toBe(true);
      expect(await witness.isGone(await deadProcess())).toBe(true);
    },
  );

  test.each(witnesses)(
    "[SES-9] one that has ended and was not waited for is gone by %s",
    async (_what, of, startOf) => {
      // The shell becomes `sleep`, which waits for no child.
      const parent = spawn("sh", ["-c", "true & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
      const pid = await new Promise<number>((resolve) => {
        parent.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
      });
      const { pid: parentPid = 0 } = parent;
      const started = startOf(parentPid);
      await expect.poll(() => of().isGone({ pid, started: startOf(pid) })).toBe(true);
      expect(await of().isGone({ pid: parentPid, started })).toBe(false);
      parent.kill("SIGKILL");
      await new Promise((resolve) => parent.once("close", resolve));
      expect(await of().isGone({ pid: parentPid, started })).toBe(true);
    },
  );
});
