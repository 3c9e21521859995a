import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { OutputCapture } from "../../src/handlers/output-capture.ts";
import { startRunLimit, type RunLimit } from "../../src/handlers/run-limit.ts";
import { runProgram, type ProgramPlan } from "../../src/handlers/run-program.ts";
import type { Ending } from "../../src/handlers/execution.ts";
import { livingProcesses } from "./support/living-processes.ts";

const family = fileURLToPath(new URL("support/stubborn-family.ts", import.meta.url));
const { PATH = "" } = process.env;

let directory = "";
let stop = new AbortController();
let limits: RunLimit[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parl-run-"));
  stop = new AbortController();
});
afterEach(() => {
  for (const limit of limits.splice(0)) limit.close();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

interface Ran {
  readonly ending: Ending;
  readonly output: string;
  readonly truncated: boolean;
}

async function run(plan: Partial<ProgramPlan>, seconds = 60): Promise<Ran> {
  const limit = startRunLimit({ monotonicMs: () => performance.now(), signal: stop.signal }, seconds);
  limits = [...limits, limit];
  const capture = new OutputCapture();
  const whole = { program: "/bin/sh", arguments: [], workingDirectory: directory, environment: { PATH }, ...plan };
  const ending = await runProgram({ randomBytes }, whole, { capture, limit });
  const { text, truncated } = capture.read();
  return { ending, output: text, truncated };
}

function shell(line: string, rest: Partial<ProgramPlan> = {}, seconds = 60): Promise<Ran> {
  return run({ arguments: ["-c", "--", line], ...rest }, seconds);
}

describe("output", () => {
  test("[CMD-exec-command-6] stdout and stderr come in the order they were written", async () => {
    const { ending, output } = await shell("for i in $(seq 200); do echo out $i; echo err $i >&2; done; exit 3");
    const expected = Array.from({ length: 200 }, (_, index) => `out ${index + 1}\nerr ${index + 1}\n`).join("");
    expect({ ending, output }).toEqual({ ending: { type: "exited", exitCode: 3 }, output: expected });
  });

  test("[CMD-exec-command-6] without a place for one channel both outputs are still whole", async () => {
    vi.stubEnv("TMPDIR", join(directory, "nowhere"));
    const { output } = await shell("echo out; echo err >&2");
    expect(output.split("\n").toSorted()).toEqual(["", "err", "out"]);
  });

  test("[CMD-exec-command-6] no file is left behind", async () => {
    vi.stubEnv("TMPDIR", directory);
    await shell("ls -A $TMPDIR", { environment: { PATH, TMPDIR: directory } }).then(({ output }) =>
      expect(output).toBe(""),
    );
  });

  test("[CMD-exec-command-6] a gigabyte is read in bounded memory, its end is there", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const { output, truncated } = await shell("head -c 1073741824 /dev/zero; printf 'the end'");
    expect(truncated).toBe(true);
    expect(output.endsWith("\0the end")).toBe(true);
    expect(output).toContain(`[parl: ${2 ** 30 + "the end".length - 2 ** 20} bytes of output are left out here]`);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 2 ** 20);
  });

  test("[CMD-exec-command-6] a character whose bytes come apart stays one, a broken one is replaced", async () => {
    const { output } = await shell(String.raw`printf '\346'; sleep 0.05; printf '\274\242 \377!'`);
    expect(output).toBe("漢 \ufffd!");
  });
});

describe("input", () => {
  test("[CMD-exec-command-5] a program that does not read its input ends all the same", async () => {
    const { ending } = await shell("exec 0<&-; exit 4", { input: "x".repeat(2 ** 22) });
    expect(ending).toEqual({ type: "exited", exitCode: 4 });
  });

  test("[CMD-exec-command-5] without input stdin is empty, not waited for", async () => {
    expect((await shell("cat; echo done")).output).toBe("done\n");
  });
});

describe("start", () => {
  test("[ERR-3] a program that is not there is told from one that failed", async () => {
    const { ending } = await run({ program: "parl-no-such-program" });
    expect(ending).toEqual({
      type: "not_started",
      program: "parl-no-such-program",
      reason: "there is no such program on PATH",
      errno: "ENOENT",
    });
  });

  test("[ERR-3] a command line that is too long for the system is told by its name", async () => {
    const { ending } = await shell(`: ${"x".repeat(4 * 2 ** 20)}`);
    expect(ending).toMatchObject({ type: "not_started", errno: "E2BIG" });
  });
});

describe("end", () => {
  test.each(["signal", "limit"] as const)(
    "[CAN-3] a %s ends the whole tree: SIGTERM ignored, other sessions, no environment",
    async (cause) => {
      const file = join(directory, "pids");
      const limit = { signal: stop.signal, cause, close: () => undefined };
      const capture = new OutputCapture();
      const plan = { program: process.execPath, arguments: [family, file], workingDirectory: directory };
      const ran = runProgram({ randomBytes }, { ...plan, environment: { PATH } }, { capture, limit });
      await expect.poll(() => existsSync(file), { timeout: 15_000 }).toBe(true);
      const pids = readFileSync(file, "utf8").split(" ").map(Number);
      expect(await livingProcesses(pids)).toEqual(pids);
      stop.abort();
      expect(await ran).toEqual({ type: "stopped", by: cause });
      expect(capture.read().text).toBe("family is there\n");
      expect(await livingProcesses(pids)).toEqual([]);
    },
  );

  test("[CMD-exec-command-6] a program ended by another's signal is told as that", async () => {
    expect((await shell("kill -KILL $$")).ending).toEqual({ type: "signalled", signal: "SIGKILL" });
  });

  test("[CMD-exec-command-6] what a program leaves in the background does not keep the answer, and lives on", async () => {
    const { ending, output } = await shell("sleep 60 & echo $!");
    expect(ending).toEqual({ type: "exited", exitCode: 0 });
    const pid = Number(output);
    expect(await livingProcesses([pid])).toEqual([pid]);
    process.kill(pid, "SIGKILL");
  });

  test("[CAN-1] a run that must end before it has begun is ended", async () => {
    stop.abort();
    expect((await shell("sleep 60")).ending).toEqual({ type: "stopped", by: "signal" });
  });
});
