import { answer, defineCommand } from "../harness/command.ts";
import { list, nullable, object, oneOf, string } from "../harness/json-schema.ts";
import { adminErrorKinds, urlOption } from "../mesh/command-options.ts";
import { columns } from "../output/columns.ts";

export const command = defineCommand({
  path: ["mesh", "members"],
  group: "Mesh",
  summary: "list the members of a mesh, or revoke one",
  positionals: [{ name: "slug", description: "the mesh, by slug or id" }],
  options: [
    { name: "revoke", type: "string", placeholder: "ID", description: "shut this member out for good" },
    urlOption,
  ],
  payload: [
    { name: "slug", schema: string, presence: "always", description: "the mesh as given", input: "slug" },
    {
      name: "revoked",
      schema: nullable(string),
      presence: "always",
      description: "id of the member this command revoked",
    },
    {
      name: "members",
      schema: list(
        object({
          id: string,
          display_name: string,
          role: oneOf(["admin", "member"]),
          pubkey: string,
          joined_at: string,
          last_seen_at: string,
          revoked_at: nullable(string),
        }),
      ),
      presence: "always",
      description: "all members, revoked ones too, in the order they joined",
    },
  ],
  errorKinds: [...adminErrorKinds, "member_not_found"],
  examples: ["parl mesh members local", "parl mesh members local --revoke 0mwqdxwivgqk3rilbyre"],
  stdout: "envelope",
  run: async (context, args) => {
    const { meshMembers } = await import("../mesh/mesh-members.ts");
    return answer(await meshMembers(context, args), ({ members, revoked }) => [
      ...(revoked === null ? [] : [`Revoked ${revoked}; its connections are closed and its key cannot join again.`]),
      ...columns(
        ["NAME", "ROLE", "JOINED", "LAST SEEN", "REVOKED", "ID", "KEY"],
        members.map((member) => [
          member.display_name,
          member.role,
          member.joined_at,
          member.last_seen_at,
          member.revoked_at,
          member.id,
          member.pubkey,
        ]),
      ),
    ]);
  },
});
