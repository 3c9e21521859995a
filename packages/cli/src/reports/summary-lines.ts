import type { CommandContext } from "../harness/context.ts";
import { redactText } from "../harness/redact.ts";
import type { Inventory, InventoryRow } from "../inventory/inventory.ts";
import { escapeText } from "../output/escape.ts";
import { turnDefaults } from "../turns/conversation.ts";
import { manifestLines } from "./manifest-lines.ts";
import { readSourceTree } from "./source-modules.ts";

const shownRows = 10;

/** This build, the inventory, and a session as it begins [CMD-summary-1]. */
export function summaryLines(context: Pick<CommandContext, "newId">, inventory: Inventory): string[] {
  return [
    "# Parlatory Workspace Summary",
    "",
    ...manifestLines(readSourceTree()),
    "",
    ...surfaceLines("Command", inventory.source, inventory.commands),
    "",
    ...surfaceLines("Tool", inventory.source, inventory.tools),
    "",
    `Session id: ${context.newId()}`,
    "Conversation turns stored: 0",
    "Permission denials tracked: 0",
    "Usage totals: in=0 out=0",
    `Max turns: ${turnDefaults.maxTurns}`,
    `Max budget tokens: ${turnDefaults.maxBudgetTokens}`,
    "Transcript flushed: False",
  ];
}

function surfaceLines(title: string, source: Inventory["source"], rows: readonly InventoryRow[]): string[] {
  const entries = source === "external" ? "mirrored entries" : "entries";
  return [
    `${title} surface: ${rows.length} ${entries}`,
    ...rows.slice(0, shownRows).map(({ name, handler, responsibility, sourceHint }) => {
      const state = handler === undefined ? "mirrored" : "runnable";
      return escapeText(redactText(`- ${name} [${state}] — ${responsibility} (from ${sourceHint})`));
    }),
  ];
}
