import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";
import type { Config, JoinedMesh } from "./config.ts";

/**
 * The mesh a command acts in [CLI-3]: `--mesh` (slug or id), else `PARL_MESH`, else the only one joined. A `PARL_MESH`
 * that is not joined any more gives a warning and is ignored [CLI-34]. Errors: `mesh_not_found`, `not_joined`,
 * `mesh_required`, `ambiguous`.
 */
export function chooseMesh(
  { env, warn }: Pick<CommandContext, "env" | "warn">,
  config: Config,
  wanted: string | undefined,
): JoinedMesh {
  const { meshes } = config;
  if (wanted !== undefined) return findJoinedMesh(config, wanted);
  if (env.mesh !== undefined && env.mesh !== "") {
    const { mesh } = env;
    if (meshes.some(({ slug, meshId }) => slug === mesh || meshId === mesh)) return findJoinedMesh(config, mesh);
    warn("stale_mesh", `PARL_MESH names ${quoteValue(mesh)}, which is not joined any more; it is ignored`);
  }
  const [only, ...others] = meshes;
  if (only === undefined) throw new CommandError({ kind: "not_joined", message: "no mesh is joined" });
  if (others.length === 0) return only;
  throw new CommandError({
    kind: "mesh_required",
    message: `several meshes are joined: ${listSlugs(config)}`,
    detail: { slugs: meshes.map(({ slug }) => slug) },
  });
}

/** The joined mesh of this slug or id. Errors: `mesh_not_found` naming the joined ones, `ambiguous`. */
export function findJoinedMesh(config: Config, wanted: string): JoinedMesh {
  const byId = config.meshes.find(({ meshId }) => meshId === wanted);
  const [found, ...others] = byId === undefined ? config.meshes.filter(({ slug }) => slug === wanted) : [byId];
  if (found === undefined) {
    const joined = config.meshes.length === 0 ? "none is" : `joined are ${listSlugs(config)}`;
    throw new CommandError({
      kind: "mesh_not_found",
      target: wanted,
      message: `mesh ${quoteValue(wanted)} is not joined; ${joined}`,
      hint: "run `parl list` to see the joined meshes, or `parl join LINK`",
    });
  }
  if (others.length === 0) return found;
  const ids = [found, ...others].map(({ meshId }) => meshId);
  throw new CommandError({
    kind: "ambiguous",
    target: wanted,
    message: `${ids.length} joined meshes are called ${quoteValue(wanted)}`,
    hint: `name one by its id: ${ids.join(", ")}`,
    detail: { mesh_ids: ids },
  });
}

function listSlugs({ meshes }: Config): string {
  return meshes.map(({ slug }) => slug).join(", ");
}
