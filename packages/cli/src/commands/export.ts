import { answer, defineCommand } from "../harness/command.ts";
import { count, string } from "../harness/json-schema.ts";
import { adminErrorKinds, choiceErrorKinds, meshOption, urlOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["export"],
  group: "Mesh",
  summary: "write policies, members, state and memories of a mesh to a file",
  positionals: [],
  options: [
    {
      name: "out",
      type: "string",
      placeholder: "FILE",
      required: true,
      description: "the file to write (0600); replaced if it exists",
    },
    meshOption,
    urlOption,
  ],
  payload: [
    { name: "path", schema: string, presence: "always", description: "the file written" },
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "members", schema: count, presence: "always", description: "how many members it holds" },
    { name: "state_entries", schema: count, presence: "always", description: "how many state entries it holds" },
    { name: "memories", schema: count, presence: "always", description: "how many memories it holds" },
  ],
  errorKinds: [...new Set([...adminErrorKinds, ...choiceErrorKinds])],
  examples: ["parl export --out local.json", "parl export --mesh crew --out crew.json --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { exportMesh } = await import("../backup/export-mesh.ts");
    return answer(
      await exportMesh(context, args),
      (done) =>
        `Wrote '${done.mesh}' to ${done.path} (members: ${done.members}, state entries: ${done.state_entries}, memories: ${done.memories}). No secret key is in it.`,
    );
  },
});
