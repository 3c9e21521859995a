import type { Figure } from "../report.ts";
import type { Verdict } from "./mail-account.ts";

/** Something besides loss, repetition and order that a fault must not change. */
export interface Check {
  name: string;
  value: number;
  unit: string;
  gate: string;
  pass: boolean;
}

/** What one kind of fault did to the mail. */
export interface FaultRow {
  rule: string;
  fault: string;
  store: string;
  times: number;
  verdict: Verdict;
  /** A legacy receiver remembers no ids: it may see a message again, and then again in its old place. */
  mayRepeat?: boolean;
  checks: Check[];
}

const REPORTED = "reported";

export function atMost(name: string, value: number, unit: string, most: number): Check {
  return { name, value, unit, gate: `<= ${most}`, pass: value <= most };
}

export function exactly(name: string, value: number, expected: number): Check {
  return { name, value, unit: "", gate: `= ${expected}`, pass: value === expected };
}

export function atLeast(name: string, value: number, least: number): Check {
  return { name, value, unit: "", gate: `>= ${least}`, pass: value >= least };
}

/** A figure that shows how hard the fault hit. */
export function reported(name: string, value: number, unit = ""): Check {
  return { name, value, unit, gate: REPORTED, pass: true };
}

/** The gates of a row. */
export function toFigures({ rule, fault, store, times, verdict, mayRepeat = false, checks }: FaultRow): Figure[] {
  const name = `${fault} (${store}), ${times} x`;
  const count = (what: string, value: number): Figure => ({
    rule,
    name: `${name}: ${what}`,
    value,
    unit: "",
    gate: "= 0",
    pass: value === 0,
  });
  return [
    count(`lost of ${verdict.acked} acknowledged`, verdict.lost),
    ...(mayRepeat ? [] : [count("shown twice", verdict.duplicated)]),
    count("out of order", verdict.outOfOrder),
    count("refused and shown all the same", verdict.ghosts),
    ...checks
      .filter(({ gate }) => gate !== REPORTED)
      .map((check): Figure => ({ rule, ...check, name: `${name}: ${check.name}` })),
  ];
}

/** One line for each fault, for people. */
export function faultTable(rows: readonly FaultRow[]): string {
  const head = [
    "fault",
    "store",
    "times",
    "acked",
    "refused",
    "lost",
    "twice",
    "out of order",
    "refused, yet shown",
    "also checked",
  ];
  const body = rows.map(({ fault, store, times, verdict, mayRepeat = false, checks }) => [
    fault,
    store,
    String(times),
    String(verdict.acked),
    String(verdict.refused),
    String(verdict.lost),
    mayRepeat ? `${verdict.duplicated} (allowed)` : String(verdict.duplicated),
    String(verdict.outOfOrder),
    String(verdict.ghosts),
    checks
      .map(
        (check) =>
          `${check.name} ${Math.round(check.value)}${check.unit === "" ? "" : ` ${check.unit}`}${check.pass ? "" : " FAIL"}`,
      )
      .join("; "),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => (row[column] ?? "").length)));
  return [head, ...body]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
