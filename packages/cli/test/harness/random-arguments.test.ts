/** [FI-15]: whatever stands on the command line, the answer is one that is documented. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import type { AnyCommandDefinition } from "../../src/harness/command.ts";
import type { OutputFormat } from "../../src/harness/format.ts";
import { readInvocation } from "../../src/harness/invocation.ts";
import type { CommandTable } from "../../src/harness/table.ts";
import { loadDefinitions } from "../../src/harness/table.ts";
import { run } from "../support/run-in-process.ts";
import { runParl } from "../support/spawn-parl.ts";

const definitions = [...(await loadDefinitions(commandTable))];

/** They start servers or agents, or take stdin and stdout for a protocol of their own. */
const excluded: ReadonlySet<string> = new Set(["up", "launch", "mcp", "hook"]);
const harmless: CommandTable = Object.fromEntries(Object.entries(commandTable).filter(([name]) => !excluded.has(name)));

let home = "";
beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "parl-random-")));
  mkdirSync(join(home, "work"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Texts that have broken command lines before. */
const oddText = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      "-",
      "--",
      "---",
      "-1",
      "-x",
      "=",
      "--=",
      "a b",
      "é",
      "\ud800",
      "\u2028",
      "0",
      "1e999",
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);

const globalFlag = fc.constantFrom(
  ...["--json", "--output-format", "--output-format=json", "--output-format=text", "--output-format=JSON", "--json=1"],
  ...["--help", "-h", "--version", "-v", "text", "json"],
);

/** Options of a command, right and wrong; never a real agent, never a row that runs something. */
function optionOf({ options }: AnyCommandDefinition): fc.Arbitrary<string[]> {
  const safe = options.filter(({ name }) => name !== "agent" && name !== "allow-tool");
  if (safe.length === 0) return fc.constant([]);
  return fc
    .tuple(fc.constantFrom(...safe.map(({ name }) => name)), oddText, fc.constantFrom("two", "one", "flag", "cut"))
    .map(([name, value, form]) => {
      if (form === "two") return [`--${name}`, value];
      if (form === "one") return [`--${name}=${value}`];
      return [form === "flag" ? `--${name}` : `--${name.slice(0, -1)}`];
    });
}

const argumentVector = fc
  .constantFrom(...definitions.filter(([name]) => !excluded.has(name.split(" ")[0] ?? "")))
  .chain(([name, definition]) =>
    fc.tuple(
      fc.array(globalFlag, { maxLength: 2 }),
      fc.constantFrom(name.split(" "), name.split(" "), [name.slice(0, -1)], []),
      fc.array(
        fc.oneof(
          { weight: 3, arbitrary: optionOf(definition) },
          { weight: 2, arbitrary: oddText.map((text) => [text]) },
          { weight: 1, arbitrary: globalFlag.map((flag) => [flag]) },
        ),
        { maxLength: 4 },
      ),
    ),
  )
  .map(([before, words, after]) => [...before, ...words, ...after.flat()]);

interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** What of the answer no rule allows [ARG-6], [ARG-7], [EXIT-1], [ENV-5], [ENV-6]; `format` is what was asked for. */
function faults({ stdout, stderr, status }: Answer, format: OutputFormat): string[] {
  const found: string[] = [];
  const check = (holds: boolean, fault: string): void => void (holds || found.push(fault));
  check(status !== null && [0, 1, 2, 130].includes(status), `status ${status}`);
  check(!/"kind":"internal"|recorded as incident|\n\s+at .*:\d+:\d+/.test(stdout + stderr), "a defect");
  if (format === "json") {
    check(stderr === "", "something on stderr in json mode");
    check(stdout.endsWith("\n"), "no whole line");
    const envelopes = stdout.split("\n").slice(0, -1).map(parseEnvelope);
    check(envelopes.at(-1)?.["exit_code"] === status, "another status than that of the last envelope");
    const isStream = envelopes.length > 1;
    check(!isStream || envelopes.filter((line) => line["final"] === true).length === 1, "not one final line");
    check(envelopes.length > 0, "no envelope");
  } else {
    check(!stdout.startsWith('{"timestamp"'), "an envelope in text mode");
    const isUsageError = status === 2 && stdout === "";
    check(!isUsageError || (stderr.startsWith("usage: parl") && /^parl: error: .+/m.test(stderr)), "no usage line");
  }
  return found;
}

function parseEnvelope(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const formatOf = (argv: readonly string[], formatVariable: string | undefined): OutputFormat =>
  readInvocation(harmless, { argv, formatVariable, atTerminal: () => false }).format;

const inProcess = (argv: readonly string[], format: string | undefined): Promise<Answer> =>
  run(argv, {
    table: harmless,
    home: join(home, "parl"),
    userHome: home,
    workingDirectory: join(home, "work"),
    // Nothing listens there, so that no server of this machine is asked anything.
    env: {
      PARL_URL: "http://127.0.0.1:9",
      PARL_VALIDATE: "1",
      ...(format === undefined ? {} : { PARL_OUTPUT_FORMAT: format }),
    },
  });

test("[FI-15] [ARG-6] [ARG-7] random arguments always get a documented answer, in either mode", async () => {
  await fc.assert(
    fc.asyncProperty(argumentVector, fc.constantFrom(undefined, "json", "text", "JSON", ""), async (argv, format) => {
      expect(faults(await inProcess(argv, format), formatOf(argv, format))).toEqual([]);
    }),
    { numRuns: 400, seed: 20260102 },
  );
}, 120_000);

test("[FI-15] the property fails for an answer that is not documented", () => {
  const stdout = `{"timestamp":"2026-01-02T03:04:05Z","exit_code":1,"error":{"kind":"parse"}}\n`;
  const good: Answer = { stdout, stderr: "", status: 1 };

  expect(faults(good, "json")).toEqual([]);
  expect(faults({ ...good, status: 0 }, "json")).toEqual(["another status than that of the last envelope"]);
  expect(faults({ ...good, stderr: "a warning\n" }, "json")).toEqual(["something on stderr in json mode"]);
  expect(faults({ ...good, stdout: stdout.replace("parse", "internal") }, "json")).toEqual(["a defect"]);
  expect(faults({ ...good, stdout: stdout + stdout }, "json")).toEqual(["not one final line"]);
  expect(faults(good, "text")).toEqual(["an envelope in text mode"]);
  expect(faults({ stdout: "", stderr: "oops\n", status: 2 }, "text")).toEqual(["no usage line"]);
  expect(faults({ stdout: "", stderr: "", status: 7 }, "text")).toEqual(["status 7"]);
  expect(faults({ stdout: "prose\n", stderr: "", status: 1 }, "json")).not.toEqual([]);
});

test("[FI-15] [ENV-6] the same through the real program", async () => {
  const vectors = fc.sample(
    // A process takes no argument with a NUL or half a character.
    argumentVector.filter((argv) => argv.every((text) => !text.includes("\0") && text.isWellFormed())),
    { numRuns: 24, seed: 20260103 },
  );
  const safe = vectors.filter((argv) => !argv.some((text) => excluded.has(text)));
  for (const [index, argv] of safe.entries()) {
    const format = index % 2 === 0 ? undefined : "json";
    const env = { PARL_URL: "http://127.0.0.1:9", ...(format === undefined ? {} : { PARL_OUTPUT_FORMAT: format }) };
    const answer = await runParl(argv, { home: join(home, "work"), env });
    expect({ argv, faults: faults(answer, formatOf(argv, format)) }).toEqual({ argv, faults: [] });
  }
}, 120_000);
