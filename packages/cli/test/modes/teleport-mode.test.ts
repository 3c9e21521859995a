import { createHash } from "node:crypto";
import fs, { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isWholeBundle } from "../../src/modes/session-bundle.ts";
import { teleport, type TeleportRequest } from "../../src/modes/teleport-mode.ts";
import type { ModeAnswer } from "../../src/modes/remote-mode.ts";
import type { FilePort } from "../../src/session-store/file-port.ts";
import { recordOf, saveOnce, StoreWorld, systemError } from "../session-store/support/store-world.ts";

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

function attempt(target: string, rest: Partial<TeleportRequest> = {}): Promise<ModeAnswer> {
  const context = {
    workingDirectory: world.root,
    pid: process.pid,
    now: () => new Date(world.nowMs),
    monotonicMs: () => performance.now(),
    randomBytes: (size: number) => new Uint8Array(size).fill(7),
    product: { version: "1.2.3", build: "source", runtime: "node", runtimeVersion: "24.0.0" },
  };
  return teleport(context, { target, directory: "sessions", output: undefined, ...rest });
}

const bundlePath = (): string => join(world.root, "s.parlbundle.json");

describe("a session that is there", () => {
  test("[CMD-teleport-mode-1] [TXT-3] is written to a bundle of its name, 0600, and read back", async () => {
    await saveOnce(world.open(), recordOf("s", { messages: ["\ud800 é"], unknown: { zz: [1] } }));
    expect(await attempt("s")).toEqual({
      lines: [
        "mode=teleport",
        "connected=True",
        "detail=the bundle is written and whole: s",
        "bundle=s.parlbundle.json",
      ],
      exitCode: 0,
    });

    const { sha256, session, ...head } = JSON.parse(readFileSync(bundlePath(), "utf8")) as Record<string, unknown>;
    const file = readFileSync(world.path("s.json"));
    expect(head).toEqual({
      format: "parlatory.session-bundle",
      version: 1,
      exported_at: "2026-02-03T04:05:06Z",
      product_version: "1.2.3",
    });
    expect(session).toEqual(JSON.parse(file.toString()));
    // The checksum is that of the session's own file, so that any program can verify what it unpacks.
    expect(sha256).toBe(createHash("sha256").update(file).digest("hex"));
    expect(statSync(bundlePath()).mode & 0o777).toBe(0o600);
    expect(readdirSync(world.root).sort()).toEqual(["s.parlbundle.json", "sessions"]);
  });

  test("[CMD-teleport-mode-1] --output says where, as given", async () => {
    await saveOnce(world.open(), recordOf("s"));
    mkdirSync(join(world.root, "out"));
    expect((await attempt("s", { output: "./out/b.json" })).lines.at(-1)).toBe("bundle=./out/b.json");
    expect(readdirSync(join(world.root, "out"))).toEqual(["b.json"]);
  });

  test("[CMD-teleport-mode-1] numbers beyond a double arrive with all their digits", async () => {
    mkdirSync(world.directory);
    const text = '{"session_id":"s","messages":[],"input_tokens":0,"output_tokens":0,"zz":12345678901234567890}';
    writeFileSync(world.path("s.json"), text);
    expect((await attempt("s")).exitCode).toBe(0);
    expect(readFileSync(bundlePath(), "utf8")).toContain('"zz": 12345678901234567890');
  });

  test("[CMD-teleport-mode-1] a bundle with one changed character is not whole", async () => {
    await saveOnce(world.open(), recordOf("s"));
    await attempt("s");
    const text = readFileSync(bundlePath(), "utf8");
    expect(isWholeBundle(text)).toBe(true);
    for (const damaged of [
      text.replace("first", "f1rst"),
      text.slice(0, -1),
      "",
      "null",
      "[]",
      text.replace("bundle", "b"),
    ]) {
      expect(isWholeBundle(damaged)).toBe(false);
    }
  });
});

describe("an attempt that fails", () => {
  test("[CMD-teleport-mode-1] an existing file, link or directory stays as it is, exit 1", async () => {
    await saveOnce(world.open(), recordOf("s"));
    writeFileSync(join(world.root, "file"), "keep me");
    symlinkSync("nowhere", join(world.root, "link"));
    mkdirSync(join(world.root, "directory"));
    const before = readdirSync(world.root).sort();
    for (const output of ["file", "link", "directory"]) {
      expect(await attempt("s", { output })).toEqual({
        lines: ["mode=teleport", "connected=False", `detail='${output}' is there already and is never overwritten: s`],
        exitCode: 1,
      });
    }
    expect(readFileSync(join(world.root, "file"), "utf8")).toBe("keep me");
    expect(readdirSync(world.root).sort()).toEqual(before);
  });

  test("[CMD-teleport-mode-1] a file that appears at the last moment is not overwritten, with links and without", async () => {
    await saveOnce(world.open(), recordOf("s"));
    for (const errno of [undefined, "EPERM"]) {
      fs.rmSync(bundlePath(), { force: true });
      const linkSync: FilePort["linkSync"] = (from, to) => {
        writeFileSync(bundlePath(), "first");
        if (errno !== undefined) throw systemError(errno, "link");
        fs.linkSync(from, to);
      };
      expect((await attempt("s", { files: { ...fs, linkSync } })).exitCode).toBe(1);
      expect(readFileSync(bundlePath(), "utf8")).toBe("first");
      expect(readdirSync(world.root).sort()).toEqual(["s.parlbundle.json", "sessions"]);
    }
  });

  test("[CMD-teleport-mode-1] a file system without links is written to all the same", async () => {
    await saveOnce(world.open(), recordOf("s"));
    const linkSync = (): never => {
      throw systemError("ENOTSUP", "link");
    };
    expect((await attempt("s", { files: { ...fs, linkSync } })).exitCode).toBe(0);
    expect(isWholeBundle(readFileSync(bundlePath(), "utf8"))).toBe(true);
    expect(readdirSync(world.root).sort()).toEqual(["s.parlbundle.json", "sessions"]);
  });

  test.each(["openSync", "writeFileSync", "fsyncSync", "closeSync", "linkSync"] as const)(
    "[SES-8] [FI-2] [CMD-teleport-mode-1] a full disk at %s leaves nothing of a bundle, exit 1",
    async (name) => {
      await saveOnce(world.open(), recordOf("s"));
      let drafts = 0;
      const fail = (): never => {
        throw systemError("ENOSPC", name);
      };
      const files = {
        ...fs,
        openSync: (path: string, flags: number, mode?: number) => {
          if (path.endsWith(".tmp")) drafts += 1;
          if (drafts > 0 && name === "openSync") fail();
          return fs.openSync(path, flags, mode);
        },
        ...(name === "openSync"
          ? {}
          : { [name]: (...args: unknown[]) => (drafts > 0 ? fail() : Reflect.apply(fs[name], fs, args)) }),
      } as FilePort;
      const { lines, exitCode } = await attempt("s", { files });
      expect({ exitCode, connected: lines[1], bundle: lines.slice(3) }).toEqual({
        exitCode: 1,
        connected: "connected=False",
        bundle: [],
      });
      expect(lines[2]).toMatch(/^detail=cannot (open|write|fsync|rename) 's\.parlbundle\.json': ENOSPC: s$/);
      expect(readdirSync(world.root)).toEqual(["sessions"]);
    },
  );

  test("[CMD-teleport-mode-1] what is read back differently is no success", async () => {
    await saveOnce(world.open(), recordOf("s"));
    const writeFileSyncBadly = ((descriptor: number, text: string) =>
      fs.writeFileSync(descriptor, text.replace("first", "f1rst"))) as FilePort["writeFileSync"];
    const { lines, exitCode } = await attempt("s", { files: { ...fs, writeFileSync: writeFileSyncBadly } });
    expect([exitCode, lines[1]]).toEqual([1, "connected=False"]);
    expect(lines[2]).toContain("another checksum");
  });

  test("[CMD-teleport-mode-1] a session that cannot be used is a failed attempt", async () => {
    mkdirSync(world.directory);
    writeFileSync(world.path("s.json"), "{");
    symlinkSync("s.json", world.path("t.json"));
    for (const target of ["s", "t"]) expect((await attempt(target)).exitCode).toBe(1);
    expect(readdirSync(world.root)).toEqual(["sessions"]);
  });
});

describe("what cannot be tried", () => {
  test.each(["nope", "../s", "https://user:secret@host/?token=abc#frag", "two\nlines", ""])(
    "[TXT-3] [CMD-teleport-mode-1] %j names no session: False and a hint, exit 0, or 1 when a bundle was demanded",
    async (target) => {
      for (const [output, exitCode] of [
        [undefined, 0],
        ["b.json", 1],
      ] as const) {
        const answer = await attempt(target, { output });
        expect(answer.exitCode).toBe(exitCode);
        expect(answer.lines.slice(0, 2)).toEqual(["mode=teleport", "connected=False"]);
        expect(answer.lines[2]).toMatch(/^detail=/);
        expect(answer.lines.at(-1)).toMatch(/^hint=.*parl list-sessions --directory sessions/);
        expect(answer.lines).toHaveLength(4);
        expect(answer.lines.join("\n").split("\n")).toHaveLength(4);
        expect(answer.lines.join("")).not.toMatch(/secret|abc|frag/);
      }
      expect(readdirSync(world.root)).toEqual([]);
    },
  );
});
