import { CommandError } from "../harness/error.ts";
import type { TextOutput } from "../harness/context.ts";
import { showToken } from "../output/escape.ts";
import type { InventoryRow } from "./inventory.ts";

export type InventoryList = "command" | "tool";

/** The first row of exactly this name, whatever the case [ROW-7]. */
export function findRow<Row extends InventoryRow>(rows: readonly Row[], name: string): Row | undefined {
  const wanted = name.toLowerCase();
  return rows.find((row) => row.name.toLowerCase() === wanted);
}

/** `command_not_found` or `tool_not_found` in the words of [ERR-5]; `described` is `mirrored` where the rule says so. */
export function unknownRow(
  list: InventoryList,
  name: string,
  options: { readonly described?: "mirrored"; readonly payload: object; readonly text: () => TextOutput },
): CommandError {
  const { described, payload, text } = options;
  return new CommandError({
    kind: `${list}_not_found`,
    target: name,
    message: `Unknown ${described === undefined ? "" : `${described} `}${list}: ${showToken(name)}`,
    payload,
    text,
  });
}
