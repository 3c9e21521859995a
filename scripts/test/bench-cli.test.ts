import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cliFigures } from "../../bench/cli/cli-figures.ts";
import { measureRounds, type BenchedProgram } from "../../bench/cli/measure-rounds.ts";
import { root } from "../checkout.ts";

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "bench-cli-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const program = (name: string, check: BenchedProgram["check"], rest: Partial<BenchedProgram> = {}): BenchedProgram => ({
  name,
  isFloor: false,
  file: process.execPath,
  argv: ["--print", "Object.keys(process.env).toSorted().join()"],
  cwd: tmpdir(),
  check,
  ...rest,
});

test("[HPERF-1] every program runs once in each round, none twice in a row, with PATH, HOME and TMPDIR alone", () => {
  const order: string[] = [];
  const outputs = new Set<string>();
  const note = (name: string) => program(name, ({ stdout }) => void (order.push(name), outputs.add(stdout)));
  const environment = { PATH: "/bin", HOME: "/", TMPDIR: "/tmp" };

  const times = measureRounds([note("a"), note("b"), note("c")], { rounds: 3, environment });

  expect([...times].map(([name, all]) => [name, all.length])).toEqual([
    ["a", 3],
    ["b", 3],
    ["c", 3],
  ]);
  const rounds = Array.from({ length: 5 }, (_, index) =>
    order
      .slice(index * 3, index * 3 + 3)
      .toSorted()
      .join(""),
  );
  expect(rounds).toEqual(["abc", "abc", "abc", "abc", "abc"]);
  expect([...outputs].map((text) => text.trim().replace(",__CF_USER_TEXT_ENCODING", ""))).toEqual(["HOME,PATH,TMPDIR"]);
});

test("[HPERF-1] a program that did not do its work ends the run", () => {
  const broken = program("broken", () => {
    throw new Error("no envelope");
  });

  expect(() => measureRounds([broken], { rounds: 1, environment: {} })).toThrow("no envelope");
});

test("[HPERF-2] the floor is an empty file, and for commands that save one that writes, syncs and renames", () => {
  const cwd = folder();
  const saving = join(root, "bench/cli/floor-saving.mjs");

  expect(readFileSync(join(root, "bench/cli/floor-empty.mjs"), "utf8").trim()).toBe("");
  measureRounds([program("saving", ({ status }) => expect(status).toBe(0), { argv: [saving], cwd })], {
    rounds: 1,
    environment: {},
  });
  expect(readdirSync(join(cwd, ".floor"))).toEqual(["floor.json"]);
  expect(readFileSync(saving, "utf8").match(/fsyncSync|renameSync/g)).toHaveLength(3);
});

test("[HPERF-3] [HPERF-4] [HPERF-5] [HPERF-6] figures are ratios of medians to their floor, and fail above their gate", () => {
  const named = (name: string, isFloor = false) => program(name, () => undefined, { isFloor });
  const programs = [
    ...["floor: empty", "floor: saving", "floor: listing"].map((name) => named(name, true)),
    ...["parl --version", "parl list-sessions, 10000", "parl route", "python route", "parl bootstrap"].map((name) =>
      named(name),
    ),
  ];
  const times = new Map([
    ["floor: empty", [10, 10, 99]],
    ["floor: saving", [20]],
    ["floor: listing", [30]],
    ["parl --version", [14]],
    ["parl list-sessions, 10000", [61]],
    ["parl route", [20]],
    ["python route", [20]],
    ["parl bootstrap", [40]],
  ]);
  const shown = (hasPython: boolean) =>
    cliFigures(programs, times, hasPython).map(({ rule, name, pass }) => `${rule} ${name}: ${pass}`);

  expect(shown(true)).toEqual([
    "HPERF-3 parl --version: true",
    "HPERF-4 parl list-sessions, 10000: false",
    "HPERF-5 parl route: true",
    "HPERF-6 parl route: false",
    "HPERF-5 parl bootstrap: true",
    "HPERF-6 parl bootstrap: false",
  ]);
  expect(shown(false).filter((line) => line.startsWith("HPERF-6"))).toEqual([
    "HPERF-6 parl route: null",
    "HPERF-6 parl bootstrap: null",
  ]);
});
