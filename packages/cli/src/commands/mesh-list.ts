import { answer, defineCommand } from "../harness/command.ts";
import { boolean, list, object, string } from "../harness/json-schema.ts";
import { configErrorKinds } from "../mesh/command-options.ts";
import { columns } from "../output/columns.ts";

export const command = defineCommand({
  path: ["mesh", "list"],
  group: "Mesh",
  summary: "list the meshes this machine has joined or owns",
  positionals: [],
  options: [],
  payload: [
    {
      name: "meshes",
      schema: list(
        object({ slug: string, mesh_id: string, name: string, joined: boolean, owned: boolean, broker_url: string }),
      ),
      presence: "always",
      description: "one row a mesh; `owned`: its owner key is kept here",
    },
  ],
  errorKinds: configErrorKinds,
  examples: ["parl mesh list"],
  stdout: "envelope",
  run: async (context) => {
    const { loadConfig } = await import("../config/config-file.ts");
    const { meshes, owned } = await loadConfig(context.home);
    const ownedIds = new Set(owned.map(({ meshId }) => meshId));
    const joinedIds = new Set(meshes.map(({ meshId }) => meshId));
    const rows = [
      ...meshes.map((mesh) => ({ ...pick(mesh), name: mesh.name, joined: true, owned: ownedIds.has(mesh.meshId) })),
      ...owned
        .filter(({ meshId }) => !joinedIds.has(meshId))
        .map((mesh) => ({ ...pick(mesh), name: mesh.slug, joined: false, owned: true })),
    ].map(({ slug, mesh_id, name, joined, owned: isOwned, broker_url }) => ({
      slug,
      mesh_id,
      name,
      joined,
      owned: isOwned,
      broker_url,
    }));
    return answer({ meshes: rows }, (shown) =>
      shown.meshes.length === 0
        ? "No mesh is joined or owned. Start one with `parl up`, or join one with `parl join LINK`."
        : columns(
            ["SLUG", "NAME", "JOINED", "OWNED", "SERVER", "ID"],
            shown.meshes.map((mesh) => [
              mesh.slug,
              mesh.name,
              yes(mesh.joined),
              yes(mesh.owned),
              mesh.broker_url,
              mesh.mesh_id,
            ]),
          ),
    );
  },
});

function pick(mesh: { slug: string; meshId: string; brokerUrl: string }): {
  slug: string;
  mesh_id: string;
  broker_url: string;
} {
  return { slug: mesh.slug, mesh_id: mesh.meshId, broker_url: mesh.brokerUrl };
}

function yes(value: boolean): string {
  return value ? "yes" : "no";
}
