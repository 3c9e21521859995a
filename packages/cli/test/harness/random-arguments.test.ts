/** [FI-15]: whatever stands on the command line, the answer is one that is documented. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import type { AnyCommandDefinition } from "../../src/harness/command.ts";
import type { CommandTable } from "../../src/harness/table.ts";
import { loadDefinitions } from "../../src/harness/table.ts";
import { errorOf, run } from "../support/run-in-process.ts";
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

/** What [ARG-6], [ARG-7], [EXIT-1] and [ENV-6] leave: one envelope, help, a usage error, or text. */
function expectDocumented({ stdout, stderr, status }: Answer): void {
  expect([0, 1, 2, 130]).toContain(status);
  expect(stdout + stderr).not.toMatch(/"kind":"internal"|recorded as incident|\n\s+at .*:\d+:\d+/);
  if (stdout.startsWith('{"timestamp"')) {
    expect(stderr).toBe("");
    const lines = stdout.split("\n");
    expect(lines.at(-1)).toBe("");
    const envelopes = lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(envelopes.at(-1)?.["exit_code"]).toBe(status);
    expect(errorOf(envelopes.at(-1) ?? {})["kind"]).not.toBe("internal");
    if (envelopes.length > 1) expect(envelopes.filter((line) => line["final"] === true)).toHaveLength(1);
  } else if (status === 2 && stdout === "") {
    expect(stderr).toMatch(/^usage: parl/);
    expect(stderr).toMatch(/^parl: error: .+/m);
  }
}

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
      expectDocumented(await inProcess(argv, format));
    }),
    { numRuns: 400, seed: 20260102 },
  );
}, 120_000);

test("[FI-15] the property fails for an answer that is not documented", () => {
  const good = `{"timestamp":"2026-01-02T03:04:05Z","exit_code":1,"error":{"kind":"parse"}}\n`;

  expect(() => expectDocumented({ stdout: good, stderr: "", status: 1 })).not.toThrow();
  expect(() => expectDocumented({ stdout: good, stderr: "", status: 0 })).toThrow();
  expect(() => expectDocumented({ stdout: good, stderr: "a warning\n", status: 1 })).toThrow();
  expect(() => expectDocumented({ stdout: good.replace("parse", "internal"), stderr: "", status: 1 })).toThrow();
  expect(() => expectDocumented({ stdout: "", stderr: "oops\n", status: 2 })).toThrow();
  expect(() => expectDocumented({ stdout: "", stderr: "", status: 7 })).toThrow();
});

test("[FI-15] [ENV-6] the same through the real program", async () => {
  const vectors = fc.sample(
    // A process takes no argument with a NUL or half a character.
    argumentVector.filter((argv) => argv.every((text) => !text.includes("\0") && text.isWellFormed())),
    { numRuns: 24, seed: 20260103 },
  );
  const safe = vectors.filter((argv) => !argv.some((text) => excluded.has(text)));
  for (const [index, argv] of safe.entries()) {
    const env = { PARL_URL: "http://127.0.0.1:9", ...(index % 2 === 0 ? {} : { PARL_OUTPUT_FORMAT: "json" }) };
    expectDocumented(await runParl(argv, { home: join(home, "work"), env }));
  }
}, 120_000);
