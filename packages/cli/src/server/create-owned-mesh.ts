import { MeshApi, createMesh, openCrypto, type ApiClient } from "@parlatory/client";
import type { MeshPolicies } from "@parlatory/protocol";
import { changeConfig } from "../config/config-file.ts";
import type { JoinedMesh, OwnedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";

export interface NewOwnedMesh {
  readonly slug: string;
  readonly name?: string | undefined;
  /** http origin of the broker. */
  readonly url: string;
  readonly memberName: string;
  readonly policies?: Partial<MeshPolicies> | undefined;
}

/**
 * Makes a mesh whose owner key and root key never leave this machine [INV-4], with this machine as its admin member, and
 * puts both into the config [CLI-12]. The keys are in the config before the mesh is used, so that a failure after its
 * creation loses none. Errors: those of `ApiClient.request`, `invalid_config`, `filesystem`.
 */
export async function createOwnedMesh(
  context: Pick<CommandContext, "home" | "now">,
  api: ApiClient,
  { slug, name, url, memberName, policies }: NewOwnedMesh,
): Promise<{ readonly mesh: JoinedMesh; readonly owned: OwnedMesh }> {
  const crypto = await openCrypto();
  const owner = crypto.generateKeyPair();
  const member = crypto.generateKeyPair();
  const rootKey = crypto.generateRootKey();
  const brokerUrl = meshSocketUrl(url);
  // Whatever is wrong with the config is found before anything is made.
  await changeConfig(context.home, (config) => config);
  const created = await createMesh(api, { slug, name, owner_pubkey: owner.publicKey, policies });
  const owned: OwnedMesh = {
    meshId: created.id,
    slug,
    ownerPubkey: owner.publicKey,
    ownerSecretKey: owner.secretKey,
    rootKey,
    brokerUrl,
  };
  await changeConfig(context.home, (config) => ({ ...config, owned: [...config.owned, owned] }));
  const added = await new MeshApi(api, created.id).addMember({
    peer_pubkey: member.publicKey,
    display_name: memberName,
    role: "admin",
  });
  const mesh: JoinedMesh = {
    meshId: created.id,
    memberId: added.id,
    slug,
    name: created.name,
    pubkey: member.publicKey,
    secretKey: member.secretKey,
    brokerUrl,
    rootKey,
    joinedAt: context.now().toISOString(),
  };
  await changeConfig(context.home, (config) => ({ ...config, meshes: [...config.meshes, mesh] }));
  return { mesh, owned };
}

/** The mesh socket of a broker, from its http origin [WS-2]. */
export function meshSocketUrl(origin: string): string {
  return `${origin.replace(/^http/u, "ws")}/ws`;
}
