import { MeshApi, createApiClient, createMesh, openCrypto, type MeshClient } from "@parlatory/client";
import { nodeHttp } from "@parlatory/client/node";
import { enterMesh } from "../../e2e/mesh-peer.ts";

export interface FurnishedMesh {
  /** To be closed. */
  readonly clients: readonly MeshClient[];
  /** Lets the peers write to each other. */
  readonly talk: () => Promise<void>;
}

/** A mesh at work: peers in several states, shared state, memories. */
export async function furnishMesh(serverUrl: string, token: string): Promise<FurnishedMesh> {
  const api = createApiClient({ url: serverUrl, auth: { kind: "token", token }, http: nodeHttp });
  const crypto = await openCrypto();
  const { id } = await createMesh(api, {
    slug: "crew",
    name: "Crew",
    owner_pubkey: crypto.generateKeyPair().publicKey,
    policies: { messageLog: true, allowPlaintextGroups: true },
  });
  const place = { serverUrl, mesh: new MeshApi(api, id), meshId: id, slug: "crew" };
  const clients: MeshClient[] = [];
  const enter = async (name: string, role: string, groups: string[], summary: string): Promise<MeshClient> => {
    const client = await enterMesh(place, name, { role, groups });
    clients.push(client);
    await client.setSummary(summary);
    return client;
  };
  const ada = await enter("Ada", "backend", ["api", "release"], "Moving the cart total into the pricing service");
  const lin = await enter("Lin", "release lead", ["release"], "Preparing 2.4: waiting for the schema review");
  const kay = await enter("Kay", "reviewer", ["reviewers"], "Reading the migration of orders");
  const sam = await enter("Sam", "frontend", ["web", "release"], "The checkout page, with the new totals");
  await ada.setStatus("working");
  await kay.setStatus("dnd");
  await lin.setState("branch", "release-2.4");
  await lin.setState("deploy", { frozen: true, until: "2026-12-01T12:00:00Z" });
  await ada.setState("schema/orders", "v17");
  await kay.remember("Deploys to staging need the VPN profile “eu-2”", ["staging", "deploy"]);
  await ada.remember("The payment service answers 429 above 50 requests a second: use the queue", ["payments"]);
  await lin.send({ targetSpec: "@release", text: "2.4 is frozen from noon: no more merges", settleMs: 2_000 });
  const keys = new Map(
    (await place.mesh.listPeers({ include_offline: false })).map((peer) => [peer.display_name, peer.pubkey]),
  );
  const say = async (from: MeshClient, to: string, text: string): Promise<void> => {
    await from.send({ targetSpec: keys.get(to) ?? "", text, settleMs: 0 });
  };
  const talk = async (): Promise<void> => {
    await say(ada, "Kay", "Is the schema of orders settled?");
    await say(sam, "Ada", "Which field holds the total now?");
    await say(ada, "Sam", "order.total, in cents");
    await say(lin, "Kay", "Can the review be done by noon?");
  };
  return { clients, talk };
}
