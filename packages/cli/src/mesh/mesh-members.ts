import type { MemberBody } from "@parlatory/protocol";
import type { CommandContext } from "../harness/context.ts";
import { adminHints, openMeshAccess } from "../server/admin-access.ts";
import { withMeshErrors } from "./mesh-error.ts";

/** Lists members, after revoking the one given [CLI-12]. Errors: `member_not_found`, those of the REST interface. */
export async function meshMembers(
  context: CommandContext,
  {
    slug,
    revoke,
    url,
  }: { readonly slug: string; readonly revoke: string | undefined; readonly url: string | undefined },
): Promise<{ slug: string; revoked: string | null; members: MemberBody[] }> {
  const { api } = await openMeshAccess(context, { mesh: slug, url });
  const hints = adminHints;
  if (revoke !== undefined) {
    const subject = { target: revoke, operation: "revoke_member", notFound: "member_not_found", hints } as const;
    await withMeshErrors(subject, () => api.revokeMember(revoke));
  }
  const members = await withMeshErrors(
    { target: slug, operation: "list_members", notFound: "mesh_not_found", hints },
    () => api.listMembers(),
  );
  return { slug, revoked: revoke ?? null, members: members.map(toRow) };
}

/** Keys in the order of the command's schema [ENV-2], whatever order the server wrote them in. */
function toRow({ id, display_name, role, pubkey, joined_at, last_seen_at, revoked_at }: MemberBody): MemberBody {
  return { id, display_name, role, pubkey, joined_at, last_seen_at, revoked_at };
}
