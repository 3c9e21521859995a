import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVER_RUNTIME_OPTIONS } from "../../packages/server/src/runtime-options.ts";
import { createMember, type Member } from "./load-client.ts";

/** Further runtime options for the broker, for profiling: PARL_BENCH_BROKER_ARGS="--cpu-prof". */
const BROKER_ARGS = [
  ...SERVER_RUNTIME_OPTIONS.nodeArguments,
  ...(process.env["PARL_BENCH_BROKER_ARGS"] ?? "").split(" ").filter((arg) => arg !== ""),
];

/** The one that `parl` uses: what the sources compile to is read from it at every start but the first. */
const COMPILE_CACHE = join(tmpdir(), "node-compile-cache");

export interface Vitals {
  cpuUs: number;
  rssBytes: number;
  loopDelayP99Ms: number;
}

export interface SeededMesh {
  meshId: string;
  wsUrl: string;
  members: Member[];
}

/** A broker in its own process on a free port, with a home of its own. */
export class BrokerProcess {
  readonly url: string;
  readonly home: string;
  readonly child: ChildProcess;
  readonly #ownsHome: boolean;

  private constructor(child: ChildProcess, url: string, home: string, ownsHome: boolean) {
    this.child = child;
    this.url = url;
    this.home = home;
    this.#ownsHome = ownsHome;
  }

  /** `databaseUrl` absent: SQLite in the home. `port` 0: any free one. `main`: another program than the usual one. */
  static async start(
    options: {
      databaseUrl?: string | undefined;
      home?: string | undefined;
      port?: number;
      env?: Record<string, string>;
      main?: URL | undefined;
    } = {},
  ): Promise<BrokerProcess> {
    const home = options.home ?? (await mkdtemp(join(tmpdir(), "parl-bench-")));
    const child = fork(options.main ?? new URL("./broker-main.ts", import.meta.url), [], {
      env: {
        ...SERVER_RUNTIME_OPTIONS.environment,
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        PATH: process.env["PATH"] ?? "",
        PARL_HOME: home,
        PARL_PORT: String(options.port ?? 0),
        PARL_LOG_LEVEL: "error",
        ...(options.databaseUrl === undefined ? {} : { PARL_DATABASE_URL: options.databaseUrl }),
        ...options.env,
      },
      execArgv: BROKER_ARGS,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const started = await Promise.race([
      once(child, "message").then(([message]) => message as { url: string }),
      once(child, "exit").then(([code]) =>
        Promise.reject(new Error(`the broker ended with status ${String(code)} before it listened`)),
      ),
    ]);
    return new BrokerProcess(child, started.url, home, options.home === undefined);
  }

  async vitals(): Promise<Vitals> {
    const answer = once(this.child, "message");
    this.child.send("vitals");
    return (await answer)[0] as Vitals;
  }

  async resetLoopDelay(): Promise<void> {
    const answer = once(this.child, "message");
    this.child.send("reset");
    await answer;
  }

  /** A mesh without rate limits and with this many members, through the REST API. */
  async seed(slug: string, members: number, maxPeers = Math.max(100, members + 10)): Promise<SeededMesh> {
    const owner = createMember();
    const policies = { rateMessagesPerMinute: 0, rateBurst: 0, maxPeers };
    const { id: meshId } = await this.post<{ id: string }>("/api/v1/meshes", {
      slug,
      owner_pubkey: owner.pubkey,
      policies,
    });
    const added: Member[] = [];
    for (let i = 0; i < members; i++) {
      const member = createMember();
      const body = { peer_pubkey: member.pubkey, display_name: `member ${i}`, role: "member" };
      const { id } = await this.post<{ id: string }>(`/api/v1/meshes/${meshId}/members`, body);
      added.push({ ...member, memberId: id });
    }
    return { meshId, wsUrl: `${this.url.replace("http", "ws")}/ws`, members: added };
  }

  async post<Answer>(path: string, body: unknown): Promise<Answer> {
    const token = (await readFile(join(this.home, "admin-token"), "utf8")).trim();
    const response = await fetch(`${this.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  /** Ends it properly, or by SIGKILL, and waits until it is gone. */
  async stop(how: "stop" | "kill" = "stop", removeHome = how === "stop"): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, "exit");
      if (how === "kill") this.child.kill("SIGKILL");
      else this.child.send("stop");
      await gone;
    }
    if (removeHome && this.#ownsHome) await rm(this.home, { recursive: true, force: true });
  }
}
