import { answer, defineCommand } from "../harness/command.ts";
import { count, string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["state", "set"],
  group: "Mesh",
  summary: "write one value of the shared state",
  positionals: [
    { name: "key", description: "the key" },
    { name: "value", stdin: true, description: "JSON, else taken as a text; `null` deletes; `-` reads it from stdin" },
  ],
  options: [
    {
      name: "if-version",
      type: "int",
      min: 0,
      placeholder: "N",
      description: "only if this is the current version; 0: only if there is none",
    },
    meshOption,
  ],
  payload: [
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "key", schema: string, presence: "always", description: "the key", input: "key", verbatim: true },
    {
      name: "version",
      schema: count,
      presence: "always",
      description: "version of the key after this write; 0: there is none",
    },
  ],
  errorKinds: [...controlErrorKinds, "version_conflict", "value_too_large", "limit_reached"],
  examples: [
    "parl state set build/status '\"green\"'",
    "parl state set build '{\"ok\":true}' --if-version 3",
    "parl state set build null",
  ],
  stdout: "envelope",
  run: async (context, args) => {
    const { setState } = await import("../mesh/shared-state.ts");
    return answer(await setState(context, args), ({ key, version, mesh }) =>
      version === 0 ? `'${key}' is deleted in '${mesh}'.` : `'${key}' has version ${version} in '${mesh}'.`,
    );
  },
});
