import { escapeText } from "./escape.ts";

/**
 * Rows as aligned columns, two spaces apart, with a heading in capitals. Cells are foreign text and are escaped, so that
 * none can forge a second line [CLI-2].
 */
export function columns(
  heading: readonly string[],
  rows: readonly (readonly (string | number | null | undefined)[])[],
): string[] {
  const cells = [heading, ...rows].map((row) =>
    row.map((cell) => escapeText(cell === null || cell === undefined ? "-" : String(cell))),
  );
  const widths = heading.map((_, column) => Math.max(...cells.map((row) => charactersOf(row[column]))));
  return cells.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - charactersOf(cell))))
      .join("  ")
      .trimEnd(),
  );
}

function charactersOf(text: string | undefined): number {
  return [...(text ?? "")].length;
}
