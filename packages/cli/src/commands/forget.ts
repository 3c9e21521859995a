import { answer, defineCommand } from "../harness/command.ts";
import { boolean, string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["forget"],
  group: "Mesh",
  summary: "remove one memory from a mesh",
  positionals: [{ name: "id", description: "id of the memory, or at least 6 characters of it" }],
  options: [meshOption],
  payload: [
    { name: "id", schema: string, presence: "always", description: "the id as given", input: "id" },
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    {
      name: "forgotten",
      schema: boolean,
      presence: "always",
      description: "it is gone from recall at once and for good after 30 days",
    },
  ],
  errorKinds: [...controlErrorKinds, "memory_not_found", "forbidden"],
  examples: ["parl forget 0mwqdxwgstgkf1tdrbgr"],
  stdout: "envelope",
  run: async (context, args) => {
    const { forget } = await import("../mesh/memory.ts");
    return answer(await forget(context, args), ({ id, mesh }) => `Forgot ${id} in '${mesh}'.`);
  },
});
