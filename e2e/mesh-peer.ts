import { MeshClient, openCrypto, type MeshApi } from "@parlatory/client";
import { createNodePlatform } from "@parlatory/client/node";

export interface MeshPlace {
  readonly serverUrl: string;
  readonly mesh: MeshApi;
  readonly meshId: string;
  readonly slug: string;
}

export interface MeshPeerOptions {
  readonly role?: string;
  readonly groups?: readonly string[];
}

/** A peer with keys of its own, a member of the mesh from now on, that is connected and takes whatever it gets. To be closed. */
export async function enterMesh(
  { serverUrl, mesh, meshId, slug }: MeshPlace,
  displayName: string,
  { role, groups = [] }: MeshPeerOptions = {},
): Promise<MeshClient> {
  const keys = (await openCrypto()).generateKeyPair();
  const member = await mesh.addMember({ peer_pubkey: keys.publicKey, display_name: displayName, role: "member" });
  const client = new MeshClient({
    mesh: {
      meshId,
      memberId: member.id,
      slug,
      name: slug,
      displayName,
      pubkey: keys.publicKey,
      secretKey: keys.secretKey,
      brokerUrl: `${serverUrl.replace("http", "ws")}/ws`,
    } as ConstructorParameters<typeof MeshClient>[0]["mesh"],
    platform: createNodePlatform(),
    ...(role === undefined ? {} : { role }),
    groups: groups.map((name) => ({ name })),
    receiving: { surface: "automatic" },
  });
  client.on("message", () => undefined);
  client.connect();
  await client.untilReady();
  return client;
}
