import { loadConfig } from "../config/config-file.ts";
import type { Config, JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";

const shownKeyChars = 16;

/** The meshes of the config, at least one, and what it says about oneself. */
export interface Membership {
  readonly config: Config;
  readonly meshes: readonly [JoinedMesh, ...JoinedMesh[]];
  /** The mesh just joined by `--join`; there is no other choice then. */
  readonly joined: JoinedMesh | undefined;
}

/** Joins by `link` first, if there is one. Errors: `not_joined`, `invalid_config`, those of joining. */
export async function loadMembership(
  context: CommandContext,
  { link, name }: { readonly link: string | undefined; readonly name: string | undefined },
): Promise<Membership> {
  const joined = link === undefined ? undefined : await join(context, link, name);
  const config = await loadConfig(context.home);
  const [first, ...rest] = config.meshes;
  if (first === undefined) throw new CommandError({ kind: "not_joined", message: "cannot launch: no mesh is joined" });
  return { config, meshes: [first, ...rest], joined };
}

async function join(context: CommandContext, link: string, name: string | undefined): Promise<JoinedMesh> {
  const { joinByLink } = await import("../mesh/join-by-link.ts");
  const { mesh } = await joinByLink(context, {
    link,
    name,
    // What the invite says is shown before anything of it is used [INV-3].
    onChecked: ({ slug, brokerUrl, ownerPubkey }) =>
      context.note(`parl: joining ${slug} on ${brokerUrl} (owner key ${ownerPubkey.slice(0, shownKeyChars)})`),
  });
  return mesh;
}
