/** One measured figure with the floor it is held against. `ratio` is value / floor, or floor / value for rates. */
export interface Figure {
  rule: string;
  name: string;
  value: number;
  unit: string;
  /** Measured in the same run. */
  floor?: number | undefined;
  ratio?: number | undefined;
  /** What must hold, in words. */
  gate: string;
  /** Null: it could not be measured here, which is neither. */
  pass: boolean | null;
}

/** Prints the figures as a table, or as one JSON object, and sets the exit status: 1 when a gate fails. */
export function report(figures: readonly Figure[], asJson: boolean): void {
  if (figures.some(({ pass }) => pass === false)) {
    process.exitCode = 1;
    // The test database's package ends the process with status 0 when nothing is left to do; this comes after it.
    process.on("exit", () => (process.exitCode = 1));
  }
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ figures })}\n`);
    return;
  }
  const rows = figures.map(({ rule, name, value, unit, floor, ratio, gate, pass }) => [
    rule,
    name,
    pass === null ? "" : `${round(value)} ${unit}`,
    floor === undefined ? "" : `${round(floor)} ${unit}`,
    ratio === undefined ? "" : ratio.toFixed(2),
    gate,
    pass === null ? "not measured" : pass ? "pass" : "FAIL",
  ]);
  const head = ["rule", "figure", "value", "floor", "ratio", "gate", ""];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  for (const row of [head, ...rows]) {
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Progress for a person who watches; never on stdout, which belongs to the figures. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function round(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}
