import { hostname, userInfo } from "node:os";
import { joinMesh, openCrypto, type HttpPort, type OpenedInvite } from "@parlatory/client";
import { isErrorKind } from "@parlatory/protocol";
import { changeConfig, loadConfig } from "../config/config-file.ts";
import type { Config, JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { homeHttp } from "../server/home-network.ts";

export interface JoinByLinkInput {
  /** Any form of [INV-2]. */
  readonly link: string;
  /** Default: the config's name, else `<user>@<hostname>` [CLI-9]. */
  readonly name?: string | undefined;
  /** Called with what the invite says, after it was checked and before any network use [INV-3]. */
  readonly onChecked?:
    | ((invite: { slug: string; brokerUrl: string; ownerPubkey: string }) => void | Promise<void>)
    | undefined;
}

export interface JoinedByLink {
  readonly mesh: JoinedMesh;
  readonly role: "admin" | "member";
  readonly alreadyMember: boolean;
  readonly ownerPubkey: string;
}

/**
 * Joins a mesh by invite and puts it into the config [CLI-9]. A mesh that is there already keeps its key, so joining again
 * is harmless. Stores nothing unless the broker accepted. Errors: `invite_*`, `member_revoked`, `mesh_not_found`,
 * `server_unreachable`, `storage_unavailable`, `rate_limited`, `invalid_config`, `filesystem`.
 */
export async function joinByLink(
  context: Pick<CommandContext, "home" | "now" | "env">,
  { link, name, onChecked }: JoinByLinkInput,
): Promise<JoinedByLink> {
  const crypto = await openCrypto();
  const opened = crypto.parseInvite(link, context.now().getTime());
  if (!opened.ok) {
    throw new CommandError({
      kind: opened.code,
      target: "invite",
      message: `this invite cannot be used: ${opened.reason}`,
    });
  }
  const { invite } = opened;
  await onChecked?.({ slug: invite.mesh_slug, brokerUrl: invite.broker_url, ownerPubkey: invite.owner_pubkey });
  // Refused before the network, not after: the invite would be used up.
  const config = await loadConfig(context.home);
  const known = config.meshes.find(({ meshId }) => meshId === invite.mesh_id);
  const memberKey =
    known === undefined ? crypto.generateKeyPair() : { publicKey: known.pubkey, secretKey: known.secretKey };
  const joined = await join(opened, {
    memberKey,
    displayName: name ?? defaultMemberName(context, config),
    http: homeHttp(context),
  });
  const mesh: JoinedMesh = {
    ...joined.mesh,
    name: known?.name ?? joined.mesh.slug,
    joinedAt: known?.joinedAt ?? context.now().toISOString(),
  };
  await changeConfig(context.home, (current) => ({ ...current, meshes: withMesh(current.meshes, mesh) }));
  return { mesh, role: joined.role, alreadyMember: joined.alreadyMember, ownerPubkey: invite.owner_pubkey };
}

/** `<user>@<hostname>` unless the config has a name [CLI-9]. */
export function defaultMemberName({ env }: Pick<CommandContext, "env">, config: Config): string {
  if (config.displayName !== undefined && config.displayName.trim() !== "") return config.displayName;
  return `${env.user === undefined || env.user === "" ? userName() : env.user}@${hostname()}`;
}

/** The list with this mesh in the place of an older entry of it, whose unknown keys stay. */
export function withMesh(meshes: readonly JoinedMesh[], mesh: JoinedMesh): JoinedMesh[] {
  const index = meshes.findIndex(({ meshId }) => meshId === mesh.meshId);
  return index === -1 ? [...meshes, mesh] : meshes.with(index, { ...meshes[index], ...mesh });
}

async function join(
  invite: OpenedInvite,
  input: {
    readonly memberKey: { readonly publicKey: string; readonly secretKey: string };
    readonly displayName: string;
    readonly http: HttpPort;
  },
): Promise<Extract<Awaited<ReturnType<typeof joinMesh>>, { ok: true }>> {
  const result = await joinMesh({ invite, ...input, timeoutMs: 8_000 });
  if (result.ok) return result;
  const { code, message, retryable } = result;
  // A code this program does not know yet still is a refusal of the invite, not a defect of ours.
  const kind = isErrorKind(code) && code !== "internal" ? code : "bad_request";
  const target = invite.invite.mesh_slug;
  throw new CommandError({
    kind,
    operation: "join",
    target,
    retryable,
    message: `joining '${target}' failed: ${message}`,
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "parl"; // a user without a name in the system's database, as in some containers
  }
}
