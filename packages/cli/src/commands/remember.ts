import { answer, defineCommand } from "../harness/command.ts";
import { string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["remember"],
  group: "Mesh",
  summary: "store a text in the memory of a mesh",
  positionals: [
    { name: "text", stdin: true, description: "what to remember, up to 32,768 bytes; `-` reads it from stdin" },
  ],
  options: [
    { name: "tag", type: "list", placeholder: "T", description: "a tag to find it by; may be given 16 times" },
    meshOption,
  ],
  payload: [
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "id", schema: string, presence: "always", description: "id of the memory" },
  ],
  errorKinds: [...controlErrorKinds, "value_too_large", "limit_reached", "invalid_input"],
  examples: ["parl remember 'deploys are frozen on Fridays' --tag deploy", "parl remember - < notes.md"],
  stdout: "envelope",
  run: async (context, args) => {
    const { remember } = await import("../mesh/memory.ts");
    return answer(await remember(context, args), ({ id, mesh }) => `Remembered in '${mesh}' as ${id}.`);
  },
});
