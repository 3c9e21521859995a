import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quoteText } from "../../src/handlers/quote-text.ts";
import { livingProcesses } from "../handlers/support/living-processes.ts";
import { MeshHome, errorOf, type Envelope } from "./support/mesh-home.ts";

const family = fileURLToPath(new URL("../handlers/support/stubborn-family.ts", import.meta.url));
const home = new MeshHome();
const external = home.path("external");

const makefile = `
show: # shows what it gets
	@printf 'variable=%s\\n' "$$PARL_PROMPT"; printf 'arguments=%s\\n' "$(MAKEOVERRIDES)$(MAKECMDGOALS)"; printf 'stdin='; cat
bad:
	@echo to stderr >&2; exit 3
size:
	@printf '%s ' "$\${#PARL_PROMPT}"; wc -c
flood:
	@head -c 2000000 /dev/zero | tr '\\0' x
secret:
	@echo https://anna:hunter2@example.org/x?token=abc
family:
	@exec ${process.execPath} ${family} pids
`;

beforeAll(() => {
  writeFileSync(home.path("Makefile"), makefile);
  writeFileSync(home.path("package.json"), JSON.stringify({ scripts: { greet: "echo hello $PARL_PROMPT" } }));
  mkdirSync(external);
  writeFileSync(
    join(external, "commands.json"),
    JSON.stringify([{ name: "Review", source_hint: "commands/review/main", responsibility: "Reviews a change" }]),
  );
  writeFileSync(join(external, "tools.json"), "[]");
});
afterAll(() => home.remove());

function keysOf(envelope: Envelope): string[] {
  return Object.keys(envelope).slice(5);
}

function executionOf(envelope: Envelope): {
  exit_code: number | null;
  duration_ms: number;
  output: string;
  truncated: boolean;
} {
  return envelope["execution"] as ReturnType<typeof executionOf>;
}

describe("mirrored rows", () => {
  const args = (prompt: string): string[] => ["exec-command", "review", prompt, "--inventory", external];

  test("[CMD-exec-command-2] [CMD-exec-command-3] [HCOMPAT-2] say what they would do, in the row's own spelling", async () => {
    const sentence = "Mirrored command 'Review' from commands/review/main would handle prompt 'look at it'.";
    expect(await home.run(args("look at it"))).toEqual({ status: 0, stdout: `${sentence}\n`, stderr: "" });
    const envelope = await home.json(args("look at it"));
    expect(keysOf(envelope)).toEqual(["name", "prompt", "source_hint", "handled", "message", "found"]);
    expect(envelope).toMatchObject({
      name: "Review",
      prompt: "look at it",
      source_hint: "commands/review/main",
      handled: true,
      message: sentence,
      found: true,
    });
  });

  test("[CMD-exec-command-1] [ROW-9] run nothing, so no limit and no permission concerns them", async () => {
    expect(await home.json([...args("x"), "--timeout-seconds", "-1"])).toMatchObject({ exit_code: 0, handled: true });
  });

  test("[FI-6] [CMD-exec-command-4] any prompt stays on one line and is echoed verbatim", async () => {
    const prompt = "a\u0301 \u202eleft\u2028\u0085\ufeff😀 \u001b[31m it's\n'\"\\ https://u:p@h/?token=t#f";
    const envelope = await home.json(args(prompt));
    expect(envelope["prompt"]).toBe(prompt);
    expect(envelope["message"]).toContain(quoteText(prompt));
    const { stdout } = await home.run(args(prompt));
    expect(stdout).toBe(`${String(envelope["message"])}\n`);
  });

  test("[FI-7] a prompt of 1 MB from stdin, an empty one, and one that looks like an option", async () => {
    const large = "ü".repeat(500_000);
    const fromStdin = await home.json(["exec-command", "review", "-", "--inventory", external], {
      input: `${large}\n`,
    });
    expect(fromStdin["prompt"]).toBe(large);
    expect((await home.json(args("")))["message"]).toContain("would handle prompt ''.");
    const dashed = ["exec-command", "--inventory", external, "--json", "review", "--", "-"];
    expect((await home.run(dashed)).stdout).toContain('"prompt":"-"');
    await home.failure(args("-"), "invalid_input", { input: Buffer.from([0xff]) });
  });
});

describe("unknown rows", () => {
  test("[ERR-5] [HCOMPAT-1] are not found, in both modes with 1", async () => {
    const envelope = await home.failure(["exec-command", "Nope", "x"], "command_not_found");
    expect(keysOf(envelope)).toEqual(["name", "found", "prompt", "handled", "error"]);
    expect(envelope).toMatchObject({ name: "Nope", found: false, prompt: "x", handled: false });
    expect(errorOf(envelope)["message"]).toBe("Unknown mirrored command: Nope");
    expect(await home.run(["exec-command", "Nope", "x"])).toEqual({
      status: 1,
      stdout: "Unknown mirrored command: Nope\n",
      stderr: "",
    });
  });

  test("[CMD-exec-command-1] both positionals are required", async () => {
    const envelope = await home.failure(["exec-command", "x"], "parse");
    expect(errorOf(envelope)["message"]).toContain("the following arguments are required: prompt");
  });

  test("[ERR-7] a directory that is none is told before anything is looked up", async () => {
    const envelope = await home.failure(
      ["exec-command", "show", "p", "--working-directory", home.path("nowhere")],
      "invalid_working_directory",
    );
    expect(keysOf(envelope)).toEqual(["name", "prompt", "error"]);
  });
});

describe("project rows", () => {
  test("[CMD-exec-command-5] get the prompt in PARL_PROMPT and on stdin, never through a shell or a command line", async () => {
    const prompt = "$(touch injected) `touch injected`; touch injected 'x' \"y\" VAR=1 -f /dev/null\nline two";
    const envelope = await home.json(["exec-command", "SHOW", prompt]);
    expect(executionOf(envelope).output).toBe(`variable=${prompt}\narguments=show\nstdin=${prompt}`);
    expect(existsSync(home.path("injected"))).toBe(false);
    expect(envelope).toMatchObject({ name: "show", prompt, source_hint: "plugins/make/Makefile#show", exit_code: 0 });
  });

  test("[CMD-exec-command-2] [CMD-exec-command-3] [ENV-8] a run tells exit code, duration and output", async () => {
    const envelope = await home.json(["exec-command", "greet", "Anna"]);
    expect(keysOf(envelope)).toEqual([
      "name",
      "prompt",
      "source_hint",
      "handled",
      "message",
      "found",
      "execution",
      "run_id",
    ]);
    const { exit_code: exitCode, duration_ms: durationMs, output } = executionOf(envelope);
    expect(exitCode).toBe(0);
    expect(envelope["message"]).toBe(
      `Executed command 'greet' from plugins/npm/package.json#greet (exit 0, ${durationMs} ms)`,
    );
    expect(output).toContain("hello Anna\n");
    const { stdout, status, stderr } = await home.run(["exec-command", "greet", "Anna"]);
    expect(stdout).toMatch(/^Executed command 'greet' from \S+ \(exit 0, \d+ ms\)\n[^]*hello Anna\n$/u);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("[CMD-exec-command-3] one that fails is execution_failed, with its output", async () => {
    const envelope = await home.failure(["exec-command", "bad", "x"], "execution_failed");
    expect(keysOf(envelope)).toEqual([
      "name",
      "prompt",
      "source_hint",
      "handled",
      "message",
      "found",
      "execution",
      "run_id",
      "error",
    ]);
    expect(executionOf(envelope)).toMatchObject({ exit_code: 2, truncated: false });
    expect(executionOf(envelope).output).toContain("to stderr\n");
    const { stdout, status, stderr } = await home.run(["exec-command", "bad", "x"]);
    expect(stdout).toMatch(/^Executed command 'bad' from \S+ \(exit 2, \d+ ms\)\nto stderr\n/u);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  });

  test("[DET-2] a fixed clock makes the duration 0", async () => {
    const env = { PARL_CLOCK: "2026-01-02T03:04:05Z", PARL_SEED_IDS: "x" };
    const envelope = await home.json(["exec-command", "show", ""], { env });
    expect(envelope).toMatchObject({ timestamp: "2026-01-02T03:04:05Z", execution: { duration_ms: 0 } });
    expect(await home.json(["exec-command", "show", ""], { env })).toEqual(envelope);
  });

  test("[FI-7] a prompt that no variable can hold is on stdin alone, and that is said", async () => {
    const envelope = await home.json(["exec-command", "size", "-"], { input: "x".repeat(1_000_000) });
    expect(executionOf(envelope).output).toMatch(/^0 +1000000\n$/u);
    expect(envelope["warnings"]).toMatchObject([{ code: "prompt_variable_omitted" }]);
    const small = await home.json(["exec-command", "size", "-"], { input: "x".repeat(131_000) });
    expect(executionOf(small).output).toMatch(/^131000 +131000\n$/u);
    expect(small["warnings"]).toBeUndefined();
  });

  test("[CMD-exec-command-6] more than 1 MiB is cut in the middle", async () => {
    const { output, truncated } = executionOf(await home.json(["exec-command", "flood", ""]));
    expect(truncated).toBe(true);
    expect(output.length - "\n[parl:  bytes of output are left out here]\n951424".length).toBe(2 ** 20);
  });

  test("[ENV-12] secrets in what it writes are not passed on, in both modes", async () => {
    const shown = "https://***@example.org/x?token=***\n";
    expect(executionOf(await home.json(["exec-command", "secret", ""])).output).toBe(shown);
    expect((await home.run(["exec-command", "secret", ""])).stdout).toContain(shown);
  });

  test("[CMD-exec-command-1] run in the working directory given, whose project it is", async () => {
    mkdirSync(home.path("other"));
    writeFileSync(home.path("other/Makefile"), "where:\n\t@pwd -P\n");
    const args = ["exec-command", "where", "", "--working-directory", "other"];
    expect(executionOf(await home.json(args)).output).toMatch(/\/other\n$/u);
    await home.failure(["exec-command", "show", "", "--working-directory", "other"], "command_not_found");
  });

  test("[ERR-3] a tool that is not installed is told as that", async () => {
    const args = ["exec-command", "show", "x"];
    const envelope = await home.failure(args, "execution_failed", { env: { PATH: home.path("nothing") } });
    expect(errorOf(envelope)["message"]).toContain("'make': there is no such program on PATH");
    expect(executionOf(envelope).exit_code).toBeNull();
  });
});

describe("rows of parl", () => {
  test("[CMD-exec-command-5] get the prompt as arguments: quotes and backslashes, no expansion, text mode", async () => {
    const prompt = `stray'  argument' \\"$HOME\\"`;
    const envelope = await home.json(["exec-command", "commands", " --query 'no  $HOME' --limit 3"], {
      env: { PARL_OUTPUT_FORMAT: "json" },
    });
    expect(executionOf(envelope).output).toContain("Filtered by: no  $HOME\n");
    const wrong = await home.failure(["exec-command", "commands", prompt], "execution_failed");
    expect(executionOf(wrong)).toMatchObject({ exit_code: 2 });
    expect(executionOf(wrong).output).toContain(`unrecognized arguments: stray  argument "$HOME"`);
    const version = await home.json(["exec-command", "version", ""], { env: { PARL_OUTPUT_FORMAT: "json" } });
    expect(executionOf(version).output).toMatch(/^parl \d+\.\d+\.\d+\n$/u);
    expect(version["source_hint"]).toBe("commands/version");
  });

  test("[CMD-exec-command-5] a quote that is not closed is an invalid payload", async () => {
    const envelope = await home.failure(["exec-command", "version", "it's"], "invalid_payload");
    expect(keysOf(envelope)).toEqual(["name", "prompt", "error"]);
  });

  test.each(["exec-command", "exec-tool", "up", "mcp"])(
    "[CMD-exec-command-5] %s is refused, and nothing is run",
    async (name) => {
      const envelope = await home.failure(["exec-command", name, "x y"], "permission_denied");
      expect(keysOf(envelope)).toEqual([
        "name",
        "prompt",
        "source_hint",
        "handled",
        "found",
        "permission_denials",
        "error",
      ]);
      expect(envelope).toMatchObject({ handled: false, permission_denials: [{ tool_name: name }] });
      expect(errorOf(envelope)).toMatchObject({ operation: "exec_command", category: "policy", retryable: false });
      const { stdout, stderr, status } = await home.run(["exec-command", name, "x y"]);
      expect(stdout).toMatch(/^error: .* is refused: .*\n$/u);
      expect({ stderr, status }).toEqual({ stderr: "", status: 1 });
    },
  );
});

describe("the end of a run", () => {
  const untilFamily = async (): Promise<number[]> => {
    await expect.poll(() => existsSync(home.path("pids")), { timeout: 15_000 }).toBe(true);
    return readFileSync(home.path("pids"), "utf8").split(" ").map(Number);
  };

  test.each(["0", "-1", "1e-9"])(
    "[FI-13] [EXIT-1] [EXIT-2] a limit of %s s is execution_timeout, 2 in both modes",
    async (seconds) => {
      const args = ["exec-command", "show", "x", "--timeout-seconds", seconds];
      const envelope = await home.json(args);
      expect(envelope).toMatchObject({ exit_code: 2, handled: true, execution: { exit_code: null, truncated: false } });
      expect(errorOf(envelope)).toMatchObject({ kind: "execution_timeout", retryable: true });
      const { status, stdout, stderr } = await home.run(args);
      expect(stdout).toMatch(/^Executed command 'show' from \S+ \(exit null, \d+ ms\)\n/u);
      expect({ status, stderr }).toEqual({ status: 2, stderr: "" });
    },
  );

  test.each(["NaN", "Infinity", "1e999"])("[FI-13] a limit of %s is a usage error", async (seconds) => {
    const envelope = await home.failure(["exec-command", "show", "x", "--timeout-seconds", seconds], "parse");
    expect(errorOf(envelope)["message"]).toContain(`--timeout-seconds: invalid float value: '${seconds}'`);
  });

  test("[CAN-3] [CAN-8] SIGTERM ends the whole tree, and the answer is complete", async () => {
    const child = home.start(["exec-command", "family", "x", "--json", "--timeout-seconds", "1e9"]);
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stdin.end();
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const pids = await untilFamily();
    child.kill("SIGTERM");
    expect(await ended).toBe(130);
    expect(await livingProcesses(pids)).toEqual([]);
    const envelope = JSON.parse(stdout) as Envelope;
    expect(envelope).toMatchObject({ exit_code: 130, name: "family", handled: true, found: true });
    expect(executionOf(envelope)).toMatchObject({ exit_code: null, output: "family is there\n" });
    expect(errorOf(envelope)).toMatchObject({ kind: "interrupted", detail: { signal: "SIGTERM" } });
  });
});
