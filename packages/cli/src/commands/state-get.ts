import { answer, defineCommand } from "../harness/command.ts";
import { string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";
import { stateFields } from "../mesh/state-fields.ts";

export const command = defineCommand({
  path: ["state", "get"],
  group: "Mesh",
  summary: "read one value of the shared state",
  positionals: [{ name: "key", description: "the key" }],
  options: [meshOption],
  payload: [
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    ...stateFields.map((field) => (field.name === "key" ? { ...field, input: "key" } : field)),
  ],
  errorKinds: [...controlErrorKinds, "state_not_found"],
  examples: ["parl state get build/status", "parl state get build/status --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { getState } = await import("../mesh/shared-state.ts");
    return answer(await getState(context, args), ({ value }) => JSON.stringify(value, null, 2));
  },
});
