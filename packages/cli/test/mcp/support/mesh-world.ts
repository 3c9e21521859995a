import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createApiClient,
  MeshClient,
  openCrypto,
  type IncomingMessage,
  type MeshClientOptions,
  type MeshCrypto,
  type MeshEntry,
} from "@parlatory/client";
import { createNodePlatform, nodeHttp } from "@parlatory/client/node";
import { FakeSession } from "./fake-session.ts";
import { McpProcess } from "./mcp-process.ts";

const ROOT_KEY = Buffer.alloc(32, 5).toString("base64url");

export interface MeshPlan {
  slug: string;
  /** Names; the first is an admin. */
  members: readonly string[];
}

interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly adminTokenPath: string;
  stop(): Promise<void>;
}

/** A real server, homes of its members, and everything a test starts; `end` stops all of it. */
export class MeshWorld {
  readonly root = mkdtempSync(join(tmpdir(), "parl-mcp-"));
  readonly #crypto: MeshCrypto;
  readonly #entries: Map<string, MeshEntry>[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];
  #server: RunningServer | undefined;
  #homes = 0;

  private constructor(crypto: MeshCrypto) {
    this.#crypto = crypto;
  }

  static async open(plans: readonly MeshPlan[] = [{ slug: "mesh-1", members: ["ada", "grace"] }]): Promise<MeshWorld> {
    const world = new MeshWorld(await openCrypto());
    await world.startServer();
    for (const plan of plans) await world.#plant(plan);
    return world;
  }

  /** Starts the server, again on the same database; on a port of its choice unless told. */
  async startServer(port = 0): Promise<void> {
    const { startServer } = await import("@parlatory/server");
    const env = {
      PARL_HOME: join(this.root, "server"),
      PARL_PORT: String(port),
      PARL_DURABILITY: "normal",
      PARL_LOG_LEVEL: "error",
    };
    this.#server = await startServer({ env });
  }

  /** Answers the port it had. */
  async stopServer(): Promise<number> {
    const port = this.#running.port;
    await this.#running.stop();
    this.#server = undefined;
    return port;
  }

  entry(name: string, mesh = 0): MeshEntry {
    const found = this.#entries[mesh]?.get(name);
    if (found === undefined) throw new Error(`no member ${name}`);
    return found;
  }

  /** A new `PARL_HOME` whose config has these memberships. */
  home(entries: readonly MeshEntry[], more: Record<string, unknown> = {}): string {
    const home = join(this.root, `h${++this.#homes}`);
    mkdirSync(home, { mode: 0o700 });
    this.writeConfig(home, entries, more);
    return home;
  }

  writeConfig(home: string, entries: readonly MeshEntry[], more: Record<string, unknown> = {}): void {
    const meshes = entries.map((entry) => ({ ...entry, name: "m", joinedAt: "2026-01-01T00:00:00.000Z" }));
    writeFileSync(join(home, "config.json"), JSON.stringify({ version: 1, meshes, owned: [], ...more }), {
      mode: 0o600,
    });
  }

  /** Starts `parl mcp`; `home` or memberships say whose. */
  mcp(env: Record<string, string>): McpProcess {
    const mcp = new McpProcess(env);
    this.#closers.push(() =>
      mcp.child.exitCode === null && mcp.child.signalCode === null ? mcp.kill() : Promise.resolve(),
    );
    return mcp;
  }

  /** A session's inbox socket, as an agent gives it to its children. */
  async session(): Promise<FakeSession> {
    const session = await FakeSession.open(join(this.root, `s${++this.#homes}.sock`));
    this.#closers.push(() => session.close());
    return session;
  }

  /** Another peer, connected. Messages it gets are kept and surfaced. */
  async peer(name: string, options: Partial<MeshClientOptions> = {}, mesh = 0): Promise<Peer> {
    const client = new MeshClient({
      mesh: this.entry(name, mesh),
      platform: createNodePlatform(),
      crypto: this.#crypto,
      sessionKey: this.#crypto.generateKeyPair(),
      displayName: name,
      ...options,
    });
    const peer = new Peer(client);
    this.#closers.push(() => client.close());
    client.connect();
    await client.untilReady();
    return peer;
  }

  /** Waits until a peer of this name is listed. */
  async present(peer: Peer, name: string): Promise<string> {
    return await eventually(async () => {
      const found = (await peer.client.listPeers()).find((row) => row.displayName === name && row.connected !== false);
      return found?.pubkey;
    });
  }

  async end(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
    await this.#server?.stop();
    rmSync(this.root, { recursive: true, force: true });
  }

  get #running(): RunningServer {
    if (this.#server === undefined) throw new Error("the server does not run");
    return this.#server;
  }

  async #plant({ slug, members }: MeshPlan): Promise<void> {
    const { url, adminTokenPath } = this.#running;
    const token = readFileSync(adminTokenPath, "utf8").trim();
    const api = createApiClient({ url, auth: { kind: "token", token }, http: nodeHttp });
    const owner = this.#crypto.generateKeyPair();
    const mesh = await api.request<{ id: string }>({
      method: "POST",
      path: ["meshes"],
      body: { slug, owner_pubkey: owner.publicKey },
    });
    const entries = new Map<string, MeshEntry>();
    for (const [index, name] of members.entries()) {
      const key = this.#crypto.generateKeyPair();
      const member = await api.request<{ id: string }>({
        method: "POST",
        path: ["meshes", mesh.body.id, "members"],
        body: { peer_pubkey: key.publicKey, display_name: name, role: index === 0 ? "admin" : "member" },
      });
      entries.set(name, {
        meshId: mesh.body.id,
        memberId: member.body.id,
        slug,
        pubkey: key.publicKey,
        secretKey: key.secretKey,
        brokerUrl: `${url.replace("http:", "ws:")}/ws`,
        rootKey: ROOT_KEY,
      });
    }
    this.#entries.push(entries);
  }
}

export class Peer {
  readonly client: MeshClient;
  readonly messages: IncomingMessage[] = [];

  constructor(client: MeshClient) {
    this.client = client;
    client.on("message", (message) => {
      this.messages.push(message);
      message.surfaced();
    });
  }

  async message(fits: (message: IncomingMessage) => boolean = () => true): Promise<IncomingMessage> {
    return await eventually(async () => this.messages.find(fits));
  }

  /** State of the only recipient, once `wanted` is reached. */
  async reaches(messageId: string, wanted: string): Promise<string[]> {
    return await eventually(async () => {
      const row = (await this.client.messageStatus(messageId)).recipients[0];
      return row?.state === wanted ? row.path.map((step) => step.state) : undefined;
    });
  }
}

/** Asks again until there is an answer; for what another process does in its own time. */
export async function eventually<Value>(
  ask: () => Promise<Value | undefined> | Value | undefined,
  timeoutMs = 10_000,
): Promise<Value> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (performance.now() > until) throw new Error(`did not happen within ${timeoutMs} ms: ${ask.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
