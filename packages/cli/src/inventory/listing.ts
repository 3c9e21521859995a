/** The text of commands and tools: `title` and the number of rows before query and limit, then the rows [CMD-commands-1]. */
import { redactText } from "../harness/redact.ts";
import { escapeText } from "../output/escape.ts";
import type { InventoryRow } from "./inventory.ts";

export interface ListingRequest {
  readonly title: string;
  /** After the filters of the list's own. */
  readonly rows: readonly InventoryRow[];
  /** Undefined or empty: every row. */
  readonly query: string | undefined;
  readonly limit: number;
}

export function listRows({ title, rows, query = "", limit }: ListingRequest): string {
  const wanted = query.toLowerCase();
  const found = rows.filter(({ name, sourceHint }) => `${name}\n${sourceHint}`.toLowerCase().includes(wanted));
  const lines = found.slice(0, limit).map(({ name, sourceHint }) => `- ${name} — ${sourceHint}`);
  const filter = query === "" ? [] : [`Filtered by: ${query}`, ""];
  const all = [`${title}: ${rows.length}`, "", ...filter, ...lines].map((line) => escapeText(redactText(line)));
  // Ended here, so that the empty line stays where no row follows it.
  return `${all.join("\n")}\n`;
}
