import { ApiError, openCrypto } from "@parlatory/client";
import { loadConfig } from "../config/config-file.ts";
import type { OwnedMesh } from "../config/config.ts";
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
  readonly page_url: string;
  readonly role: "admin" | "member";
  readonly max_uses: number;
  readonly expires_at: number;
}

/** Signs an invite with the owner key and registers its hash [CLI-14]. Errors: `forbidden` without that key, those of the REST interface. */
export async function createInvite(
  context: CommandContext,
  { role, maxUses, expires, mesh, url }: CreateInviteArguments,
): Promise<CreatedInvite> {
  const latest = parseExpiry(expires, context.now());
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
  const sign = await openSigner(owned, { role, brokerUrl: inviteBrokerUrl(context, owned) });
  const subject = {
    target: owned.slug,
    operation: "create_invite",
    notFound: "mesh_not_found",
    hints: adminHints,
  } as const;
  return withMeshErrors(subject, async () => {
    // The same words signed in the same second are the same token: later ones end a second earlier.
    for (let expiresAt = latest; ; expiresAt -= 1) {
      const made = sign(expiresAt);
      try {
        const { id } = await api.createInvite({
          token_hash: made.tokenHash,
          role,
          max_uses: maxUses,
          expires_at: expiresAt,
        });
        const { link } = made;
        return {
          slug: owned.slug,
          id,
          link,
          page_url: pageUrl(link),
          role,
          max_uses: maxUses,
          expires_at: expiresAt,
        };
      } catch (thrown) {
        if (!isTaken(thrown) || latest - expiresAt >= maxTwins) throw thrown;
      }
    }
  });
}

/** Where the dashboard shows the invite as a code to be scanned; in the fragment, which no server gets to see ([DASH-6]). */
function pageUrl(link: string): string {
  return `${new URL(link).origin}/mesh/members#invite=${link}`;
}

/** Invites of one mesh, role and end that may be made in one second. */
const maxTwins = 50;

function isTaken(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.code === "bad_request" && thrown.body["field"] === "token_hash";
}

interface Signed {
  readonly link: string;
  readonly tokenHash: string;
}

/** Errors (now or when signing): `invalid_config`. */
async function openSigner(
  owned: OwnedMesh,
  { role, brokerUrl }: { readonly role: "admin" | "member"; readonly brokerUrl: string },
): Promise<(expiresAt: number) => Signed> {
  const unusable = (reason: string): CommandError =>
    new CommandError({
      kind: "invalid_config",
      operation: "create_invite",
      target: owned.slug,
      message: `the config's entry of the owned mesh '${owned.slug}' makes no invite: ${reason}`,
    });
  const crypto = await openCrypto();
  const ownerSecretKey = crypto.parseSecretKey(owned.ownerSecretKey);
  if (ownerSecretKey === undefined) throw unusable("its owner key is damaged");
  const { meshId, slug, rootKey } = owned;
  return (expiresAt) => {
    const fields = {
      mesh_id: meshId,
      mesh_slug: slug,
      broker_url: brokerUrl,
      expires_at: expiresAt,
      mesh_root_key: rootKey,
      role,
    };
    const made = crypto.createInvite(fields, ownerSecretKey);
    if (!made.ok) throw unusable(made.reason);
    return made;
  };
}

/** The address others reach the server at: that of PARL_PUBLIC_URL [WS-9], else the mesh's. Errors: `bad_request`. */
function inviteBrokerUrl({ env: { publicUrl = "" } }: Pick<CommandContext, "env">, { brokerUrl }: OwnedMesh): string {
  if (publicUrl === "") return brokerUrl;
  if (/^https?:\/\/[^/?#\s]/iu.test(publicUrl) && URL.canParse(publicUrl)) {
    return meshSocketUrl(new URL(publicUrl).origin);
  }
  throw new CommandError({
    kind: "bad_request",
    operation: "create_invite",
    target: "PARL_PUBLIC_URL",
    message: "PARL_PUBLIC_URL must be an address that starts with http:// or https://",
    hint: "correct PARL_PUBLIC_URL, or unset it to use the address in the config",
  });
}
