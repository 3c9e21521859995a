import { answer, defineCommand } from "../harness/command.ts";
import { count, list, nullable, object, oneOf, string } from "../harness/json-schema.ts";
import { adminErrorKinds, choiceErrorKinds, meshOption, urlOption } from "../mesh/command-options.ts";
import { columns } from "../output/columns.ts";

export const command = defineCommand({
  path: ["invite", "list"],
  group: "Mesh",
  summary: "list the invites of a mesh, without their links",
  positionals: [],
  options: [meshOption, urlOption],
  payload: [
    { name: "mesh", schema: string, presence: "always", description: "the mesh, by slug or id" },
    {
      name: "invites",
      schema: list(
        object({
          id: string,
          role: oneOf(["admin", "member"]),
          max_uses: count,
          used_count: count,
          expires_at: count,
          revoked_at: nullable(string),
        }),
      ),
      presence: "always",
      description: "registered invites; `expires_at` in seconds since the epoch",
    },
  ],
  errorKinds: [...new Set([...adminErrorKinds, ...choiceErrorKinds])],
  examples: ["parl invite list", "parl invite list --mesh crew --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { listInvites } = await import("../mesh/manage-invites.ts");
    return answer(await listInvites(context, args), ({ invites }) =>
      invites.length === 0
        ? "No invites. Make one with `parl invite create`."
        : columns(
            ["ID", "ROLE", "USED", "EXPIRES", "REVOKED"],
            invites.map((invite) => [
              invite.id,
              invite.role,
              `${invite.used_count} of ${invite.max_uses}`,
              new Date(invite.expires_at * 1_000).toISOString(),
              invite.revoked_at,
            ]),
          ),
    );
  },
});
