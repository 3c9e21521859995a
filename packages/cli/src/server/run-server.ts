/**
 * The server in this very process, from its lock to its drained end: `parl up --foreground`, and what `parl up` starts in
 * the background. It must not know what a broker consists of; that is behind `startServer`.
 *
 * States: locked -> listening -> settled (database up, home settled, announced) -> draining -> ended.
 */
import { setTimeout as wait } from "node:timers/promises";
import { fetchHealth } from "@parlatory/client";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { removeLeadingFile } from "../remote/open-in-browser.ts";
import { localUrl, readAdminToken } from "./admin-access.ts";
import { homeHttp } from "./home-network.ts";
import { acquireInstanceLock } from "./instance-lock.ts";
import { removeServerInfo, writeServerInfo } from "./running-server.ts";
import { openServerLog } from "./server-log.ts";
import { settleHome } from "./settle-home.ts";
import { toStartError } from "./start-error.ts";

export interface RunServerOptions {
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Whoever reaches the server may use the remote [AUTH-9]. */
  readonly noAuth: boolean;
  /** Undefined: the log goes to stderr. */
  readonly logPath: string | undefined;
  /** The server takes connections, its database is up and the home is settled. */
  readonly onListening: (server: ListeningServer) => Promise<void>;
}

export interface ListeningServer {
  readonly url: string;
  readonly storeKind: string;
  readonly adminTokenPath: string;
  readonly meshCreated: string | null;
}

const healthPollMs = 250;

/**
 * Runs until `context.signal` fires, then drains [WS-8]. Answers false, having started nothing, when
 * the server of this home runs already. Errors: `server_start_failed`, `invalid_config`, `filesystem`.
 */
export async function runServer(context: CommandContext, options: RunServerOptions): Promise<boolean> {
  const { home, signal, secondSignal } = context;
  await loadConfig(home);
  const lock = acquireInstanceLock(home);
  if (lock === undefined) return false;
  try {
    await removeServerInfo(home);
    await removeLeadingFile(home);
    const { promise: failed, reject: fail } = Promise.withResolvers<never>();
    failed.catch(() => undefined);
    const server = await start(context, options, fail);
    const stopped = whenAborted(signal);
    const forced = whenAborted(secondSignal);
    try {
      await Promise.race([settleAndAnnounce(context, options, server, signal), failed, stopped]);
      await Promise.race([stopped, failed]);
    } finally {
      await removeServerInfo(home);
      await removeLeadingFile(home);
      await Promise.race([server.stop(), forced]);
    }
    return true;
  } finally {
    lock.release();
  }
}

type RunningServer = Awaited<ReturnType<typeof import("@parlatory/server").startServer>>;

async function start(
  context: CommandContext,
  { host, port, noAuth, logPath }: RunServerOptions,
  fail: (error: unknown) => void,
): Promise<RunningServer> {
  const env = { ...context.childEnvironment(), PARL_HOME: context.home };
  if (host !== undefined) Object.assign(env, { PARL_HOST: host });
  if (port !== undefined) Object.assign(env, { PARL_PORT: String(port) });
  const writeLog = logPath === undefined ? (line: string) => context.note(line.trimEnd()) : openServerLog(logPath);
  const { startServer } = await import("@parlatory/server");
  try {
    return await startServer({ env, writeLog, isAuthOn: !noAuth, onFailed: (error) => fail(toStartError(error)) });
  } catch (thrown) {
    throw toStartError(thrown);
  }
}

async function settleAndAnnounce(
  context: CommandContext,
  { logPath, onListening }: RunServerOptions,
  server: RunningServer,
  signal: AbortSignal,
): Promise<void> {
  const url = localUrl(server.url);
  const http = homeHttp(context);
  while ((await fetchHealth(url, http))?.status !== 200) {
    if (signal.aborted) return;
    await wait(healthPollMs);
  }
  // PARL_TOKEN is for other servers; this one made its own.
  const adminToken = await readAdminToken({ home: context.home, env: { ...context.env, token: undefined } });
  if (adminToken === undefined) {
    throw new CommandError({
      kind: "server_start_failed",
      target: server.adminTokenPath,
      message: `the server started, but its admin token is not in ${server.adminTokenPath}`,
    });
  }
  const { meshCreated } = await settleHome(context, { url, adminToken });
  await writeServerInfo(context.home, {
    pid: context.pid,
    url: server.url,
    startedAt: context.now().toISOString(),
    logPath: logPath ?? null,
  });
  const { storeKind, adminTokenPath } = server;
  await onListening({ url: server.url, storeKind, adminTokenPath, meshCreated });
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
