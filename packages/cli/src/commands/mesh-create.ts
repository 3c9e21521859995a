import { answer, defineCommand } from "../harness/command.ts";
import { string } from "../harness/json-schema.ts";
import { adminErrorKinds, urlOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["mesh", "create"],
  group: "Mesh",
  summary: "make a mesh on the server, with its owner key kept here",
  positionals: [{ name: "slug", description: "2 to 40 of a-z, 0-9 and -; unique on the server" }],
  options: [
    { name: "name", type: "string", placeholder: "N", description: "name shown to people (the slug)" },
    urlOption,
  ],
  payload: [
    { name: "slug", schema: string, presence: "always", description: "slug of the mesh", input: "slug" },
    { name: "mesh_id", schema: string, presence: "always", description: "id of the mesh" },
    { name: "name", schema: string, presence: "always", description: "name shown to people" },
    {
      name: "owner_pubkey",
      schema: string,
      presence: "always",
      description: "public half of the owner key; the other half is in the config only",
    },
    { name: "member_id", schema: string, presence: "always", description: "id of this machine's member, an admin" },
    { name: "broker_url", schema: string, presence: "always", description: "where peers connect" },
  ],
  errorKinds: [...adminErrorKinds, "slug_taken"],
  examples: ["parl mesh create crew", "parl mesh create crew --name 'The crew' --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { createMeshCommand } = await import("../mesh/create-mesh.ts");
    return answer(await createMeshCommand(context, args), (mesh) => [
      `Made the mesh '${mesh.slug}' (${mesh.mesh_id}) on ${mesh.broker_url}.`,
      `This machine owns it and is a member. Invite others with: parl invite create --mesh ${mesh.slug}`,
    ]);
  },
});
