import { answer, defineCommand } from "../harness/command.ts";
import { list, nullable, object, string } from "../harness/json-schema.ts";
import { configErrorKinds } from "../mesh/command-options.ts";
import { columns } from "../output/columns.ts";

const keyPrefixLength = 16;

export const command = defineCommand({
  path: ["list"],
  group: "Mesh",
  summary: "list the joined meshes with ids, keys and servers",
  positionals: [],
  options: [],
  payload: [
    {
      name: "meshes",
      schema: list(
        object({
          slug: string,
          name: string,
          mesh_id: string,
          member_id: string,
          key_prefix: string,
          broker_url: string,
          joined_at: nullable(string),
        }),
      ),
      presence: "always",
      description: "one row a joined mesh, in the order of joining",
    },
    { name: "config_path", schema: string, presence: "always", description: "the file that has them" },
  ],
  errorKinds: configErrorKinds,
  examples: ["parl list", "parl list --json"],
  stdout: "envelope",
  run: async (context) => {
    const { configPath, loadConfig } = await import("../config/config-file.ts");
    const { meshes } = await loadConfig(context.home);
    const rows = meshes.map(({ slug, name, meshId, memberId, pubkey, brokerUrl, joinedAt }) => ({
      slug,
      name,
      mesh_id: meshId,
      member_id: memberId,
      key_prefix: pubkey.slice(0, keyPrefixLength),
      broker_url: brokerUrl,
      joined_at: typeof joinedAt === "string" ? joinedAt : null,
    }));
    return answer({ meshes: rows, config_path: configPath(context.home) }, (shown) => [
      ...(shown.meshes.length === 0
        ? ["No mesh is joined. Start one with `parl up`, or join one with `parl join LINK`."]
        : columns(
            ["SLUG", "NAME", "SERVER", "KEY", "JOINED", "MESH ID", "MEMBER ID"],
            shown.meshes.map((mesh) => [
              mesh.slug,
              mesh.name,
              mesh.broker_url,
              mesh.key_prefix,
              mesh.joined_at,
              mesh.mesh_id,
              mesh.member_id,
            ]),
          )),
      `Config: ${shown.config_path}`,
    ]);
  },
});
