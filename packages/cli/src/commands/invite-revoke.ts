import { answer, defineCommand } from "../harness/command.ts";
import { nullable, string } from "../harness/json-schema.ts";
import { adminErrorKinds, choiceErrorKinds, meshOption, urlOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["invite", "revoke"],
  group: "Mesh",
  summary: "make an invite unusable",
  positionals: [{ name: "id", description: "id of the invite, as `parl invite list` shows it" }],
  options: [meshOption, urlOption],
  payload: [
    { name: "id", schema: string, presence: "always", description: "id of the invite", input: "id" },
    { name: "mesh", schema: string, presence: "always", description: "the mesh, by slug or id" },
    { name: "revoked_at", schema: nullable(string), presence: "always", description: "since when it is unusable" },
  ],
  errorKinds: [...new Set([...adminErrorKinds, ...choiceErrorKinds]), "invite_not_found"],
  examples: ["parl invite revoke 0mwqdxwgstgkf1tdrbgr"],
  stdout: "envelope",
  run: async (context, args) => {
    const { revokeInvite } = await import("../mesh/manage-invites.ts");
    return answer(
      await revokeInvite(context, args),
      ({ id }) => `Revoked invite ${id}; nobody can join by it any more.`,
    );
  },
});
