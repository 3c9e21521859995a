import { MESH_SLUG_PATTERN } from "@parlatory/protocol";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";
import { adminHints, openAdminApi, serverUrl } from "../server/admin-access.ts";
import { createOwnedMesh } from "../server/create-owned-mesh.ts";
import { defaultMemberName } from "./join-by-link.ts";
import { withMeshErrors } from "./mesh-error.ts";

export interface CreatedMesh {
  readonly slug: string;
  readonly mesh_id: string;
  readonly name: string;
  readonly owner_pubkey: string;
  readonly member_id: string;
  readonly broker_url: string;
}

/** [CLI-12]. Errors: `bad_request`, `slug_taken`, those of the REST interface. */
export async function createMeshCommand(
  context: CommandContext,
  { slug, name, url }: { readonly slug: string; readonly name: string | undefined; readonly url: string | undefined },
): Promise<CreatedMesh> {
  checkSlug(slug);
  const origin = await serverUrl(context, url);
  const api = await openAdminApi(context, origin);
  const memberName = defaultMemberName(context, await loadConfig(context.home));
  const { mesh, owned } = await withMeshErrors({ target: slug, operation: "create_mesh", hints: adminHints }, () =>
    createOwnedMesh(context, api, { slug, name, url: origin, memberName }),
  );
  return {
    slug,
    mesh_id: mesh.meshId,
    name: mesh.name,
    owner_pubkey: owned.ownerPubkey,
    member_id: mesh.memberId,
    broker_url: mesh.brokerUrl,
  };
}

/** Errors: `bad_request`. */
export function checkSlug(slug: string): void {
  if (MESH_SLUG_PATTERN.test(slug)) return;
  throw new CommandError({
    kind: "bad_request",
    operation: "create_mesh",
    target: slug,
    message: `${quoteValue(slug)} is no slug: 2 to 40 of a-z, 0-9 and -`,
    hint: "choose a slug such as `crew-2`",
    detail: { field: "slug" },
  });
}
