import type { MeshApi } from "@parlatory/client";
import type { InviteBody } from "@parlatory/protocol";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { adminHints, openMeshAccess } from "../server/admin-access.ts";
import { chooseAdminMesh } from "./choose-admin-mesh.ts";
import { withMeshErrors } from "./mesh-error.ts";

interface Where {
  readonly mesh: string | undefined;
  readonly url: string | undefined;
}

/** [CLI-14]. Errors: those of the REST interface and of choosing a mesh. */
export async function listInvites(
  context: CommandContext,
  where: Where,
): Promise<{ mesh: string; invites: InviteBody[] }> {
  const { mesh, api } = await open(context, where);
  const subject = { target: mesh, operation: "list_invites", notFound: "mesh_not_found", hints: adminHints } as const;
  return { mesh, invites: await withMeshErrors(subject, () => api.listInvites()) };
}

/** [CLI-14]. Errors: `invite_not_found`, those of the REST interface and of choosing a mesh. */
export async function revokeInvite(
  context: CommandContext,
  { id, ...where }: Where & { readonly id: string },
): Promise<{ id: string; mesh: string; revoked_at: string | null }> {
  const { mesh, api } = await open(context, where);
  const hints = { ...adminHints, invite_not_found: "run `parl invite list` to see the ids" };
  const subject = { target: id, operation: "revoke_invite", notFound: "invite_not_found", hints } as const;
  const { revoked_at } = await withMeshErrors(subject, () => api.revokeInvite(id));
  return { id, mesh, revoked_at };
}

async function open(context: CommandContext, { mesh: wanted, url }: Where): Promise<{ mesh: string; api: MeshApi }> {
  const config = await loadConfig(context.home);
  const chosen = chooseAdminMesh(context, config, wanted);
  const { api } = await openMeshAccess(context, { mesh: chosen, url });
  const named = [...config.meshes, ...config.owned].find(({ meshId }) => meshId === chosen);
  return { mesh: named?.slug ?? chosen, api };
}
