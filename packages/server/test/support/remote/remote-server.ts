import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, type RunningServer, type StartOptions } from "../../../src/index.ts";
import { RawClient, type RawFrame } from "../raw-client.ts";

export interface RemoteServer extends RunningServer {
  readonly home: string;
  /** An empty directory for sessions to work in. */
  readonly work: string;
  readonly key: string;
  readonly adminToken: string;
  readonly log: Record<string, unknown>[];
  open(): Promise<RawClient>;
  /** A client whose connect sequence has come whole. */
  connect(message?: Record<string, unknown>): Promise<{ client: RawClient; frames: RawFrame[] }>;
  api(method: string, path: string, body?: unknown, token?: string): Promise<{ status: number; json: unknown }>;
  restart(env?: Record<string, string>): Promise<RemoteServer>;
  end(): Promise<void>;
}

export interface RemoteServerPlan {
  readonly env?: Record<string, string>;
  readonly options?: Partial<StartOptions>;
}

/** The real server with the echo agent, on a free port, with a home and a folder of agent files of its own. */
export async function startRemoteServer(plan: RemoteServerPlan = {}): Promise<RemoteServer> {
  const folder = mkdtempSync(join(tmpdir(), "parl-remote-server-"));
  return start(folder, plan);
}

async function start(folder: string, plan: RemoteServerPlan): Promise<RemoteServer> {
  const home = join(folder, "home");
  const log: Record<string, unknown>[] = [];
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    PARL_HOME: home,
    PARL_PORT: "0",
    PARL_DURABILITY: "normal",
    PARL_REMOTE_DEFAULT_AGENT: "echo",
    PARL_REMOTE_DRAIN_S: "0",
    CLAUDE_CONFIG_DIR: join(folder, "claude"),
    ...plan.env,
  };
  const running = await startServer({
    env,
    writeLog: (line) => log.push(JSON.parse(line) as Record<string, unknown>),
    ...plan.options,
  });
  const key = readFileSync(join(home, "remote-key"), "utf8").trim();
  const adminToken = readFileSync(running.adminTokenPath, "utf8").trim();
  const open = (): Promise<RawClient> => RawClient.open(`${running.url.replace("http", "ws")}/remote`);
  return {
    ...running,
    home,
    work: folder,
    key,
    adminToken,
    log,
    open,

    async connect(message = {}) {
      const client = await open();
      client.send({ type: "connect", session_id: "window-1", api_key: key, ...message });
      await client.find(({ type }) => type === "session_list");
      const frames = [...client.frames];
      client.frames.length = 0;
      client.forgetTaken();
      return { client, frames };
    },

    async api(method, path, body, token = adminToken) {
      const response = await fetch(`${running.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, json: await response.json() };
    },

    async restart(changes = {}) {
      await running.stop();
      return start(folder, { ...plan, env: { ...plan.env, ...changes } });
    },

    async end() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
