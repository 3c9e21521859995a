import pg from "pg";
import type { StoreDurability } from "../durability.ts";
import { StoreUnavailableError } from "../store.ts";

const CONNECT_TIMEOUT_MS = 2_000;
const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** A database as messages may name it: host, port and name, never the password. */
export function describeDatabase(url: string): string {
  const { host, pathname } = parseUrl(url);
  return `postgres://${host}${pathname}`;
}

export interface PostgresConnectionOptions {
  url: string;
  durability: StoreDurability;
  /** Shown by the server to whoever asks who is connected. */
  applicationName: string;
}

/**
 * Settings of every connection. Plans of prepared statements are made once, perhaps while a table is still empty, and must
 * be right for a full one: so they always go by index and never depend on statistics ([PERF-6]).
 */
export function connectionConfig({ url, durability, applicationName }: PostgresConnectionOptions): pg.ClientConfig {
  const settings = [
    "TimeZone=UTC",
    "DateStyle=ISO",
    `synchronous_commit=${durability === "strict" ? "on" : "off"}`,
    "enable_seqscan=off",
    "enable_hashjoin=off",
    "enable_mergejoin=off",
    "jit=off",
  ];
  const given = parseUrl(url).searchParams.get("options");
  return {
    connectionString: url,
    options: [...(given === null ? [] : [given]), ...settings.map((setting) => `-c ${setting}`)].join(" "),
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  };
}

/** Opens a connection; an error on it later is told to `onLost` once, after which it is of no use. */
export async function connect(config: pg.ClientConfig, onLost: (error: Error) => void): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on("error", onLost);
  await client.connect();
  return client;
}

/** Cuts a connection at once: what is under way on it fails now instead of whenever the network notices. */
export function cut(client: pg.ClientBase): void {
  // The driver's own way to end waits for the server.
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

function parseUrl(url: string): URL {
  try {
    const parsed = new URL(url);
    if (parsed.protocol === "postgres:" || parsed.protocol === "postgresql:") return parsed;
  } catch {
    // The error of the parser would carry the URL, and with it the password.
  }
  throw new StoreUnavailableError(
    "The PostgreSQL URL is not valid; expected postgres://user:password@host:port/database.",
  );
}

function getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  // Counters and places stay below 2^53.
  if (oid === INT8) return Number;
  if (oid === TIMESTAMPTZ) return parseInstant;
  return pg.types.getTypeParser(oid, format ?? "text") as (text: string) => unknown;
}

/** `2026-01-02 03:04:05.678+00`, the session's time zone being UTC, as milliseconds since the epoch. */
function parseInstant(text: string): number {
  return Date.parse(`${text.slice(0, -3).replace(" ", "T")}Z`);
}
