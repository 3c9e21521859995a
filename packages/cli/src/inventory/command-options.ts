import type { IntegerOption, ListOption, StringOption } from "../harness/command.ts";

export const inventoryOption = {
  name: "inventory",
  type: "string",
  placeholder: "DIR",
  env: "PARL_INVENTORY",
  description: "use DIR/commands.json and DIR/tools.json in place of what is found here",
} as const satisfies StringOption;

export const allowToolOption = {
  name: "allow-tool",
  type: "list",
  placeholder: "NAME",
  description: "permit this tool, which is refused by default; repeatable",
} as const satisfies ListOption;

/** Of the commands that list rows as text [CMD-commands-1]. */
export const listingOptions = [
  { name: "limit", type: "int", default: 20, clampNegative: true, description: "how many rows to print at most" },
  { name: "query", type: "string", placeholder: "Q", description: "only rows with this in name or hint, in any case" },
] as const satisfies readonly (IntegerOption | StringOption)[];
