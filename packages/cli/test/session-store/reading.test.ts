import { execFileSync } from "node:child_process";
import fs, { mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeSessions } from "../../src/session-store/describe-sessions.ts";
import { encodeSession } from "../../src/session-store/encode-session.ts";
import type { FilePort } from "../../src/session-store/file-port.ts";
import { failureOf, recordOf, saveOnce, StoreWorld, systemError } from "./support/store-world.ts";

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

/** Things that may stand where a session's file should, none of them a regular file. */
const unsafePlaces: readonly (readonly [string, (path: string) => Promise<Server | undefined>])[] = [
  [
    "a link to a file outside",
    async (path) => {
      writeFileSync(join(world.root, "outside.json"), encodeSession(recordOf("s")));
      symlinkSync("../outside.json", path);
      return undefined;
    },
  ],
  [
    "a link to a session inside",
    async (path) => {
      writeFileSync(world.path("other.json"), encodeSession(recordOf("s")));
      symlinkSync("other.json", path);
      return undefined;
    },
  ],
  [
    "a link to nothing",
    async (path) => {
      symlinkSync("../nothing-there.json", path);
      return undefined;
    },
  ],
  [
    "a link to a directory",
    async (path) => {
      symlinkSync("..", path);
      return undefined;
    },
  ],
  [
    "a FIFO",
    async (path) => {
      execFileSync("mkfifo", [path]);
      return undefined;
    },
  ],
  [
    "a socket",
    (path) =>
      new Promise((resolve) => {
        const server = createServer().listen(path, () => resolve(server));
      }),
  ],
];

describe("load", () => {
  test("[SES-13] brings back what was saved, of the file that the session's path names", async () => {
    const store = world.open();
    const record = recordOf("s", {
      compactedTurns: 2,
      agentSessionId: "agent-1",
      unknown: { extra: [1, { a: null }] },
    });
    await saveOnce(store, record);

    expect(await store.load("s")).toEqual(record);
    expect(world.names()).toEqual(["s.json"]);
    expect(store.pathOf("s")).toBe("sessions/s.json");
  });

  test.each([
    ["./a/../sessions", "./a/../sessions/s.json"],
    ["sessions/", "sessions/s.json"],
    ["", "s.json"],
    ["/", "/s.json"],
  ])("[SES-1] the path shown for the directory '%s' is '%s'", (directory, path) => {
    expect(world.open({ directory }).pathOf("s")).toBe(path);
  });

  test("[SES-7] a session that is not there is not found: no file, no directory, a file for a directory", async () => {
    const store = world.open();
    expect(await failureOf(store.load("s"))).toMatchObject({ kind: "session_not_found" });
    expect(readdirSync(world.root)).toEqual([]);

    writeFileSync(world.directory, "a plain file");
    const { kind, message, options } = await failureOf(store.load("s"));
    expect({ kind, message, target: options.target }).toEqual({
      kind: "session_not_found",
      message: "session 's' not found in sessions",
      target: "s",
    });
    expect(await store.has("s")).toBe(false);
  });

  test("[SES-7] a directory in its place cannot be loaded, now", async () => {
    mkdirSync(world.path("s.json"), { recursive: true });
    expect(await failureOf(world.open().load("s"))).toMatchObject({
      kind: "session_load_failed",
      options: { retryable: true, errno: "EISDIR" },
    });
    expect(await world.open().has("s")).toBe(true);
  });

  test.each(["EACCES", "EIO", "EMFILE"])("[SES-7] what cannot be opened (%s) may be read later", async (errno) => {
    await saveOnce(world.open(), recordOf("s"));
    const openSync = (): never => {
      throw systemError(errno, "open");
    };
    expect(await failureOf(world.open({ files: { openSync } }).load("s"))).toMatchObject({
      kind: "session_load_failed",
      options: { retryable: true, errno },
    });
  });

  test("[SES-7] so may what breaks while it is read, and the file is closed", async () => {
    await saveOnce(world.open(), recordOf("s"));
    const closed: number[] = [];
    const files: Partial<FilePort> = {
      readFileSync: () => {
        throw systemError("EIO", "read");
      },
      closeSync: (descriptor) => {
        closed.push(descriptor);
        fs.closeSync(descriptor);
      },
    };
    expect(await failureOf(world.open({ files }).load("s"))).toMatchObject({
      kind: "session_load_failed",
      options: { retryable: true, errno: "EIO" },
    });
    expect(closed).toHaveLength(1);
  });

  test("[FI-8] a session of 100 MB loads, one that is cut off there fails as a file that is no JSON", async () => {
    const store = world.open();
    mkdirSync(world.directory);
    const [head = "", tail = ""] = encodeSession(recordOf("s", { messages: ["|"] })).split("|");
    writeFileSync(
      world.path("s.json"),
      Buffer.concat([Buffer.from(head), Buffer.alloc(100_000_000, "x"), Buffer.from(tail)]),
    );
    expect((await store.load("s")).messages[0]?.length).toBe(100_000_000);

    fs.truncateSync(world.path("s.json"), 99_000_000);
    expect(await failureOf(store.load("s"))).toMatchObject({
      kind: "session_load_failed",
      options: { retryable: true },
    });
  });

  test("[FI-8] a file beyond all bounds is refused unread", async () => {
    await saveOnce(world.open(), recordOf("s"));
    fs.truncateSync(world.path("s.json"), 3 * 2 ** 30);
    expect(await failureOf(world.open().load("s"))).toMatchObject({
      kind: "session_load_failed",
      message: expect.stringContaining("larger than 268435456 bytes"),
    });
  });

  test("[SES-9] readers take no lock", async () => {
    const store = world.open();
    await saveOnce(store, recordOf("s"));
    const lock = await store.lock("s", { timeoutMs: 0 });
    expect(await store.load("s")).toEqual(recordOf("s"));
    expect((await store.list()).ids).toEqual(["s"]);
    await lock.release();
  });
});

describe("containment", () => {
  test.each(unsafePlaces)(
    "[SES-3] [FI-5] %s at the file's place is unsafe for load, has, save and delete, and is not opened",
    async (_what, make) => {
      mkdirSync(world.directory);
      const server = await make(world.path("s.json"));
      const before = readdirSync(world.root);
      const opened: string[] = [];
      const files: Partial<FilePort> = {
        openSync: (path, ...rest) => {
          opened.push(String(path));
          return fs.openSync(path, ...rest);
        },
      };
      const store = world.open({ files });

      for (const attempt of [store.load("s"), store.has("s"), store.delete("s", { timeoutMs: 0 })]) {
        expect(await failureOf(attempt)).toMatchObject({ kind: "session_path_unsafe" });
      }
      expect(opened).toEqual([]);
      expect(await failureOf(saveOnce(store, recordOf("s")))).toMatchObject({ kind: "session_path_unsafe" });
      expect(opened).not.toContain(world.path("s.json"));
      expect(readdirSync(world.root)).toEqual(before);
      expect((await store.list()).ids).not.toContain("s");
      expect(world.names().filter((name) => name.startsWith("."))).toEqual([]);
      await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    },
  );

  test("[SES-3] a link put there after the look is not followed", async () => {
    const store = world.open({
      files: {
        lstatSync: ((path: string, options: object) => {
          const stats = fs.lstatSync(path, options);
          fs.renameSync(path, world.path("real.json"));
          symlinkSync("real.json", path);
          return stats;
        }) as FilePort["lstatSync"],
      },
    });
    await saveOnce(world.open(), recordOf("s"));
    expect(await failureOf(store.load("s"))).toMatchObject({ kind: "session_path_unsafe" });
  });

  test("[SES-3] a FIFO put there after the look is neither waited for nor taken for a file", async () => {
    await saveOnce(world.open(), recordOf("s"));
    const store = world.open({
      files: {
        lstatSync: ((path: string, options: object) => {
          const stats = fs.lstatSync(path, options);
          fs.unlinkSync(path);
          execFileSync("mkfifo", [path]);
          return stats;
        }) as FilePort["lstatSync"],
      },
    });
    expect(await failureOf(store.load("s"))).toMatchObject({ kind: "session_path_unsafe" });
  });

  test("[SES-3] the directory itself may be a link", async () => {
    mkdirSync(join(world.root, "real"));
    symlinkSync("real", world.directory);
    const store = world.open();
    await saveOnce(store, recordOf("s"));

    expect(readdirSync(join(world.root, "real"))).toEqual(["s.json"]);
    expect(await store.load("s")).toEqual(recordOf("s"));
    expect(await store.delete("s", { timeoutMs: 0 })).toBe("deleted");
  });

  test.each(["../x", "a/b", "/etc/passwd", "..", ".hidden", "-a", "a\0b", "a\nb", "a\\b", "a".repeat(129), "con"])(
    "[FI-5] [SES-2] the id %j is refused by every method before any file is touched",
    async (id) => {
      const touched: string[] = [];
      const refuse = (name: string) => (): never => {
        touched.push(name);
        throw systemError("EIO", name);
      };
      const names = Object.keys(fs).filter((name) => name.endsWith("Sync"));
      const store = world.open({ files: Object.fromEntries(names.map((name) => [name, refuse(name)])) });

      const attempts = [
        store.load(id),
        store.has(id),
        store.delete(id, { timeoutMs: 0 }),
        store.lock(id, { timeoutMs: 0 }),
      ];
      for (const attempt of attempts) expect(await failureOf(attempt)).toMatchObject({ kind: "invalid_session_id" });
      expect(touched).toEqual([]);
    },
  );
});

describe("list", () => {
  test("[SES-6] gives regular files with valid ids by code point, and counts what else ends in .json", async () => {
    mkdirSync(world.directory);
    for (const id of ["b", "a", "B", "a.b", "a-b", "0"]) writeFileSync(world.path(`${id}.json`), "");
    for (const name of [
      ".hidden.json",
      ".json",
      "-a.json",
      "con.json",
      "a..b.json",
      "ü.json",
      "c.json.tmp",
      ".b.lock",
    ]) {
      writeFileSync(world.path(name), "");
    }
    mkdirSync(world.path("directory.json"));
    symlinkSync("a.json", world.path("link.json"));
    writeFileSync(world.path("notes.txt"), "");

    expect(await world.open().list()).toEqual({ ids: ["0", "B", "a", "a-b", "a.b", "b"], ignoredEntries: 8 });
  });

  test("[SES-6] a missing directory and a plain file in its place are empty lists, and nothing is created", async () => {
    const store = world.open();
    expect(await store.list()).toEqual({ ids: [], ignoredEntries: 0 });
    expect(readdirSync(world.root)).toEqual([]);
    writeFileSync(world.directory, "");
    expect(await store.list()).toEqual({ ids: [], ignoredEntries: 0 });
  });

  test("[SES-6] [FI-9] an unreadable directory is a filesystem error", async () => {
    const readdirSync = (): never => {
      throw systemError("EACCES", "scandir");
    };
    expect(await failureOf(world.open({ files: { readdirSync } as Partial<FilePort> }).list())).toMatchObject({
      kind: "filesystem",
      options: { operation: "read", target: "sessions", errno: "EACCES", retryable: false },
    });
  });

  test("[SES-6] opens no session: one reading of the directory and nothing else", async () => {
    const store = world.open();
    for (const id of ["a", "b", "c"]) await saveOnce(store, recordOf(id));
    const calls: string[] = [];
    const files = Object.fromEntries(
      Object.entries(fs).map(([name, value]: [string, unknown]) => [
        name,
        typeof value === "function"
          ? (...args: unknown[]): unknown => {
              calls.push(name);
              return Reflect.apply(value, fs, args);
            }
          : value,
      ]),
    );
    expect((await world.open({ files }).list()).ids).toEqual(["a", "b", "c"]);
    expect(calls).toEqual(["readdirSync"]);
  });
});

describe("details", () => {
  test("[CMD-list-sessions-3] tell times, prompts and whether the last turn ended otherwise; a broken file has its kind", async () => {
    const store = world.open();
    await saveOnce(store, recordOf("good"));
    await saveOnce(store, recordOf("stopped", { stopReason: "timeout", messages: [] }));
    writeFileSync(world.path("old.json"), '{"session_id":"old","messages":["x"],"input_tokens":1,"output_tokens":1}');
    writeFileSync(world.path("broken.json"), "{");
    const time = new Date("2025-11-12T13:14:15.678Z");
    for (const id of ["good", "stopped", "old"]) utimesSync(world.path(`${id}.json`), time, time);
    const unknown = { created_at: null, last_modified: null, prompt_count: null, stopped: null };

    expect(await describeSessions(store, ["broken", "gone", "good", "old", "stopped"])).toEqual([
      { session_id: "broken", ...unknown, error_kind: "session_load_failed" },
      { session_id: "gone", ...unknown, error_kind: "session_not_found" },
      {
        session_id: "good",
        created_at: "2026-02-03T04:05:06Z",
        last_modified: "2025-11-12T13:14:15Z",
        prompt_count: 2,
        stopped: false,
      },
      { session_id: "old", created_at: null, last_modified: "2025-11-12T13:14:15Z", prompt_count: 1, stopped: null },
      {
        session_id: "stopped",
        created_at: "2026-02-03T04:05:06Z",
        last_modified: "2025-11-12T13:14:15Z",
        prompt_count: 0,
        stopped: true,
      },
    ]);
  });
});

describe("delete", () => {
  test("[SES-10] removes the file and nothing else; a second one finds nothing", async () => {
    const store = world.open();
    await saveOnce(store, recordOf("s"));
    await saveOnce(store, recordOf("t"));

    expect(await store.delete("s", { timeoutMs: 0 })).toBe("deleted");
    expect(world.names()).toEqual(["t.json"]);
    expect(await store.delete("s", { timeoutMs: 0 })).toBe("not_found");
  });

  test("[SES-10] of two that race, one deletes and the other finds nothing", async () => {
    const store = world.open();
    for (let round = 0; round < 20; round += 1) {
      await saveOnce(store, recordOf("s"));
      const outcomes = await Promise.all([0, 1, 2].map(() => store.delete("s", { timeoutMs: 10_000 })));
      expect(outcomes.sort()).toEqual(["deleted", "not_found", "not_found"]);
    }
    expect(world.names()).toEqual([]);
  });

  test("[SES-10] a file that goes between the look and the unlinking was not found", async () => {
    await saveOnce(world.open(), recordOf("s"));
    const unlinkSync = (path: fs.PathLike): void => {
      if (String(path).endsWith("s.json")) fs.unlinkSync(path);
      fs.unlinkSync(path);
    };
    expect(await world.open({ files: { unlinkSync } }).delete("s", { timeoutMs: 0 })).toBe("not_found");
    expect(world.names()).toEqual([]);
  });

  test("[SES-9] [SES-10] what is absent or a directory needs no lock", async () => {
    const store = world.open();
    mkdirSync(world.path("d.json"), { recursive: true });
    const foreign = JSON.stringify({ pid: 1, host: "elsewhere" });
    for (const id of ["s", "d"]) writeFileSync(world.path(`.${id}.lock`), foreign);

    expect(await store.delete("s", { timeoutMs: 0 })).toBe("not_found");
    expect(await failureOf(store.delete("d", { timeoutMs: 0 }))).toMatchObject({
      kind: "session_delete_failed",
      message: "session 'd' exists in sessions but could not be deleted: it is a directory",
      options: { errno: "EISDIR" },
    });
  });

  test("[SES-9] a session that is being written is locked for it", async () => {
    const store = world.open();
    await saveOnce(store, recordOf("s"));
    const lock = await store.lock("s", { timeoutMs: 0 });
    expect(await failureOf(store.delete("s", { timeoutMs: 0 }))).toMatchObject({ kind: "session_locked" });
    await lock.release();
    expect(await store.delete("s", { timeoutMs: 0 })).toBe("deleted");
  });

  test("[FI-9] with a plain file for a directory there is something that cannot be deleted", async () => {
    writeFileSync(world.directory, "");
    expect(await failureOf(world.open().delete("s", { timeoutMs: 0 }))).toMatchObject({
      kind: "session_delete_failed",
      options: { errno: "ENOTDIR" },
    });
    expect(statSync(world.directory).size).toBe(0);
  });

  test.each([
    ["the unlinking", { unlinkSync: "s.json" }],
    ["the draft of the lock", { openSync: ".lock.tmp" }],
    ["the lock", { linkSync: ".lock.tmp" }],
    ["the look", { lstatSync: "s.json" }],
  ] as const)(
    "[SES-9] [FI-9] a system failure of %s is the deletion's own, and the session stays",
    async (_step, where) => {
      await saveOnce(world.open(), recordOf("s"));
      const [[name, ending] = ["", ""]] = Object.entries(where);
      const real = Reflect.get(fs, name) as (...args: unknown[]) => unknown;
      const failing = (path: unknown, ...rest: unknown[]): unknown => {
        if (String(path).endsWith(ending)) throw systemError("EACCES", name);
        return real(path, ...rest);
      };
      const store = world.open({ files: { [name]: failing } });

      expect(await failureOf(store.delete("s", { timeoutMs: 0 }))).toMatchObject({
        kind: "session_delete_failed",
        message: "session 's' exists in sessions but could not be deleted: permission denied (EACCES)",
        options: { errno: "EACCES", target: "s" },
      });
      expect(world.names()).toEqual(["s.json"]);
    },
  );

  test("[FI-9] a directory that goes meanwhile takes the session with it", async () => {
    await saveOnce(world.open(), recordOf("s"));
    const store = world.open({
      files: {
        realpathSync: ((path: string) => {
          fs.rmSync(path, { recursive: true });
          return fs.realpathSync(path);
        }) as unknown as FilePort["realpathSync"],
      },
    });
    expect(await store.delete("s", { timeoutMs: 0 })).toBe("not_found");
    expect(readdirSync(world.root)).toEqual([]);
  });
});

test("[SES-1] reading never creates anything, and its failures name the directory as given", async () => {
  const store = world.open();
  await store.list();
  await store.has("s");
  expect((await failureOf(store.load("s"))).message).toContain("in sessions");
  expect(await store.delete("s", { timeoutMs: 0 })).toBe("not_found");
  expect(readdirSync(world.root)).toEqual([]);
});
