import { openCrypto } from "@parlatory/client";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { adminHints, openMeshAccess } from "../server/admin-access.ts";
import { meshSocketUrl } from "../server/create-owned-mesh.ts";
import { chooseAdminMesh } from "./choose-admin-mesh.ts";
import { parseExpiry } from "./parse-expiry.ts";
import { withMeshErrors } from "./mesh-error.ts";

export interface CreateInviteArguments {
  readonly role: "admin" | "member";
  readonly maxUses: number;
  readonly expires: string;
  readonly mesh: string | undefined;
  readonly url: string | undefined;
}

export interface CreatedInvite {
  readonly slug: string;
  readonly id: string;
  readonly link: string;
  readonly role: "admin" | "member";
  readonly max_uses: number;
  readonly expires_at: number;
}

/** Signs an invite with the owner key and registers its hash [CLI-14]. Errors: `forbidden` without that key, those of the REST interface. */
export async function createInvite(
  context: CommandContext,
  { role, maxUses, expires, mesh, url }: CreateInviteArguments,
): Promise<CreatedInvite> {
  const expiresAt = parseExpiry(expires, context.now());
  const wanted = chooseAdminMesh(context, await loadConfig(context.home), mesh);
  const { api, owned } = await openMeshAccess(context, { mesh: wanted, url });
  if (owned === undefined) {
    throw new CommandError({
      kind: "forbidden",
      operation: "create_invite",
      target: wanted,
      message: `the owner key of mesh '${wanted}' is not in this config, and only it can sign an invite`,
      hint: "run the command where the mesh was made; `parl mesh list` shows which are owned here",
    });
  }
  const crypto = await openCrypto();
  const ownerSecretKey = crypto.parseSecretKey(owned.ownerSecretKey);
  const { publicUrl } = context.env;
  const brokerUrl = publicUrl === undefined || publicUrl === "" ? owned.brokerUrl : publicSocketUrl(publicUrl);
  const made =
    ownerSecretKey === undefined
      ? undefined
      : crypto.createInvite(
          {
            mesh_id: owned.meshId,
            mesh_slug: owned.slug,
            broker_url: brokerUrl,
            expires_at: expiresAt,
            mesh_root_key: owned.rootKey,
            role,
          },
          ownerSecretKey,
        );
  if (made?.ok !== true) {
    throw new CommandError({
      kind: "invalid_config",
      operation: "create_invite",
      target: owned.slug,
      message: `the config's entry of the owned mesh '${owned.slug}' makes no invite: ${made?.reason ?? "its owner key is damaged"}`,
    });
  }
  const registered = await withMeshErrors(
    { target: owned.slug, operation: "create_invite", notFound: "mesh_not_found", hints: adminHints },
    () => api.createInvite({ token_hash: made.tokenHash, role, max_uses: maxUses, expires_at: expiresAt }),
  );
  return { slug: owned.slug, id: registered.id, link: made.link, role, max_uses: maxUses, expires_at: expiresAt };
}

/** The address others reach the server at [WS-9]. Errors: `bad_request`. */
function publicSocketUrl(publicUrl: string): string {
  if (!/^https?:\/\/[^/?#\s]/iu.test(publicUrl) || !URL.canParse(publicUrl)) {
    throw new CommandError({
      kind: "bad_request",
      operation: "create_invite",
      target: "PARL_PUBLIC_URL",
      message: "PARL_PUBLIC_URL must be an address that starts with http:// or https://",
      hint: "correct PARL_PUBLIC_URL, or unset it to use the address in the config",
    });
  }
  return meshSocketUrl(new URL(publicUrl).origin);
}
