import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { usageError } from "../harness/usage.ts";
import { loadConfig } from "../config/config-file.ts";
import { runServer } from "./run-server.ts";
import { awaitServerState, type RunningServerInfo } from "./running-server.ts";
import { startBackground, type BackgroundOptions } from "./start-background.ts";

export interface UpArguments {
  readonly foreground: boolean;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly logFile: string | undefined;
  readonly noAuth: boolean;
}

export interface UpServer {
  readonly url: string;
  readonly pid: number;
  readonly home: string;
  readonly log_path: string | null;
  readonly mesh_created: string | null;
  readonly next_steps: readonly string[];
}

export interface UpResult extends UpServer {
  readonly state: "started" | "already_running" | "stopped";
}

/** How long another `parl up` may take to get going before this one gives up on it. */
const startingMs = 15_000;

/**
 * Starts the server of this home unless it runs [CLI-6]; with `foreground` stays until it has ended. Errors:
 * `server_start_failed`, `invalid_config`, `filesystem`.
 */
export async function up(
  context: CommandContext,
  { foreground, host, port, logFile, noAuth }: UpArguments,
  onListening: (server: UpServer) => Promise<void>,
): Promise<UpResult> {
  const { home } = context;
  if (noAuth) mustBeLoopback(host ?? context.childEnvironment()["PARL_HOST"] ?? "127.0.0.1");
  const running = await findRunning(home);
  if (running !== undefined) return { state: "already_running", ...describe(context, running, null) };
  const logPath = chooseLogPath(context, foreground, logFile);
  if (!foreground) {
    return startInBackground(context, { host, port, noAuth, logPath: logPath ?? defaultLogPath(home) });
  }
  let server: UpServer | undefined;
  const ran = await runServer(context, {
    host,
    port,
    noAuth,
    logPath,
    onListening: async ({ url, meshCreated }) => {
      const info = { pid: context.pid, url, logPath: logPath ?? null };
      server = describe(context, info, meshCreated);
      await onListening(server);
    },
  });
  if (!ran) {
    const other = await findRunning(home);
    if (other !== undefined) return { state: "already_running", ...describe(context, other, null) };
  }
  if (server === undefined) {
    throw new CommandError({
      kind: "server_start_failed",
      target: home,
      message: "the server was stopped before it listened",
    });
  }
  return { state: "stopped", ...server };
}

async function startInBackground(context: CommandContext, options: BackgroundOptions): Promise<UpResult> {
  const before = new Set((await loadConfig(context.home)).owned.map(({ meshId }) => meshId));
  const info = await startBackground(context, options);
  const { owned } = await loadConfig(context.home);
  const created = owned.find(({ meshId }) => !before.has(meshId))?.slug ?? null;
  return { state: "started", ...describe(context, info, created) };
}

async function findRunning(home: string): Promise<RunningServerInfo | undefined> {
  const state = await awaitServerState(home, startingMs);
  if (state.name === "running") return state.info;
  if (state.name === "stopped") return undefined;
  throw new CommandError({
    kind: "server_start_failed",
    target: home,
    message: `another process is starting the server of ${home} and has not finished within ${startingMs / 1000} s`,
  });
}

function describe(
  context: Pick<CommandContext, "home" | "program">,
  { pid, url, logPath }: Pick<RunningServerInfo, "pid" | "url" | "logPath">,
  meshCreated: string | null,
): UpServer {
  const parl = programName(context);
  return {
    url,
    pid,
    home: context.home,
    log_path: logPath,
    mesh_created: meshCreated,
    next_steps: [`${parl} launch --name Alice`, `${parl} launch --name Bob`, `${parl} dashboard`],
  };
}

/** Without authentication nobody but this machine may reach the server [AUTH-9]. */
function mustBeLoopback(address: string): void {
  if (address === "localhost" || address === "::1" || /^127(?:\.\d{1,3}){3}$/u.test(address)) return;
  throw usageError(`argument --no-auth: the server would listen on '${address}', which is no loopback address`, {
    hint: "leave out `--no-auth`, or listen on 127.0.0.1",
  });
}

/** `npx parl` in a checkout, where npm put no `parl` on PATH. */
function programName({ program }: Pick<CommandContext, "program">): string {
  try {
    return existsSync(join(dirname(realpathSync(program.entry)), "../src/bin.ts")) ? "npx parl" : "parl";
  } catch {
    return "parl";
  }
}

/** Undefined for stderr: what a supervisor wants, and what would drown a person. */
function chooseLogPath(context: CommandContext, foreground: boolean, logFile: string | undefined): string | undefined {
  if (logFile !== undefined) return resolve(context.workingDirectory, logFile);
  const toStderr = foreground && context.format === "text" && !context.isTerminal.stderr;
  return toStderr ? undefined : defaultLogPath(context.home);
}

function defaultLogPath(home: string): string {
  return join(home, "logs", "server.log");
}
