/** Every definition of the program, by its words joined by a space. */
import { commandTable } from "../../src/commands/index.ts";
import { loadDefinitions } from "../../src/harness/table.ts";

export const definitions = await loadDefinitions(commandTable);
