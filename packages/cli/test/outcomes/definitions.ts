/** Every definition of the program, by its words joined by a space. */
import { commandTable } from "../../src/commands/index.ts";
import type { AnyCommandDefinition } from "../../src/harness/command.ts";
import { listRoutes } from "../../src/harness/table.ts";

export const definitions = new Map<string, AnyCommandDefinition>();
// TEMPORARY while modules are still being written: missing ones are left out.
for (const route of listRoutes(commandTable)) {
  try {
    const module = await route.load?.();
    if (module !== undefined) definitions.set(route.words.join(" "), module.command);
  } catch (error) {
    if (!String(error).includes("Cannot find module")) throw error;
  }
}
