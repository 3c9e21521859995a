import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, type RunningServer } from "@parlatory/server";
import { createApiClient } from "../../src/http/api-client.ts";
import { MeshApi, createMesh } from "../../src/http/mesh-api.ts";
import { MeshClient } from "../../src/mesh-client.ts";
import type { MeshClientOptions, MeshEntry } from "../../src/mesh-client-options.ts";
import { createNodePlatform } from "../../src/node/node-platform.ts";
import { nodeHttp } from "../../src/node/node-http.ts";
import type { KeyPair, SecretKey } from "../../src/crypto/keys.ts";
import { closeLater, crypto } from "./mesh-fixture.ts";

export interface RealMesh {
  server: RunningServer;
  meshId: string;
  rootKey: string;
  owner: KeyPair;
  api: MeshApi;
  /** Adds a member and gives its entry. */
  addMember(name: string): Promise<MeshEntry>;
  /** A client of that entry, connecting; closed at the end of the test. */
  open(mesh: MeshEntry, options?: Partial<MeshClientOptions>): Promise<MeshClient>;
  /** Stops the broker and starts it again on the same port and database. */
  restart(): Promise<void>;
}

/** The real broker with a mesh of its own, everything made through the client's public functions. */
export async function openRealMesh(): Promise<RealMesh> {
  const home = await mkdtemp(join(tmpdir(), "parl-client-"));
  closeLater(() => rm(home, { recursive: true, force: true }));
  const start = (port: string): Promise<RunningServer> =>
    startServer({ env: { PARL_HOME: home, PARL_PORT: port, PARL_DURABILITY: "normal" }, writeLog: () => undefined });
  const real = { server: await start("0") };
  closeLater(() => real.server.stop());
  const { url } = real.server;
  const token = (await readFile(real.server.adminTokenPath, "utf8")).trim();
  const owner = crypto.generateKeyPair();
  const admin = createApiClient({ url, auth: { kind: "token", token }, http: nodeHttp });
  const { id: meshId } = await createMesh(admin, {
    slug: "demo",
    owner_pubkey: owner.publicKey,
    policies: { rateMessagesPerMinute: 0 },
  });
  const rootKey = crypto.generateRootKey();
  const byOwner = createApiClient({ url, auth: ownerAuth(owner.secretKey), http: nodeHttp });
  const api = new MeshApi(byOwner, meshId);
  return {
    get server() {
      return real.server;
    },
    meshId,
    rootKey,
    owner,
    api,
    async addMember(name) {
      const key = crypto.generateKeyPair();
      const member = await api.addMember({ peer_pubkey: key.publicKey, display_name: name, role: "member" });
      return {
        meshId,
        memberId: member.id,
        slug: "demo",
        pubkey: key.publicKey,
        secretKey: key.secretKey,
        brokerUrl: `${url.replace("http", "ws")}/ws`,
        rootKey,
      };
    },
    async open(mesh, options = {}) {
      const client = new MeshClient({ mesh, platform: createNodePlatform(), crypto, ...options });
      closeLater(() => client.close());
      client.connect();
      await client.untilReady();
      return client;
    },
    async restart() {
      const { port } = real.server;
      await real.server.stop();
      real.server = await start(String(port));
    },
  };
}

function ownerAuth(secretKey: SecretKey) {
  return { kind: "owner" as const, secretKey, crypto, nowMs: () => Date.now() };
}
