import { answer, defineCommand } from "../harness/command.ts";
import { count, oneOf, string } from "../harness/json-schema.ts";
import { adminErrorKinds, choiceErrorKinds, meshOption, urlOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["invite", "create"],
  group: "Mesh",
  summary: "make an invite link for a mesh owned here",
  positionals: [],
  options: [
    {
      name: "role",
      type: "choice",
      choices: ["admin", "member"],
      default: "member",
      description: "role of who joins by it",
    },
    {
      name: "max-uses",
      type: "int",
      min: 1,
      max: 1_000,
      default: 1,
      placeholder: "N",
      description: "how many may join by it",
    },
    {
      name: "expires",
      type: "string",
      default: "7d",
      placeholder: "WHEN",
      description: "N followed by m, h or d, up to 365d, or an ISO date",
    },
    meshOption,
    urlOption,
  ],
  payload: [
    { name: "slug", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "id", schema: string, presence: "always", description: "id of the invite, for `parl invite revoke`" },
    {
      name: "link",
      schema: string,
      presence: "always",
      description: "the invite; whoever has it can join and read group messages",
      verbatim: true,
    },
    {
      name: "page_url",
      schema: string,
      presence: "always",
      description: "page of the dashboard that shows the link as a code; it holds the link, so it is as secret",
      verbatim: true,
    },
    { name: "role", schema: oneOf(["admin", "member"]), presence: "always", description: "role of who joins by it" },
    { name: "max_uses", schema: count, presence: "always", description: "how many may join by it" },
    { name: "expires_at", schema: count, presence: "always", description: "seconds since the epoch" },
  ],
  errorKinds: [...new Set([...adminErrorKinds, ...choiceErrorKinds])],
  examples: ["parl invite create", "parl invite create --role admin --max-uses 5 --expires 12h --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { createInvite } = await import("../mesh/create-invite.ts");
    return answer(await createInvite(context, args), (invite) => [
      invite.link,
      "",
      `Join '${invite.slug}' with: parl join LINK`,
      `As a code to be scanned: ${invite.page_url}`,
      `For ${invite.max_uses === 1 ? "one use" : `${invite.max_uses} uses`} as ${invite.role}, until ${new Date(invite.expires_at * 1_000).toISOString()}.`,
      "The link is a secret: it holds the key of the mesh's group messages.",
    ]);
  },
});
