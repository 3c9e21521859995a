import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_KINDS } from "@parlatory/protocol";
import { expect, test } from "vitest";
import { commandTable } from "../../packages/cli/src/commands/index.ts";
import { loadDefinitions } from "../../packages/cli/src/harness/table.ts";
import { root } from "../checkout.ts";
import { commandReference } from "../schema-documents/command-reference.ts";

const definitions = await loadDefinitions(commandTable);
const text = readFileSync(join(root, "docs/SCHEMAS.md"), "utf8");
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf("\n")), part]),
);

test("[SCH-1] docs/SCHEMAS.md is what the definitions and the golden answers generate", () => {
  expect(commandReference(definitions)).toBe(text);
});

test("[SCH-5] every command has one section with its fields, error kinds, exit codes and an example", () => {
  expect([...sections.keys()]).toEqual([...definitions.keys()]);
  for (const [name, { payload, branches = [], events = [], errorKinds, stdout, format }] of definitions) {
    const section = sections.get(name) ?? "";
    const isText = format === "none";
    const fields = [
      ...payload,
      ...branches.flatMap((branch) => branch.fields),
      ...events.flatMap((event) => event.fields),
    ];
    for (const field of isText || stdout === "own" ? [] : fields) expect(section).toContain(`| \`${field.name}\` |`);
    for (const kind of [...errorKinds, "parse", "interrupted", "internal"]) expect(section).toContain(`\`${kind}\``);
    for (const { type } of events) expect(section).toContain(`\`${type}\``);
    expect(section).toMatch(/^Exit codes: 0, 1(, 2)?, 130/m);
    expect(section).toMatch(isText ? /Example:\n\n```text\n/ : /Example:\n\n```json\n/);
  }
});

test("[SCH-5] [ERR-3] [EXIT-4] the registry of errors and the procedure for callers are in it", () => {
  for (const kind of Object.keys(ERROR_KINDS)) expect(text).toContain(`| \`${kind}\` |`);
  for (const words of ["never retry", "error.retryable", "final_session_reusable", "turn.session_reusable", "130"]) {
    expect(text.toLowerCase()).toContain(words);
  }
});

test("[SCH-5] a command without a golden answer cannot be documented", () => {
  const version = definitions.get("version");
  if (version === undefined) throw new Error("the program has no `version`");

  expect(() => commandReference(new Map([["nosuch", version]]))).toThrow("has no golden answer");
});
