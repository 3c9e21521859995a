/** The tables of cases are complete: no command, no branch of a schema, no declared error kind without a case [SCH-3]. */
import { ERROR_KINDS, type ErrorKind } from "@parlatory/protocol";
import { expect, test } from "vitest";
import { generalErrorKinds } from "../../src/harness/help.ts";
import { allCases } from "./case-tables.ts";
import { definitions } from "./definitions.ts";
import { branchTitles } from "./envelope-check.ts";
import { goldenFile, listGoldenFiles, mayWriteGolden } from "./golden-file.ts";
import { goldenName } from "./outcome-case.ts";
import { refusalCasesOf } from "./refusal-cases.ts";
import { undeclaredKinds, unproducible } from "./unproducible.ts";

const named = [...definitions].map(([name, definition]) => ({ name, definition }));
const casesOf = (name: string) => allCases.filter(({ command }) => command === name);

/** Shown for every command by `framework-outcomes.test.ts`. */
const everyCommands: readonly string[] = generalErrorKinds;

test("[SCH-3] the cases are of commands that exist, and no two share a golden file", () => {
  expect(definitions.size).toBeGreaterThan(0);
  expect(allCases.filter(({ command }) => !definitions.has(command)).map(goldenName)).toEqual([]);
  const names = allCases.map(goldenName);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(named)("[GEN-3] [SCH-3] $name has a case for each branch of its schema", ({ name, definition }) => {
  const shown = new Set(casesOf(name).flatMap(({ branches }) => branches));
  // A defect, and a signal where the framework handles it, are shown for every command, and so are heartbeats.
  const missing = branchTitles(definition).filter(
    (title) => !shown.has(title) && !["error", "event heartbeat"].includes(title),
  );
  const isText = definition.format === "none";

  expect(isText ? [] : missing).toEqual([]);
  expect(!isText || casesOf(name).some(({ status }) => status === 0)).toBe(true);
});

test.each(named)("[SCH-3] [ERR-3] $name has a case for each error kind it declares", ({ name, definition }) => {
  const produced = new Set<string>([
    ...casesOf(name).flatMap(({ kind }) => kind ?? []),
    ...refusalCasesOf(definition).map(({ kind }) => kind),
  ]);
  const excused = unproducible.filter(({ command }) => command === name).map(({ kind }) => kind);

  expect(definition.errorKinds.filter((kind) => !produced.has(kind) && !excused.includes(kind))).toEqual([]);
  expect(excused.filter((kind) => produced.has(kind) || !definition.errorKinds.includes(kind))).toEqual([]);
  const declared: readonly string[] = [...definition.errorKinds, ...everyCommands];
  expect([...produced].filter((kind) => !declared.includes(kind))).toEqual([]);
});

test("[ERR-3] every kind of the registry is produced by some command's test", () => {
  const produced = new Set<string>([
    ...everyCommands,
    ...allCases.flatMap(({ kind }) => kind ?? []),
    ...named.flatMap(({ definition }) => refusalCasesOf(definition).map(({ kind }) => kind)),
  ]);
  const kinds = Object.keys(ERROR_KINDS) as ErrorKind[];

  expect(kinds.filter((kind) => !produced.has(kind))).toEqual(Object.keys(undeclaredKinds));
});

test("[DET-4] there is a golden file for each case and no other, and only an explicit wish writes one", () => {
  const stems = new Set(allCases.map(goldenName));
  const files = listGoldenFiles();

  expect(files.filter((file) => !stems.has(file.slice(0, file.lastIndexOf("."))))).toEqual([]);
  const known = (name: string) =>
    (["envelope", "stream", "text"] as const).some((kind) => files.includes(goldenFile(name, kind)));
  expect([...stems].filter((name) => !known(name))).toEqual([]);
  expect(mayWriteGolden({ asked: undefined, ci: undefined })).toBe(false);
  expect(mayWriteGolden({ asked: "1", ci: "true" })).toBe(false);
  expect(mayWriteGolden({ asked: "1", ci: undefined })).toBe(true);
});
