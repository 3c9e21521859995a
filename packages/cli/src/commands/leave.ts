import { answer, defineCommand } from "../harness/command.ts";
import { boolean, string } from "../harness/json-schema.ts";
import { configErrorKinds } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["leave"],
  group: "Mesh",
  summary: "forget a joined mesh on this machine",
  positionals: [{ name: "slug", description: "the mesh, by slug or id" }],
  options: [],
  payload: [
    { name: "slug", schema: string, presence: "always", description: "the mesh as given", input: "slug" },
    { name: "mesh_id", schema: string, presence: "always", description: "id of the mesh" },
    { name: "still_owned", schema: boolean, presence: "always", description: "the owner key stays in the config" },
  ],
  errorKinds: [...configErrorKinds, "mesh_not_found", "ambiguous"],
  examples: ["parl leave crew"],
  stdout: "envelope",
  run: async (context, { slug }) => {
    const [{ changeConfig, loadConfig }, { findJoinedMesh }] = await Promise.all([
      import("../config/config-file.ts"),
      import("../config/choose-mesh.ts"),
    ]);
    const { meshId } = findJoinedMesh(await loadConfig(context.home), slug);
    const after = await changeConfig(context.home, (config) => ({
      ...config,
      meshes: config.meshes.filter((mesh) => mesh.meshId !== meshId),
    }));
    const stillOwned = after.owned.some((mesh) => mesh.meshId === meshId);
    return answer({ slug, mesh_id: meshId, still_owned: stillOwned }, (left) => [
      `Left '${left.slug}' on this machine; the server still counts it as a member until an admin revokes it.`,
      ...(left.still_owned ? ["Its owner key stays in the config, so invites can still be made here."] : []),
    ]);
  },
});
