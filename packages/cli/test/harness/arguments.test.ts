import { describe, expect, test } from "vitest";
import { errorOf, run } from "../support/run-in-process.ts";

/** Payload of `turn`, which answers with the arguments it got. */
async function turn(...args: string[]): Promise<Record<string, unknown>> {
  const { json, status } = await run(["turn", ...args, "--json"]);
  expect(status).toBe(0);
  return json();
}

/** The sentence of a usage error, after checking that both modes give the same one [ARG-8]. */
async function mistake(args: readonly string[]): Promise<string> {
  const text = await run(args);
  const json = await run([args[0] ?? "", "--json", ...args.slice(1)]);
  expect({ text: text.status, json: json.status, stdout: text.stdout, stderr: json.stderr }).toEqual({
    text: 2,
    json: 1,
    stdout: "",
    stderr: "",
  });
  const error = errorOf(json.json());
  expect(error).toMatchObject({ kind: "parse", operation: "argparse", retryable: false });
  expect(text.stderr.split("\n")).toContain(`parl: error: ${String(error["message"])}`);
  expect(text.stderr).toMatch(/^usage: parl/);
  return String(error["message"]);
}

describe("values", () => {
  test("[ARG-1] options stand before or after positionals, and `--opt value` equals `--opt=value`", async () => {
    const after = await turn("hello", "--limit", "7", "--mode", "plan");
    const before = await turn("--limit=7", "--mode=plan", "hello");

    expect(after).toMatchObject({ prompt: "hello", limit: 7, mode: "plan" });
    expect({ ...before, timestamp: null }).toEqual({ ...after, timestamp: null });
  });

  test("[ARG-1] the format flags and help may stand before the command", async () => {
    const json = await run(["--output-format", "json", "turn", "hello"]);
    const help = await run(["--help", "turn"]);

    expect(json.json()).toMatchObject({ command: "turn", prompt: "hello" });
    expect(help.stdout).toMatch(/^usage: parl turn PROMPT \[options\]\n/);
  });

  test("[ARG-1] other options before the command, abbreviations and other letter cases are refused", async () => {
    expect(await mistake(["turn", "hello", "--lim", "3"])).toContain("unrecognized arguments: --lim");
    expect(await mistake(["turn", "hello", "--LIMIT", "3"])).toContain("unrecognized arguments: --LIMIT");
    expect((await run(["--limit", "3", "turn", "hello"])).status).toBe(2);
    expect((await run(["TURN", "hello"])).stderr).toContain("invalid choice: 'TURN'");
  });

  test("[ARG-2] the last of a repeated option wins, lists accumulate", async () => {
    const shown = await turn("hello", "--limit", "1", "--limit", "2", "--allow-tool", "a", "--allow-tool=b");

    expect(shown).toMatchObject({ limit: 2, allow_tool: ["a", "b"] });
  });

  test("[ARG-3] `--` ends options, and is needed by a positional starting with `-`", async () => {
    expect((await run(["turn", "--json", "--", "--mode"])).json()).toMatchObject({ prompt: "--mode" });
    expect(await mistake(["turn", "--bogus-prompt"])).toContain("unrecognized arguments: --bogus-prompt");
  });

  test("[ARG-3] a value starting with `-` needs the `=` form, except numbers of numeric options", async () => {
    expect(await mistake(["turn", "hello", "--session-id", "-x"])).toContain("--session-id: expected one argument");
    expect(await turn("hello", "--session-id=-x")).toMatchObject({ session_id: "-x" });
    expect(await turn("hello", "--timeout-seconds", "-1")).toMatchObject({ timeout_seconds: -1 });
    expect(await turn("hello", "--timeout-seconds", "-.5e1")).toMatchObject({ timeout_seconds: -5 });
  });

  test("[ARG-5] negative limits act as 0 with the warning `value_clamped`", async () => {
    expect(await turn("hello", "--limit", "-4")).toMatchObject({
      limit: 0,
      warnings: [{ code: "value_clamped", message: "--limit -4 acts as 0" }],
    });
    expect((await run(["turn", "hello", "--limit", "-4"])).stderr).toBe("warning: --limit -4 acts as 0\n");
  });

  test.each(["0", "-0", "-1", "1e-9", "1e9", "+2.5", ".5", "7."])(
    "[ARG-5] `--timeout-seconds %s` is a finite decimal number",
    async (value) => {
      const { timeout_seconds: seconds } = await turn("hello", "--timeout-seconds", value);

      expect(seconds).toBeCloseTo(Number(value), 12);
    },
  );

  test.each(["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "0x10", "1_000", "", " 1", "one"])(
    "[ARG-5] [ARG-8] `--timeout-seconds %s` is an invalid float value",
    async (value) => {
      const message = await mistake(["turn", "hello", `--timeout-seconds=${value}`]);

      expect(message).toBe(`argument --timeout-seconds: invalid float value: '${value}'`);
    },
  );

  test("[ARG-5] `--max-budget-tokens` takes integers of at least 0", async () => {
    expect(await turn("hello", "--max-budget-tokens", "0")).toMatchObject({ max_budget_tokens: 0 });
    expect(await mistake(["turn", "hello", "--max-budget-tokens", "-1"])).toContain(
      "argument --max-budget-tokens: invalid int value: '-1'",
    );
  });

  test("[ARG-5] a clock time that cannot be used is a usage error naming its variable", async () => {
    const { stderr, status } = await run(["turn", "x"], { env: { PARL_CLOCK: "yesterday" } });

    expect(status).toBe(2);
    expect(stderr).toContain("PARL_CLOCK");
  });
});

describe("stdin", () => {
  test.each([
    ["a line", "hello\n", "hello"],
    ["CRLF", "hello\r\n", "hello"],
    ["two line breaks", "hello\n\n", "hello\n"],
    ["no line break", "hello", "hello"],
    ["nothing", "", ""],
    ["a byte-order mark", "\uFEFFhello", "\uFEFFhello"],
  ])("[ARG-4] a prompt of `-` is read from stdin: %s", async (_what, input, prompt) => {
    const { json } = await run(["turn", "-", "--json"], { input });

    expect(json()).toMatchObject({ prompt });
  });

  test("[ARG-4] `-` after `--` is a dash, and an empty prompt is a prompt", async () => {
    expect((await run(["turn", "--json", "--", "-"], { input: "unread" })).json()).toMatchObject({ prompt: "-" });
    expect(await turn("")).toMatchObject({ prompt: "" });
  });

  test("[ARG-4] stdin of 16 MiB is taken, one byte more is `invalid_input`", async () => {
    const limit = 16 * 1024 * 1024;
    const fits = await run(["turn", "-", "--json"], { input: Buffer.alloc(limit, "x") });
    const tooLong = await run(["turn", "-", "--json"], { input: Buffer.alloc(limit + 1, "x") });

    expect(fits.json()["prompt"]).toHaveLength(limit);
    expect(tooLong.status).toBe(1);
    expect(tooLong.json()["prompt"]).toBeNull();
    expect(errorOf(tooLong.json())).toMatchObject({ kind: "invalid_input", operation: "read_prompt" });
  });

  test("[ARG-4] stdin that is not UTF-8 is `invalid_input`", async () => {
    const { json, status } = await run(["turn", "-", "--json"], { input: Buffer.from([0x68, 0xff, 0xfe]) });

    expect(status).toBe(1);
    expect(errorOf(json())).toMatchObject({ kind: "invalid_input", retryable: false });
  });
});

describe("mistakes", () => {
  test("[ARG-8] bad value of a choice option", async () => {
    expect(await mistake(["turn", "hello", "--mode", "fast"])).toBe(
      "argument --mode: invalid choice: 'fast' (choose from 'plan', 'default')",
    );
  });

  test("[ARG-8] missing positional and missing required option", async () => {
    expect(await mistake(["turn"])).toBe("the following arguments are required: prompt");
    expect(await mistake(["mesh", "create"])).toContain("the following arguments are required:");
    expect((await run(["mesh", "create"])).stderr).toContain("the following arguments are required: slug, --out");
  });

  test("[ARG-8] unknown option and surplus positional name the literal token", async () => {
    expect(await mistake(["turn", "hello", "--bogus=1"])).toBe("unrecognized arguments: --bogus=1");
    expect(await mistake(["turn", "hello", "world"])).toBe("unrecognized arguments: world");
    expect(await mistake(["turn", "hello", "-x"])).toBe("unrecognized arguments: -x");
  });

  test("[ARG-8] option without its value", async () => {
    expect(await mistake(["turn", "hello", "--limit"])).toBe("argument --limit: expected one argument");
    expect(await mistake(["turn", "hello", "--session-id", "--details"])).toBe(
      "argument --session-id: expected one argument",
    );
  });

  test.each(["five", "1.5", "1e3", "", "99999999999999999999"])("[ARG-8] bad integer %s", async (value) => {
    expect(await mistake(["turn", "hello", `--limit=${value}`])).toBe(
      `argument --limit: invalid int value: '${value}'`,
    );
  });

  test("[ARG-8] several mistakes are named in one sentence", async () => {
    const message = await mistake(["turn", "--bogus", "--limit=x"]);

    expect(message).toContain("invalid int value: 'x'");
    expect(message).toContain("the following arguments are required: prompt");
    expect(message).toContain("unrecognized arguments: --bogus");
  });

  test("[ARG-8] a flag takes no value", async () => {
    expect(await mistake(["turn", "hello", "--details=yes"])).toContain(
      "argument --details: ignored explicit argument",
    );
  });

  test("[ERR-2] a value of the caller in a message is cut to 200 characters and stays on one line", async () => {
    const message = await mistake(["turn", "hello", `--mode=${"y".repeat(500)}`]);
    const escaped = await mistake(["turn", "hello", "--mode=a\nb\u001b[2J"]);

    expect(message).toContain(`'${"y".repeat(199)}…'`);
    expect(message).not.toContain("y".repeat(200));
    expect(escaped).toContain("'a\\nb\\x1b[2J'");
  });

  test("[ERR-3] the hint of a usage error proposes near names, else the help of the command", async () => {
    const near = await run(["turn", "hello", "--limti", "3", "--json"]);
    const far = await run(["turn", "hello", "--zzzzzzz", "--json"]);

    expect(errorOf(near.json())["hint"]).toContain("--limit");
    expect(errorOf(far.json())["hint"]).toBe("run `parl turn --help`");
  });

  test("[CLI-1] only a command that passes unknown arguments on takes them", async () => {
    const { stdout, status } = await run(["proxy", "-y", "--model", "big", "word", "--", "--json", "-y"]);

    expect(JSON.parse(stdout)).toEqual({ passed: ["--model", "big", "word", "--json", "-y"], yes: true });
    expect(status).toBe(7);
  });
});
