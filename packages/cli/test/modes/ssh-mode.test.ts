import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { literalHosts } from "../../src/modes/ssh-config-hosts.ts";
import { trySsh } from "../../src/modes/ssh-mode.ts";
import { parseSshTarget } from "../../src/modes/ssh-target.ts";
import type { ModeAnswer } from "../../src/modes/remote-mode.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parl-ssh-"));
  mkdirSync(join(directory, "bin"));
  mkdirSync(join(directory, ".ssh"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Puts a program `ssh` on PATH that keeps its arguments, one a line, and then runs `script`. */
function fakeSsh(script: string): void {
  const file = join(directory, "bin/ssh");
  writeFileSync(file, `#!/bin/sh\nfor word; do echo "$word"; done >"${join(directory, "seen")}"\n${script}\n`);
  chmodSync(file, 0o755);
}

/** What `ssh` was given; undefined when it was not started. */
function seen(): string[] | undefined {
  const file = join(directory, "seen");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : undefined;
}

function trial(
  target: string,
  { limitMs, path = "/bin:/usr/bin" }: { limitMs?: number; path?: string } = {},
): Promise<ModeAnswer> {
  const context = {
    childEnvironment: () => ({ PATH: `${join(directory, "bin")}:${path}` }),
    durationMs: () => 34,
    monotonicMs: () => performance.now(),
    randomBytes,
    signal: new AbortController().signal,
    userHome: directory,
    workingDirectory: directory,
  };
  return trySsh(context, target, limitMs);
}

describe("the attempt", () => {
  test("[TXT-3] [CMD-ssh-mode-1] exit 0 of ssh in batch mode is True, with a tunnel", async () => {
    fakeSsh("exit 0");
    expect(await trial("anna@example.org")).toEqual({
      lines: [
        "mode=ssh",
        "connected=True",
        "detail=connected in 34 ms: anna@example.org",
        "tunnel=ssh -N -L 7900:127.0.0.1:7900 -- anna@example.org",
      ],
      exitCode: 0,
    });
    expect(seen()).toEqual(["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "--", "anna@example.org", "true"]);
  });

  test.each([
    ["localhost", ["--", "localhost"], "-- localhost"],
    ["ssh://buildbox", ["--", "buildbox"], "-- buildbox"],
    ["SSH://anna:pw@h:2222/x", ["-p", "2222", "--", "anna@h"], "-p 2222 -- anna@h"],
    ["h.example:2222", ["-p", "2222", "--", "h.example"], "-p 2222 -- h.example"],
    ["::1", ["--", "::1"], "-- ::1"],
    ["ssh://[fe80::1]:22", ["-p", "22", "--", "fe80::1"], "-p 22 -- fe80::1"],
    ["a;touch$(x)@h", ["--", "a;touch$(x)@h"], "-- 'a;touch$(x)@h'"],
  ])("[CMD-ssh-mode-1] %s is given to ssh word by word, never to a shell", async (target, words, tunnel) => {
    fakeSsh("exit 0");
    const { lines } = await trial(target);
    expect(seen()?.slice(4, -1)).toEqual(words);
    expect(lines.at(-1)).toBe(`tunnel=ssh -N -L 7900:127.0.0.1:7900 ${tunnel}`);
    expect(lines.join("\n")).not.toContain("pw");
  });

  test("[TXT-3] any other exit is False, 1; what ssh said last is the reason", async () => {
    fakeSsh("echo first >&2; printf 'ssh: no \\033[31mroute\\n' >&2; exit 255");
    expect(await trial("anna@example.org")).toEqual({
      lines: [
        "mode=ssh",
        "connected=False",
        "detail=ssh: no \\x1b[31mroute: anna@example.org",
        "tunnel=ssh -N -L 7900:127.0.0.1:7900 -- anna@example.org",
      ],
      exitCode: 1,
    });
    fakeSsh("exit 7");
    expect((await trial("a@b")).lines[2]).toBe("detail=ssh ended with exit code 7: a@b");
    fakeSsh("kill -KILL $$");
    expect((await trial("a@b")).lines[2]).toBe("detail=ssh was ended by a signal: a@b");
  });

  test("[TXT-3] an ssh that does not end is ended at the limit", async () => {
    fakeSsh("trap '' TERM; sleep 60 & wait");
    const { lines, exitCode } = await trial("a@b", { limitMs: 500 });
    expect({ detail: lines[2], exitCode }).toEqual({ detail: "detail=no answer within 500 ms: a@b", exitCode: 1 });
  });

  test("[CMD-ssh-mode-1] a missing ssh program is a failed attempt", async () => {
    const { lines, exitCode } = await trial("a@b", { path: "/nowhere" });
    expect(lines[2]).toBe("detail=ssh was not started, there is no such program on PATH: a@b");
    expect({ exitCode, lines: lines.length }).toEqual({ exitCode: 1, lines: 4 });
  });
});

describe("targets", () => {
  test("[TXT-3] a bare word is tried only when the ssh config names it", async () => {
    fakeSsh("exit 0");
    const asked = await trial("buildbox");
    expect(asked).toEqual({
      lines: [
        "mode=ssh",
        "connected=False",
        "detail=nothing was attempted: buildbox",
        "hint=to try it as a host all the same, give ssh://buildbox",
      ],
      exitCode: 0,
    });
    expect(seen()).toBeUndefined();
    writeFileSync(join(directory, ".ssh/config"), "Host other buildbox\n  HostName 10.0.0.1\n");
    expect((await trial("buildbox")).lines[1]).toBe("connected=True");
    expect(seen()?.at(-2)).toBe("buildbox");
  });

  test("[ROW-4] [TXT-3] a config over 1 MiB, or one that is no file, names no host", async () => {
    fakeSsh("exit 0");
    const file = join(directory, ".ssh/config");
    writeFileSync(file, `Host buildbox\n${"#".repeat(2 ** 20)}`);
    expect((await trial("buildbox")).lines[1]).toBe("connected=False");
    rmSync(file);
    mkdirSync(file);
    expect(await trial("buildbox")).toMatchObject({ exitCode: 0 });
    expect(seen()).toBeUndefined();
  });

  test.each([
    "",
    "-oProxyCommand=x@y",
    "ssh://-oProxyCommand=x",
    "-x@h",
    "ssh://-x@h",
    "a b@h",
    "a\tb@h",
    "a@h\n",
    "a@h\u0000",
    "a\u2028@h",
    "@h",
    "ssh://",
    "h:0",
    "h:99999",
  ])("[CMD-ssh-mode-1] %j is a usage error, and ssh is not started", async (target) => {
    fakeSsh("exit 0");
    await expect(trial(target)).rejects.toMatchObject({ kind: "parse" });
    expect(seen()).toBeUndefined();
  });

  test("[CMD-ssh-mode-1] no target ever becomes an option of ssh", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `ssh://${text}`),
        ),
        (text) => {
          const parsed = parseSshTarget(text, () => true);
          const destination = parsed.type === "target" ? parsed.target.destination : "host";
          expect(destination).toMatch(/^[^-\s]\S*$/u);
        },
      ),
    );
  });
});

test("[CMD-ssh-mode-1] literal hosts of a config are its words without patterns and exclusions", () => {
  const config = [
    "# Host commented",
    "Host a b *.example !c d?",
    "  HOST=e",
    'host "f g" h # not-this',
    "\tHost\ti",
    "HostName j",
    "Match host k",
    "Host",
  ].join("\r\n");
  expect([...literalHosts(config)]).toEqual(["a", "b", "e", "f g", "h", "i"]);
});
