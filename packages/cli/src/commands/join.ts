import { answer, defineCommand } from "../harness/command.ts";
import { boolean, oneOf, string } from "../harness/json-schema.ts";
import { configErrorKinds } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["join"],
  group: "Mesh",
  summary: "join a mesh by an invite link",
  positionals: [{ name: "link", stdin: true, description: "the invite: a link or its token; `-` reads it from stdin" }],
  options: [{ name: "name", type: "string", placeholder: "N", description: "name of this member (<user>@<hostname>)" }],
  payload: [
    { name: "slug", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "mesh_id", schema: string, presence: "always", description: "id of the mesh" },
    { name: "member_id", schema: string, presence: "always", description: "id of this machine's member" },
    { name: "role", schema: oneOf(["admin", "member"]), presence: "always", description: "role the invite gives" },
    {
      name: "already_member",
      schema: boolean,
      presence: "always",
      description: "it was a member before, with the same key",
    },
    { name: "broker_url", schema: string, presence: "always", description: "where the mesh is" },
    {
      name: "owner_key_prefix",
      schema: string,
      presence: "always",
      description: "first 16 hex of the owner's key; compare it with the owner",
    },
  ],
  errorKinds: [
    ...configErrorKinds,
    "invite_malformed",
    "invite_bad_signature",
    "invite_owner_mismatch",
    "invite_not_found",
    "invite_mesh_mismatch",
    "invite_revoked",
    "invite_expired",
    "invite_exhausted",
    "member_revoked",
    "mesh_not_found",
    "server_unreachable",
    "storage_unavailable",
    "rate_limited",
    "value_too_large",
    "bad_request",
  ],
  examples: ["parl join http://127.0.0.1:7900/join/TOKEN", "parl join - --name build-box < invite.txt"],
  stdout: "envelope",
  run: async (context, { link, name }) => {
    const { joinByLink } = await import("../mesh/join-by-link.ts");
    const { escapeText } = await import("../output/escape.ts");
    const { mesh, role, alreadyMember, ownerPubkey } = await joinByLink(context, {
      link,
      name,
      onChecked: (invite) =>
        context.writeText([
          `Mesh   ${escapeText(invite.slug)}`,
          `Server ${escapeText(invite.brokerUrl)}`,
          `Owner  ${invite.ownerPubkey.slice(0, 16)}…`,
        ]),
    });
    return answer(
      {
        slug: mesh.slug,
        mesh_id: mesh.meshId,
        member_id: mesh.memberId,
        role,
        already_member: alreadyMember,
        broker_url: mesh.brokerUrl,
        owner_key_prefix: ownerPubkey.slice(0, 16),
      },
      (joined) =>
        joined.already_member
          ? `This machine is a member of '${joined.slug}' already; its entry is up to date.`
          : `Joined '${joined.slug}' as ${joined.role}. Next: parl launch --mesh ${joined.slug}`,
    );
  },
});
