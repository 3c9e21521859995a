import type { RoutedMatch } from "../inventory/inventory.ts";

/** A match as output has it, with the keys of [RTE-6] and no others. */
export function shownMatch({ kind, row, score }: RoutedMatch): {
  readonly kind: "command" | "tool";
  readonly name: string;
  readonly score: number;
  readonly source_hint: string;
} {
  return { kind, name: row.name, score, source_hint: row.sourceHint };
}
