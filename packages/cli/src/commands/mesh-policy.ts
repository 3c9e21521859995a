import { answer, defineCommand } from "../harness/command.ts";
import { boolean, integer, list, object, oneOf, string } from "../harness/json-schema.ts";
import { adminErrorKinds, urlOption } from "../mesh/command-options.ts";
import { columns } from "../output/columns.ts";

const policies = object({
  requireSessionProof: boolean,
  allowPlaintextGroups: { anyOf: [boolean, oneOf(["auto"])] },
  messageLog: boolean,
  maxPeers: integer,
  workingTtlSeconds: integer,
  rateMessagesPerMinute: integer,
  rateBurst: integer,
  allowLoopbackHooks: boolean,
});

export const command = defineCommand({
  path: ["mesh", "policy"],
  group: "Mesh",
  summary: "show or change the policies of a mesh",
  positionals: [
    { name: "slug", description: "the mesh, by slug or id" },
    { name: "changes", required: false, variadic: true, description: "NAME=VALUE, all or none of them are applied" },
  ],
  options: [urlOption],
  payload: [
    { name: "slug", schema: string, presence: "always", description: "the mesh as given", input: "slug" },
    { name: "policies", schema: policies, presence: "always", description: "all policies as they are now" },
    { name: "changed", schema: list(string), presence: "always", description: "names of those this command set" },
  ],
  errorKinds: adminErrorKinds,
  examples: ["parl mesh policy local", "parl mesh policy local maxPeers=50 messageLog=true"],
  stdout: "envelope",
  run: async (context, args) => {
    const { meshPolicy } = await import("../mesh/mesh-policy.ts");
    return answer(await meshPolicy(context, args), ({ policies: shown, changed }) =>
      columns(
        ["POLICY", "VALUE", ""],
        Object.entries(shown).map(([name, value]) => [name, String(value), changed.includes(name) ? "set now" : ""]),
      ),
    );
  },
});
