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
  const commandTexts = inventory.commands.map(searchedText);
  const toolTexts = inventory.tools.map(searchedText);
  const tokens = dropImpossible(tokensOf(prompt), [commandTexts, toolTexts]);
  // Stable sorts keep list order, so it needs no comparison of its own.
  const commands = scoreRows(inventory.commands, commandTexts, tokens)
    .map(({ row, score }): RoutedMatch => ({ kind: "command", row, score }))
    .sort(byScoreThenName);
  const tools = scoreRows(inventory.tools, toolTexts, tokens)
    .map(({ row, score }): RoutedMatch => ({ kind: "tool", row, score }))
    .sort(byScoreThenName);
  const rest = [...commands.slice(1), ...tools.slice(1)].sort(byScoreThenKindThenName);
  return [...commands.slice(0, 1), ...tools.slice(0, 1), ...rest].slice(0, limit);
}

/** Joined by a line feed, which no token contains, so that no token matches across two of them. */
function searchedText({ name, sourceHint, responsibility }: InventoryRow): string {
  return `${name}\n${sourceHint}\n${responsibility}`.toLowerCase();
}

/** How many tokens occur in the text of a row [RTE-3]; rows with none are left out. */
function scoreRows<Row extends InventoryRow>(
  rows: readonly Row[],
  texts: readonly string[],
  tokens: readonly string[],
): { readonly row: Row; readonly score: number }[] {
  const scored: { row: Row; score: number }[] = [];
  for (const [index, row] of rows.entries()) {
    const text = texts[index] ?? "";
    let score = 0;
    for (const token of tokens) if (text.includes(token)) score += 1;
    if (score > 0) scored.push({ row, score });
  }
  return scored;
}

const manyTokens = 500;
const partLength = 3;

/**
 * Leaves out tokens that have a part no row has. Looking for each of the hundred thousand words of a long prompt in each
 * of thousands of rows would take half a minute; nearly all of them are told apart here. Pays only for many tokens.
 */
function dropImpossible(tokens: readonly string[], lists: readonly (readonly string[])[]): readonly string[] {
  if (tokens.length < manyTokens) return tokens;
  const known = new Set<string>();
  for (const text of lists.flat()) for (const part of partsOf(text)) known.add(part);
  return tokens.filter((token) => partsOf(token).every((part) => known.has(part)));
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let end = partLength; end <= text.length; end += 1) parts.push(text.slice(end - partLength, end));
  return parts;
}

function byScoreThenName(a: RoutedMatch, b: RoutedMatch): number {
  return b.score - a.score || compareCodePoints(a.row.name, b.row.name);
}

function byScoreThenKindThenName(a: RoutedMatch, b: RoutedMatch): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.kind !== b.kind) return a.kind === "command" ? -1 : 1;
  return compareCodePoints(a.row.name, b.row.name);
}
