/** A real server, homes with memberships, and a program that stands in for `claude` and says how it was started. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createApiClient, createMesh, MeshApi, openCrypto } from "@parlatory/client";
import { nodeHttp } from "@parlatory/client/node";
import { MeshWorld, type MeshPlan } from "../../mcp/support/mesh-world.ts";
import { ParlProcess, type ParlEnd } from "./parl-process.ts";

export interface Started {
  readonly argv: string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
}

export interface LaunchUser {
  /** `HOME`; `PARL_HOME` is `parl` in it. */
  readonly home: string;
  /** Path of the stand-in. */
  readonly claude: string;
  launch(args: readonly string[], env?: Readonly<Record<string, string>>): ParlProcess;
  /** Launches with this much on stdin and waits for the end. */
  run(args: readonly string[], input?: string, env?: Readonly<Record<string, string>>): Promise<ParlEnd>;
}

export class LaunchWorld {
  readonly mesh: MeshWorld;
  readonly #running: ParlProcess[] = [];
  #users = 0;

  private constructor(mesh: MeshWorld) {
    this.mesh = mesh;
  }

  static async open(plans: readonly MeshPlan[]): Promise<LaunchWorld> {
    return new LaunchWorld(await MeshWorld.open(plans));
  }

  /** A user of this machine who is the named member in each of the meshes; `script` is what their `claude` does then. */
  user(
    memberships: readonly [name: string, mesh: number][],
    { script = "", config = {} }: { script?: string; config?: object } = {},
  ): LaunchUser {
    const home = join(this.mesh.root, `user${++this.#users}`);
    mkdirSync(join(home, "bin"), { recursive: true });
    mkdirSync(join(home, "parl"), { mode: 0o700 });
    this.mesh.writeConfig(
      join(home, "parl"),
      memberships.map(([name, mesh]) => this.mesh.entry(name, mesh)),
      { ...config },
    );
    const claude = join(home, "bin", "claude");
    const report = `process.stdout.write(JSON.stringify({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() }) + "\\n");`;
    writeFileSync(claude, `#!${process.execPath}\n${report}\n${script}\n`);
    chmodSync(claude, 0o755);
    const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ParlProcess => {
      const run = new ParlProcess(["launch", ...args], { home, env: { PARL_CLAUDE: claude, ...env } });
      this.#running.push(run);
      return run;
    };
    return {
      home,
      claude,
      launch: start,
      run: (args, input = "", env = {}) => {
        const run = start(args, env);
        run.child.stdin.end(input);
        return run.ended;
      },
    };
  }

  /** Makes one more mesh and answers an invite link to it, for one use. */
  async invite(slug: string): Promise<string> {
    const { brokerUrl } = this.mesh.entry("ada");
    const token = readFileSync(join(this.mesh.root, "server", "admin-token"), "utf8").trim();
    const api = createApiClient({ url: brokerUrl, auth: { kind: "token", token }, http: nodeHttp });
    const crypto = await openCrypto();
    const owner = crypto.generateKeyPair();
    const { id } = await createMesh(api, { slug, owner_pubkey: owner.publicKey });
    const expiresAt = Math.floor(Date.now() / 1000) + 3600;
    const fields = {
      mesh_id: id,
      mesh_slug: slug,
      broker_url: brokerUrl,
      expires_at: expiresAt,
      role: "member",
    } as const;
    const invite = crypto.createInvite({ ...fields, mesh_root_key: crypto.generateRootKey() }, owner.secretKey);
    if (!invite.ok) throw new Error(invite.reason);
    await new MeshApi(api, id).createInvite({
      token_hash: invite.tokenHash,
      role: "member",
      max_uses: 1,
      expires_at: expiresAt,
    });
    return invite.link;
  }

  async end(): Promise<void> {
    for (const run of this.#running) await run.stop("SIGKILL");
    await this.mesh.end();
  }
}

/** What the stand-in said about its start; undefined when it was not started. */
export function startedIn(stdout: string): Started | undefined {
  const line = stdout.split("\n").find((text) => text.startsWith(`{"argv"`));
  return line === undefined ? undefined : (JSON.parse(line) as Started);
}
