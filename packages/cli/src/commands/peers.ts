import { answer, defineCommand } from "../harness/command.ts";
import { boolean, list, nullable, object, string, integer, described } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";
import { columns } from "../output/columns.ts";

export const command = defineCommand({
  path: ["peers"],
  group: "Mesh",
  summary: "list who is online in a mesh",
  positionals: [],
  options: [
    { name: "group", type: "string", placeholder: "G", description: "only peers in exactly this group" },
    { name: "all", type: "boolean", description: "members who are offline too" },
    meshOption,
  ],
  payload: [
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    {
      name: "peers",
      schema: list(
        object({
          name: string,
          key: described(string, "session key, or member key of a member who is offline; what to send to"),
          online: boolean,
          connected: described(boolean, "false within the lease after a lost connection"),
          status: nullable(string),
          status_since: nullable(string),
          role: nullable(string),
          groups: list(object({ name: string, role: nullable(string) })),
          summary: nullable(string),
          host: nullable(string),
          cwd: described(nullable(string), "known to the same member and to admin members"),
          pid: nullable(integer),
          agent: described({ type: "object", additionalProperties: string }, "what the client says of its agent"),
          member_id: string,
          member_key: string,
          member_role: nullable(string),
          connected_at: nullable(string),
          last_seen_at: nullable(string),
        }),
      ),
      presence: "always",
      description: "oldest connection first",
    },
  ],
  errorKinds: [...controlErrorKinds, "bad_group"],
  examples: ["parl peers", "parl peers --group reviewers --json", "parl peers --all"],
  stdout: "envelope",
  run: async (context, args) => {
    const { listPeers } = await import("../mesh/list-peers.ts");
    return answer(await listPeers(context, args), ({ mesh, peers }) =>
      peers.length === 0
        ? `Nobody is online in '${mesh}'. Start an agent with: parl launch --mesh ${mesh}`
        : columns(
            ["NAME", "STATUS", "ROLE", "GROUPS", "HOST", "CWD", "KEY"],
            peers.map((peer) => [
              peer.name,
              peer.online ? (peer.connected ? peer.status : `${peer.status ?? "-"} (dropped)`) : "offline",
              peer.role,
              peer.groups.map(({ name, role }) => (role === null ? name : `${name}:${role}`)).join(", ") || null,
              peer.host,
              peer.cwd,
              peer.key,
            ]),
          ),
    );
  },
});
