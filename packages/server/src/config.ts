import { MESH_LIMITS, type MeshLimits } from "@parlatory/protocol";
import { join, resolve } from "node:path";

/** A setting that cannot be used. The message names the setting and what it must be, never its value ([WS-1]). */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly setting: string;

  constructor(setting: string, problem: string, options?: ErrorOptions) {
    super(`${setting} ${problem}`, options);
    this.setting = setting;
  }
}

export type DatabaseConfig =
  | { readonly kind: "sqlite"; readonly path: string }
  /** May hold a password: never to be logged. */
  | { readonly kind: "postgres"; readonly url: string };

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Everything the broker is told from outside. Times in milliseconds, sizes in bytes. */
export interface ServerConfig {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly home: string;
  readonly database: DatabaseConfig;
  readonly natsUrl: string | undefined;
  readonly logLevel: LogLevel;
  readonly publicUrl: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly metricsToken: string | undefined;
  readonly durability: "strict" | "normal";
  readonly maxFrameBytes: number;
  readonly maxMessageBytes: number;
  readonly maxBodyBytes: number;
  readonly helloTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly deadAfterMs: number;
  readonly leaseMs: number;
  readonly sweepMs: number;
  readonly ackTimeoutMs: number;
  readonly maxOffers: number;
  readonly legacySettleMs: number;
  readonly offerWindowMessages: number;
  readonly mailboxMessages: number;
  readonly ttlMs: number;
  readonly ttlNowMs: number;
  readonly ledgerMs: number;
  readonly sessionMemoryMs: number;
  readonly maxConnections: number;
  readonly maxOutgoingBytes: number;
  readonly hookRatePerMinute: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 7900;
const MAX_TIME_MS = 10 * 365 * 86_400_000;
/** Timers of the platform hold 31 bits. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Reads the settings of [WS-1], [WS-9], [HTTP-3], [LIM-1] to [LIM-15]; `userHome` is where `.parlatory` is by default.
 * Raises ConfigError for the first bad one.
 */
export function parseConfig(env: Environment, userHome: string): ServerConfig {
  const integer = (setting: string, fallback: number, least: number, most: number): number => {
    const text = env[setting];
    if (text === undefined || text === "") return fallback;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new ConfigError(setting, `must be an integer from ${least} to ${most}`);
    }
    return value;
  };
  const timer = (setting: string, fallback: number): number => integer(setting, fallback, 1, MAX_TIMER_MS);
  const retention = (setting: string, fallback: number): number => integer(setting, fallback, 1, MAX_TIME_MS);

  const home = resolve(text(env, "PARL_HOME") ?? join(userHome, ".parlatory"));
  const natsUrl = text(env, "PARL_NATS_URL");
  const database = parseDatabase(text(env, "PARL_DATABASE_URL"), home);
  if (natsUrl !== undefined && database.kind === "sqlite") {
    throw new ConfigError(
      "PARL_NATS_URL",
      "needs a PostgreSQL database in PARL_DATABASE_URL: a SQLite file serves one broker only",
    );
  }
  const publicUrl = text(env, "PARL_PUBLIC_URL");
  if (publicUrl !== undefined && !isHttpUrl(publicUrl)) {
    throw new ConfigError("PARL_PUBLIC_URL", "must be an address that starts with http:// or https://");
  }
  const allowedOrigins = list(env, "PARL_ALLOWED_ORIGINS");
  for (const origin of allowedOrigins) {
    if (!isOrigin(origin)) {
      throw new ConfigError(
        "PARL_ALLOWED_ORIGINS",
        "must be origins such as https://example.org, separated by commas, without a path",
      );
    }
  }
  return Object.freeze({
    host: text(env, "PARL_HOST") ?? DEFAULT_HOST,
    port: integer("PARL_PORT", DEFAULT_PORT, 0, 65_535),
    home,
    database,
    natsUrl,
    logLevel: oneOf(env, "PARL_LOG_LEVEL", ["debug", "info", "warn", "error"], "info"),
    publicUrl,
    allowedHosts: Object.freeze(list(env, "PARL_ALLOWED_HOSTS")),
    allowedOrigins: Object.freeze(allowedOrigins),
    metricsToken: text(env, "PARL_METRICS_TOKEN"),
    durability: oneOf(env, "PARL_DURABILITY", ["strict", "normal"], "strict"),
    maxFrameBytes: integer("PARL_MAX_FRAME_BYTES", MESH_LIMITS.maxFrameBytes, 1_024, 64 * 1024 * 1024),
    maxMessageBytes: integer("PARL_MAX_MESSAGE_BYTES", MESH_LIMITS.maxMessageBytes, 1, 32 * 1024 * 1024),
    maxBodyBytes: integer("PARL_MAX_BODY_BYTES", MESH_LIMITS.maxJoinBodyBytes, 1_024, 64 * 1024 * 1024),
    helloTimeoutMs: timer("PARL_HELLO_TIMEOUT_MS", MESH_LIMITS.helloTimeoutMs),
    pingIntervalMs: timer("PARL_PING_INTERVAL_MS", MESH_LIMITS.pingIntervalMs),
    deadAfterMs: timer("PARL_DEAD_AFTER_MS", MESH_LIMITS.deadAfterMs),
    leaseMs: timer("PARL_LEASE_MS", MESH_LIMITS.leaseMs),
    sweepMs: timer("PARL_SWEEP_MS", MESH_LIMITS.sweepMs),
    ackTimeoutMs: timer("PARL_ACK_TIMEOUT_MS", MESH_LIMITS.ackTimeoutMs),
    maxOffers: integer("PARL_MAX_OFFERS", MESH_LIMITS.maxOffers, 1, 1_000_000),
    legacySettleMs: timer("PARL_LEGACY_SETTLE_MS", MESH_LIMITS.legacySettleMs),
    offerWindowMessages: integer("PARL_OFFER_WINDOW", MESH_LIMITS.offerWindowMessages, 1, 1_000_000),
    mailboxMessages: integer("PARL_MAILBOX_MAX", MESH_LIMITS.mailboxMessages, 1, 10_000_000),
    ttlMs: retention("PARL_TTL_MS", MESH_LIMITS.ttlMs),
    ttlNowMs: retention("PARL_TTL_NOW_MS", MESH_LIMITS.ttlNowMs),
    ledgerMs: retention("PARL_LEDGER_MS", MESH_LIMITS.ledgerMs),
    sessionMemoryMs: retention("PARL_SESSION_MEMORY_MS", MESH_LIMITS.sessionMemoryMs),
    maxConnections: integer("PARL_MAX_CONNECTIONS", MESH_LIMITS.maxConnections, 1, 1_000_000),
    maxOutgoingBytes: integer("PARL_MAX_OUTBUF_BYTES", MESH_LIMITS.maxOutgoingBytes, 1_024, 1024 * 1024 * 1024),
    hookRatePerMinute: integer("PARL_HOOK_RATE_PER_MIN", MESH_LIMITS.hookRatePerMinute, 1, 1_000_000),
  });
}

/** An empty setting equals an absent one, as in a file of settings with nothing behind the equals sign. */
function text(env: Environment, setting: string): string | undefined {
  const value = env[setting]?.trim();
  return value === "" ? undefined : value;
}

function list(env: Environment, setting: string): string[] {
  return (env[setting] ?? "")
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "");
}

function oneOf<Value extends string>(
  env: Environment,
  setting: string,
  values: readonly Value[],
  fallback: Value,
): Value {
  const given = text(env, setting);
  if (given === undefined) return fallback;
  const known = values.find((value) => value === given);
  if (known === undefined) throw new ConfigError(setting, `must be one of ${values.join(", ")}`);
  return known;
}

function parseDatabase(url: string | undefined, home: string): DatabaseConfig {
  if (url === undefined) return Object.freeze({ kind: "sqlite", path: join(home, "parl.db") });
  if (url.startsWith("postgres://") || url.startsWith("postgresql://")) {
    if (!URL.canParse(url)) throw new ConfigError("PARL_DATABASE_URL", "is not a well-formed postgres:// address");
    return Object.freeze({ kind: "postgres", url });
  }
  if (url.startsWith("sqlite:")) {
    const path = url.slice("sqlite:".length);
    if (path !== "") return Object.freeze({ kind: "sqlite", path: resolve(path) });
  }
  throw new ConfigError("PARL_DATABASE_URL", "must be sqlite:<path>, postgres://… or postgresql://…");
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}

/** The limits of the protocol with the settings put in. */
export function toLimits(config: ServerConfig): MeshLimits {
  return Object.freeze({
    ...MESH_LIMITS,
    maxFrameBytes: config.maxFrameBytes,
    maxMessageBytes: config.maxMessageBytes,
    maxJoinBodyBytes: config.maxBodyBytes,
    helloTimeoutMs: config.helloTimeoutMs,
    pingIntervalMs: config.pingIntervalMs,
    deadAfterMs: config.deadAfterMs,
    leaseMs: config.leaseMs,
    sweepMs: config.sweepMs,
    ackTimeoutMs: config.ackTimeoutMs,
    maxOffers: config.maxOffers,
    legacySettleMs: config.legacySettleMs,
    offerWindowMessages: config.offerWindowMessages,
    mailboxMessages: config.mailboxMessages,
    ttlMs: config.ttlMs,
    ttlNowMs: config.ttlNowMs,
    ledgerMs: config.ledgerMs,
    sessionMemoryMs: config.sessionMemoryMs,
    maxConnections: config.maxConnections,
    maxOutgoingBytes: config.maxOutgoingBytes,
    hookRatePerMinute: config.hookRatePerMinute,
  } as unknown as MeshLimits);
}
