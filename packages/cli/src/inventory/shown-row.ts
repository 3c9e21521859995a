/** What show-command and show-tool have in common: everything but the list they look into [CMD-show-tool-1]. */
import { answer, type CommandResult, type PayloadBranch, type PayloadField } from "../harness/command.ts";
import { boolean, literal, oneOf, string } from "../harness/json-schema.ts";
import { redactText } from "../harness/redact.ts";
import { escapeText } from "../output/escape.ts";
import { findRow, unknownRow, type InventoryList } from "./find-row.ts";
import type { InventoryRow } from "./inventory.ts";

const nameField: PayloadField = {
  name: "name",
  schema: string,
  presence: "always",
  description: "the row's own spelling; as given when there is none",
  input: "name",
};

export function shownRowFields(kinds: readonly InventoryRow["kind"][]): PayloadField[] {
  return [
    nameField,
    { name: "found", schema: literal(true), presence: "always", description: "the inventory has it" },
    { name: "source_hint", schema: string, presence: "always", description: "where it comes from" },
    { name: "responsibility", schema: string, presence: "always", description: "what it does" },
    { name: "kind", schema: oneOf(kinds), presence: "always", description: "sort of its source" },
    { name: "mirrored", schema: boolean, presence: "always", description: "it can be shown and routed only, not run" },
  ];
}

export const missingRowBranch: PayloadBranch = {
  outcome: "not_found",
  fields: [
    nameField,
    { name: "found", schema: literal(false), presence: "always", description: "no row has this name" },
  ],
};

/** Errors: `command_not_found` or `tool_not_found`. */
export function showRow(list: InventoryList, rows: readonly InventoryRow[], name: string): CommandResult {
  const row = findRow(rows, name);
  if (row === undefined) {
    throw unknownRow(list, name, {
      payload: { name, found: false },
      text: () => escapeText(`${list === "command" ? "Command" : "Tool"} not found: ${redactText(name)}`),
    });
  }
  return answer(
    {
      name: row.name,
      found: true,
      source_hint: row.sourceHint,
      responsibility: row.responsibility,
      kind: row.kind,
      mirrored: row.handler === undefined,
    },
    (shown) => [shown.name, shown.source_hint, shown.responsibility].map(escapeText),
  );
}
