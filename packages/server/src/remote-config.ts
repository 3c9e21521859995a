/**
 * The settings of the remote: `remote.*`, `commands.*` and `agents`. A bad value, and a name that no setting has, stops the
 * start and is named; its value is not shown.
 */
import { ConfigError, type Environment } from "./config.ts";
import {
  PushSettingsError,
  parsePushSettings,
  type PushTargetSettings,
} from "./sessions/notifications/push-settings.ts";
import { SETTINGS_FILE_NAME, expandHome, isObject, readSettingsFile, type GivenSetting } from "./settings-file.ts";

export interface AgentConfig {
  readonly driver: "claude" | "acp" | "echo";
  readonly command?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly model?: string | undefined;
  /** Beside those built in ([AGENT-14]); owned by the driver. */
  readonly quirks?: Readonly<Record<string, unknown>> | undefined;
}

export interface RemoteConfig {
  readonly roots: readonly string[];
  readonly defaultDirectory: string;
  readonly defaultAgent: string;
  readonly maxRuns: number;
  readonly maxProcesses: number;
  readonly runTimeoutMs: number;
  readonly drainMs: number;
  readonly permissionTimeoutMs: number;
  readonly allowBypass: boolean;
  readonly sweepMs: number;
  readonly push: readonly PushTargetSettings[];
  readonly commands: { readonly make: boolean; readonly retentionDays: number };
  readonly agents: Readonly<Record<string, AgentConfig>>;
}

const SETTINGS: ReadonlySet<string> = new Set([
  "remote.roots",
  "remote.default_directory",
  "remote.default_agent",
  "remote.max_runs",
  "remote.max_processes",
  "remote.run_timeout_s",
  "remote.drain_s",
  "remote.permission_timeout_s",
  "remote.allow_bypass",
  "remote.sweep_s",
  "remote.push",
  "commands.make",
  "commands.retention_days",
]);
const DRIVERS = ["claude", "acp", "echo"] as const;
/** Timers of the platform hold 31 bits. */
const MAX_TIMER_S = 2_147_483;

/** Reads the file and the environment. Raises ConfigError for the first bad setting. */
export function readRemoteConfig(env: Environment, home: string, userHome: string): RemoteConfig {
  const given = readSettingsFile(env, home, SETTINGS);
  const integer = (setting: string, fallback: number, least: number, most: number): number => {
    const found = given(setting);
    if (found === undefined) return fallback;
    const { value, name } = found;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new ConfigError(name, `must be an integer from ${least} to ${most}`);
  };
  const flag = (setting: string, fallback: boolean): boolean => {
    const found = given(setting);
    if (found === undefined) return fallback;
    if (typeof found.value === "boolean") return found.value;
    throw new ConfigError(found.name, "must be true or false");
  };
  const agents = toAgents(given("agents"));
  return Object.freeze({
    roots: toPaths(given("remote.roots"), userHome),
    defaultDirectory: toPaths(given("remote.default_directory"), userHome)[0] ?? userHome,
    defaultAgent: toDefaultAgent(given("remote.default_agent"), agents),
    maxRuns: integer("remote.max_runs", 8, 1, 1_000),
    maxProcesses: integer("remote.max_processes", 8, 1, 1_000),
    runTimeoutMs: integer("remote.run_timeout_s", 86_400, 1, MAX_TIMER_S) * 1_000,
    drainMs: integer("remote.drain_s", 10, 0, 3_600) * 1_000,
    permissionTimeoutMs: integer("remote.permission_timeout_s", 600, 1, MAX_TIMER_S) * 1_000,
    allowBypass: flag("remote.allow_bypass", false),
    sweepMs: integer("remote.sweep_s", 2, 1, 30) * 1_000,
    push: toPushTargets(given("remote.push")),
    commands: Object.freeze({
      make: flag("commands.make", true),
      retentionDays: integer("commands.retention_days", 7, 1, 3_650),
    }),
    agents,
  });
}

/** One path, several with commas between them, or a list. `~` is the user's home. */
function toPaths(given: GivenSetting | undefined, userHome: string): readonly string[] {
  if (given === undefined) return Object.freeze([]);
  const { value, name } = given;
  const paths = typeof value === "string" ? value.split(",").map((path) => path.trim()) : value;
  const expanded = Array.isArray(paths) ? paths.map((path: unknown) => expandHome(path, userHome)) : [undefined];
  if (!expanded.every((path) => path !== undefined)) {
    throw new ConfigError(name, "must be an absolute path, or several");
  }
  return Object.freeze(expanded);
}

function toDefaultAgent(given: GivenSetting | undefined, agents: RemoteConfig["agents"]): string {
  if (given === undefined) return "auto";
  const { value, name } = given;
  const known = ["auto", "claude", "echo", ...Object.keys(agents)];
  if (typeof value === "string" && known.includes(value)) return value;
  throw new ConfigError(name, `must be one of ${known.join(", ")}`);
}

function toAgents(given: GivenSetting | undefined): RemoteConfig["agents"] {
  if (given === undefined) return Object.freeze({});
  if (!isObject(given.value)) throw new ConfigError(given.name, "must be an object of agents by name");
  const agents = Object.entries(given.value).map(([name, value]) => [name, toAgent(`agents.${name}`, value)] as const);
  return Object.freeze(Object.fromEntries(agents));
}

function toAgent(name: string, value: unknown): AgentConfig {
  if (!isObject(value)) throw new ConfigError(name, "must be an object with a driver");
  const { command, env = {}, model, quirks } = value;
  const driver = DRIVERS.find((known) => known === value["driver"]);
  if (driver === undefined) throw new ConfigError(`${name}.driver`, `must be one of ${DRIVERS.join(", ")}`);
  if (command !== undefined && (typeof command !== "string" || command.trim() === "")) {
    throw new ConfigError(`${name}.command`, "must be a command line");
  }
  if (driver === "acp" && command === undefined) {
    throw new ConfigError(`${name}.command`, "must be the command line that starts the agent");
  }
  if (!isObject(env) || Object.values(env).some((text) => typeof text !== "string")) {
    throw new ConfigError(`${name}.env`, "must be an object of texts");
  }
  if (model !== undefined && typeof model !== "string") throw new ConfigError(`${name}.model`, "must be a text");
  if (quirks !== undefined && !isObject(quirks)) throw new ConfigError(`${name}.quirks`, "must be an object");
  return Object.freeze({ driver, command, env: env as Record<string, string>, model, quirks });
}

function toPushTargets(given: GivenSetting | undefined): readonly PushTargetSettings[] {
  try {
    return Object.freeze(parsePushSettings(given?.value));
  } catch (cause) {
    if (!(cause instanceof PushSettingsError)) throw cause;
    throw new ConfigError(cause.setting, `${cause.problem}, in ${given?.name ?? SETTINGS_FILE_NAME}`, { cause });
  }
}
