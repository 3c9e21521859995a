import type { CommandContext } from "../harness/context.ts";
import type { Inventory } from "./inventory.ts";

/** What an inventory is built from. */
export type InventoryContext = Pick<CommandContext, "env" | "workingDirectory" | "userHome" | "warn">;

export interface InventoryRequest {
  /** `--inventory`; undefined: `PARL_INVENTORY`, and without that the rows found here. */
  readonly directory: string | undefined;
  /** Absolute; where project rows are looked for [ROW-8]. Default: the current directory. */
  readonly workingDirectory?: string | undefined;
}

/**
 * Builds the inventory of this run: own rows [ROW-1], or those of an external inventory [ROW-5]. Reads files, runs
 * nothing. Parts that cannot be used give the warning `inventory_row_skipped`. Errors: `invalid_inventory`.
 */
export async function loadInventory(context: InventoryContext, request: InventoryRequest): Promise<Inventory> {
  const { inventory: variable } = context.env;
  const directory = request.directory ?? (variable === "" ? undefined : variable);
  if (directory !== undefined) {
    const { readExternalInventory } = await import("./external-inventory.ts");
    return readExternalInventory(context, directory);
  }
  const { buildOwnInventory } = await import("./own-inventory.ts");
  return buildOwnInventory(context, request.workingDirectory ?? context.workingDirectory);
}
