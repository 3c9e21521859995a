import { answer, defineCommand } from "../harness/command.ts";
import { list, string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";
import { stateRow } from "../mesh/state-fields.ts";
import { columns } from "../output/columns.ts";

export const command = defineCommand({
  path: ["state", "list"],
  group: "Mesh",
  summary: "list the shared state",
  positionals: [],
  options: [{ name: "prefix", type: "string", placeholder: "P", description: "only keys that begin so" }, meshOption],
  payload: [
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "entries", schema: list(stateRow), presence: "always", description: "ordered by key", verbatim: true },
  ],
  errorKinds: controlErrorKinds,
  examples: ["parl state list", "parl state list --prefix build/ --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { listState } = await import("../mesh/shared-state.ts");
    return answer(await listState(context, args), ({ entries, mesh }) =>
      entries.length === 0
        ? `No state in '${mesh}'.`
        : columns(
            ["KEY", "VERSION", "BY", "AT", "VALUE"],
            entries.map((entry) => [
              entry.key,
              entry.version,
              entry.updated_by,
              entry.updated_at,
              JSON.stringify(entry.value),
            ]),
          ),
    );
  },
});
