/** Routing of a prompt to the rows of an inventory by their words [RTE-1..5]. Pure: the same input gives the same matches. */
import { splitWords } from "@parlatory/protocol/words";
import type { Inventory, InventoryRow, RoutedMatch } from "../inventory/inventory.ts";
import { compareCodePoints } from "./compare-code-points.ts";

/** The distinct lower-cased words of a prompt, `/` and `-` counting as spaces [RTE-1]. */
export function tokensOf(prompt: string): string[] {
  const words = splitWords(prompt.replaceAll(/[/-]/gu, " "));
  return [...new Set(words.map((word) => word.toLowerCase()))];
}

/**
 * The rows that share words with the prompt: the best command, the best tool, then the rest of both, at most `limit`
 * (an integer; negative counts as 0) [RTE-4].
 */
export function routePrompt(inventory: Inventory, prompt: string, limit: number): RoutedMatch[] {
  if (limit <= 0) return [];
  const tokens = tokensOf(prompt);
  const commands = scoreRows(inventory.commands, tokens)
    .map(({ row, score }): RoutedMatch => ({ kind: "command", row, score }))
    .sort(byScoreThenName);
  const tools = scoreRows(inventory.tools, tokens)
    .map(({ row, score }): RoutedMatch => ({ kind: "tool", row, score }))
    .sort(byScoreThenName);
  // Stable sorts keep list order, so it needs no comparison of its own.
  const rest = [...commands.slice(1), ...tools.slice(1)].sort(byScoreThenKindThenName);
  return [...commands.slice(0, 1), ...tools.slice(0, 1), ...rest].slice(0, limit);
}

/** How many tokens occur in name, hint or responsibility [RTE-3]; rows with none are left out. */
function scoreRows<Row extends InventoryRow>(
  rows: readonly Row[],
  tokens: readonly string[],
): { readonly row: Row; readonly score: number }[] {
  const scored: { row: Row; score: number }[] = [];
  for (const row of rows) {
    // Joined by a line feed, which no token contains, so that no token matches across two of them.
    const text = `${row.name}\n${row.sourceHint}\n${row.responsibility}`.toLowerCase();
    let score = 0;
    for (const token of tokens) if (text.includes(token)) score += 1;
    if (score > 0) scored.push({ row, score });
  }
  return scored;
}

function byScoreThenName(a: RoutedMatch, b: RoutedMatch): number {
  return b.score - a.score || compareCodePoints(a.row.name, b.row.name);
}

function byScoreThenKindThenName(a: RoutedMatch, b: RoutedMatch): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.kind !== b.kind) return a.kind === "command" ? -1 : 1;
  return compareCodePoints(a.row.name, b.row.name);
}
