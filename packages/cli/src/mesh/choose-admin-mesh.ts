import { chooseMesh } from "../config/choose-mesh.ts";
import type { Config } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";

/**
 * The mesh an admin command acts in, by slug or id: `--mesh` as it is (it need not be joined), else as [CLI-3] says, else
 * the only one owned. Errors: those of `chooseMesh`.
 */
export function chooseAdminMesh(
  context: Pick<CommandContext, "env" | "warn">,
  config: Config,
  wanted: string | undefined,
): string {
  if (wanted !== undefined) return wanted;
  const [onlyOwned, ...others] = config.owned;
  if (config.meshes.length === 0 && onlyOwned !== undefined && others.length === 0) return onlyOwned.meshId;
  return chooseMesh(context, config, undefined).meshId;
}
