import type { CommandReference } from "./reference.ts";
import { schemaId } from "./schema-id.ts";
import { findRoute, findRow, listRoutes, type CommandTable } from "./table.ts";

/** The program's knowledge of its own commands; help and schemas are loaded only when asked for. */
export function createReference(table: CommandTable): CommandReference {
  return {
    help: async (words) => {
      const { describeCommand, describeProgram } = await import("./help.ts");
      if (words.length === 0) return describeProgram(table);
      const route = findRoute(table, words);
      return route === undefined ? undefined : describeCommand(route, (await route.load?.())?.command);
    },
    names: ([first = ""]) => {
      const actions = Object.keys(findRow(table, first)?.actions ?? {});
      return actions.length > 0 ? actions.map((action) => `${first} ${action}`) : Object.keys(table);
    },
    schemas: () =>
      listRoutes(table)
        .filter(({ row }) => row.format !== "none")
        .map(({ words }) => ({ command: words.join(" "), schema_id: schemaId(words) })),
    schema: async (words) => {
      const route = findRoute(table, words);
      if (route?.load === undefined || route.row.format === "none") return undefined;
      const { createCommandSchema } = await import("./command-schema.ts");
      const { command } = await route.load();
      return { schema_id: schemaId(words), schema: createCommandSchema(command) };
    },
  };
}
