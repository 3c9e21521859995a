/** The real entry point as a child process: what can only be seen from outside. */
import { watch } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitOf, runParl, startParl, type ParlRun } from "../support/spawn-parl.ts";
import { errorOf } from "../support/run-in-process.ts";

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "parl-process-"));
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

const parl = (args: readonly string[], rest: { input?: string; env?: Record<string, string> } = {}): Promise<ParlRun> =>
  runParl(args, { home, injected: true, ...rest });

function envelope({ stdout }: ParlRun): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
}

describe("output", () => {
  test("[ARG-12] [ENV-6] the program itself prints its version, and nothing else", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };

    expect(await runParl(["--version"], { home })).toEqual({ stdout: `parl ${version}\n`, stderr: "", status: 0 });
    const json = await runParl(["version"], { home, env: { PARL_OUTPUT_FORMAT: "json" } });
    expect(envelope(json)).toMatchObject({ command: "version", version, runtime_version: process.versions.node });
    expect(json.stderr).toBe("");
  });

  test("[ENV-5] [ENV-6] status and `exit_code` agree and stderr is empty on every handled path", async () => {
    for (const how of ["nothing", "full", "probe", "defect", "timeout", "usage", "secret"]) {
      const result = await parl(["fail", how, "--json"]);
      expect({ how, stderr: result.stderr, code: result.status }).toEqual({
        how,
        stderr: "",
        code: envelope(result)["exit_code"],
      });
    }
  });

  test("[ENV-10] 10,000 ids arrive whole through a pipe that is read slowly", async () => {
    const child = startParl(["ids", "--json"], { home, injected: true });
    const chunks: Buffer[] = [];
    // One chunk at a time, each only after the loop had a turn: the pipe is full nearly all the time.
    const read = (async () => {
      for await (const chunk of child.stdout) {
        chunks.push(chunk as Buffer);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const [status] = await Promise.all([exitOf(child), read]);

    const { ids } = JSON.parse(Buffer.concat(chunks).toString()) as { ids: string[] };
    expect(status).toBe(0);
    expect(ids).toHaveLength(10_000);
    expect(ids.at(-1)).toBe(`id-${"9999".padStart(60, "0")}`);
  });

  test("[ENV-10] a reader that closes stdout ends the process with 1, in silence", async () => {
    const child = startParl(["ticks", "--follow", "--json", "--count", "100000000", "--padding", "4096"], {
      home,
      injected: true,
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once("data", () => child.stdout.destroy());

    expect(await exitOf(child)).toBe(1);
    expect(stderr).toBe("");
  });

  test("[STR-6] a stream arrives whole and in order through a slow pipe", async () => {
    const child = startParl(["ticks", "--follow", "--json", "--count", "500", "--padding", "2000"], {
      home,
      injected: true,
    });
    let text = "";
    const read = (async () => {
      for await (const chunk of child.stdout) {
        text += String(chunk);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const [status] = await Promise.all([exitOf(child), read]);

    const lines = text.trimEnd().split("\n");
    expect(status).toBe(0);
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(
      Array.from({ length: 501 }, (_, index) => index + 1),
    );
  });

  test("[ARG-4] a prompt of 1 MB arrives through stdin", async () => {
    const prompt = "wörd ".repeat(180_000);
    const result = await parl(["turn", "-", "--json"], { input: `${prompt}\n` });

    expect(envelope(result)["prompt"]).toBe(prompt);
  });
});

describe("defects", () => {
  test.each(["defect", "escape", "reject"])(
    "[ENV-11] [ERR-2] %s: an envelope of kind `internal`, the stack in the log only",
    async (how) => {
      const result = await parl(["fail", how, "--json"]);
      const error = errorOf(envelope(result));
      const { incident } = error["detail"] as { incident: string };
      const log = await readFile(join(home, "parl/logs/cli.log"), "utf8");

      expect(result).toMatchObject({ status: 1, stderr: "" });
      expect(error).toMatchObject({ kind: "internal", category: "unknown", operation: "fail", retryable: false });
      expect(result.stdout).not.toMatch(/TypeError|RangeError|\.ts:\d|\bat /);
      expect(log).toContain(incident);
      expect(log).toMatch(/(TypeError|RangeError).*injected-commands/);
    },
  );

  test("[ERR-2] text mode shows no stack either", async () => {
    const { stdout, stderr, status } = await parl(["mesh-fail", "escape"]);

    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toMatch(
      /^parl: an unexpected failure of the program; it is recorded as incident [0-9a-f]{32}\nhint: /,
    );
    expect(stderr).not.toMatch(/RangeError|\bat /);
  });
});

describe("signals", () => {
  /** Starts a command that waits, and resolves when its handlers are in place. */
  async function startWaiting(args: readonly string[], name: string) {
    const folder = join(home, name);
    await mkdir(folder);
    const isWaiting = new Promise<void>((resolve) => {
      const watcher = watch(folder, (_event, file) => {
        if (file !== "waiting") return;
        watcher.close();
        resolve();
      });
    });
    const child = startParl(args, { home, injected: true, env: { PARL_HOME: folder } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const exit = exitOf(child);
    await isWaiting;
    return { child, exit, out: () => ({ stdout, stderr }) };
  }

  test.each(["SIGINT", "SIGTERM"] as const)(
    "[EXIT-1] [CAN-3] [CAN-8] %s ends a command that does not listen: `interrupted`, 130, complete envelope",
    async (signal) => {
      const { child, exit, out } = await startWaiting(["stuck", "--json"], `stuck-${signal}`);
      const sent = performance.now();
      child.kill(signal);

      expect(await exit).toBe(130);
      expect(performance.now() - sent).toBeLessThan(2000);
      const { stdout, stderr } = out();
      expect(JSON.parse(stdout)).toMatchObject({
        command: "stuck",
        exit_code: 130,
        error: { kind: "interrupted", retryable: true, operation: "stuck", detail: { signal } },
      });
      expect(stderr).toBe("");
    },
  );

  test("[EXIT-2] text mode gives 130 too", async () => {
    const { child, exit, out } = await startWaiting(["stuck"], "stuck-text");
    child.kill("SIGINT");

    expect(await exit).toBe(130);
    expect(out()).toMatchObject({ stdout: "waiting\n" });
    expect(out().stderr).toMatch(/^parl: ended by SIGINT/);
  });

  test("[CAN-7] a command that ends itself is told of the second signal, and keeps its status", async () => {
    const { child, exit, out } = await startWaiting(["patient", "--json"], "patient");
    child.kill("SIGTERM");
    const again = setInterval(() => child.kill("SIGINT"), 20);

    expect(await exit).toBe(0);
    clearInterval(again);
    expect(JSON.parse(out().stdout)).toMatchObject({ exit_code: 0, ended_by: "SIGTERM" });
  });
});

describe("own stdout", () => {
  test("[ENV-1] [CLI-1] a failure before the protocol begins is an envelope", async () => {
    const result = await parl(["proxy", "--fail", "before", "--json"]);

    expect(result).toMatchObject({ status: 1, stderr: "" });
    expect(envelope(result)).toMatchObject({ command: "proxy", exit_code: 1, error: { kind: "not_joined" } });
  });

  test("[ENV-1] [CLI-1] after that nothing is added to stdout, and the child's status is passed on", async () => {
    const fine = await parl(["proxy", "--yes", "--", "--json"]);
    const failed = await parl(["proxy", "--fail", "after", "--json"]);

    expect(fine).toEqual({ stdout: '{"passed":["--json"],"yes":true}\n', stderr: "", status: 7 });
    expect(failed).toEqual({ stdout: '{"passed":[],"yes":false}\n', stderr: "", status: 1 });
    expect((await parl(["proxy", "--fail", "after"])).stderr).toBe("parl: failed after the protocol\n");
  });
});
