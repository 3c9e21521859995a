import { answer, defineCommand } from "../harness/command.ts";
import { count, string } from "../harness/json-schema.ts";
import { adminErrorKinds, urlOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["mesh", "seed"],
  group: "Mesh",
  summary: "make a mesh for load tests, with all keys in one file",
  positionals: [],
  options: [
    {
      name: "members",
      type: "int",
      min: 1,
      max: 100_000,
      placeholder: "N",
      required: true,
      description: "how many members it gets",
    },
    {
      name: "out",
      type: "string",
      placeholder: "FILE",
      required: true,
      description: "where keys and invite are written (0600)",
    },
    { name: "slug", type: "string", placeholder: "SLUG", description: "slug of the mesh (a fresh one)" },
    urlOption,
  ],
  payload: [
    { name: "slug", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "mesh_id", schema: string, presence: "always", description: "id of the mesh" },
    { name: "members", schema: count, presence: "always", description: "how many members it has", input: "members" },
    { name: "max_peers", schema: count, presence: "always", description: "policy `maxPeers` of the mesh" },
    { name: "path", schema: string, presence: "always", description: "the file written" },
  ],
  // It makes a mesh of its own and never looks at the config.
  errorKinds: [...adminErrorKinds.filter((kind) => kind !== "invalid_config"), "slug_taken", "limit_reached"],
  examples: ["parl mesh seed --members 100 --out seed.json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { seedMesh } = await import("../mesh/seed-mesh.ts");
    return answer(
      await seedMesh(context, args),
      (seed) => `Made the mesh '${seed.slug}' with ${seed.members} members; their keys are in ${seed.path}.`,
    );
  },
});
