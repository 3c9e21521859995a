/**
 * The composition root and the daemon's entry. The only file of the server that reads the environment, the clock,
 * randomness and signals; everything else is given to the parts it puts together here.
 *
 * Start: settings → home → store (lock first, [DB-4]) → mesh → listening → jobs; the remote when it is needed. Stop ([WS-8],
 * [CONN-13]): no new connections → running commits and their acks, runs have their time → sockets closed 1001 → presences
 * dropped → store closed.
 */
import { randomFillSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type RequestListener, type ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, hostname } from "node:os";
import { MESH_LIMITS } from "@parlatory/protocol";
import { BrokerHost } from "./broker-host.ts";
import { ConfigError, parseConfig, type Environment, type ServerConfig } from "./config.ts";
import { Gateway } from "./gateway/gateway.ts";
import { MeshEndpoint } from "./gateway/mesh-endpoint.ts";
import type { RemoteEndpoint } from "./gateway/remote/remote-endpoint.ts";
import type { UpgradeEndpoint } from "./gateway/upgrade-endpoint.ts";
import { HttpFront } from "./http-front.ts";
import { prepareHome } from "./home.ts";
import type { Clock, Log, RandomBytes, Scheduler } from "./ports.ts";
import { startEventLoopDelay, type EventLoopDelay } from "./observability/event-loop-delay.ts";
import { createLog } from "./observability/log.ts";
import { Metrics } from "./observability/metrics.ts";
import { createOriginPolicy } from "./origin.ts";
import { readRemoteConfig } from "./remote-config.ts";
import { RemoteHost } from "./remote-host.ts";
import { loadMainKey } from "./sessions/devices/main-key.ts";
import { SecretFileError } from "./sessions/secret-file.ts";
import { openSqliteStore } from "./store/sqlite/open-sqlite-store.ts";
import type { Store } from "./store/store.ts";
import type { CertificateKeeper } from "./tls/certificate-keeper.ts";
import { removeFingerprint } from "./tls/fingerprint-file.ts";
import { readTlsConfig, type TlsConfig } from "./tls-config.ts";

export interface StartOptions {
  /** Settings by their names; absent: the environment of the process. */
  env?: Environment | undefined;
  /** Takes each log line with its newline; absent: stderr. */
  writeLog?: ((line: string) => void) | undefined;
  /** Opens the database; absent: the one of the settings. For tests that make it fail. */
  openStore?: ((config: ServerConfig) => Promise<Store>) | undefined;
  /** Clock and timers; absent: those of the machine. For tests that hold time still. */
  time?: (Clock & Scheduler) | undefined;
  /** False: whoever reaches the server may use the remote; only on loopback ([AUTH-9]). Default true. */
  isAuthOn?: boolean | undefined;
  /** The server has stopped by itself, because its database turned out not to be usable. */
  onFailed?: ((error: unknown) => void) | undefined;
}

export interface RunningServer {
  /** `http://127.0.0.1:7900`, with the port that was really taken; `https` with a certificate. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly storeKind: Store["kind"];
  readonly adminTokenPath: string;
  /** Drains and ends everything ([WS-8]); a second call waits for the first. */
  stop(): Promise<void>;
}

const machineTime: Clock & Scheduler = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
};

/** What interrupting, closing and killing agents and commands may take beside `remote.drain_s`. */
const REMOTE_STOP_MS = 15_000;
/** Whoever does not finish a TLS handshake by then is cut. */
const HANDSHAKE_MS = 15_000;

const RANDOM_POOL_BYTES = 8_192;
let randomPool = new Uint8Array(0);

/** Ids are made by the ten thousand a second: one call of the system fills a pool, and no byte of it is given twice. */
const randomBytes: RandomBytes = (count) => {
  if (count > randomPool.length) randomPool = randomFillSync(new Uint8Array(Math.max(RANDOM_POOL_BYTES, count)));
  const bytes = randomPool.subarray(0, count);
  randomPool = randomPool.subarray(count);
  return bytes;
};

/** Starts a broker. Raises ConfigError, StoreLockedError, StoreMigrationError, StoreUnavailableError. */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const environment = options.env ?? process.env;
  const { isAuthOn = true } = options;
  const config = parseConfig(environment, homedir());
  const remoteConfig = readRemoteConfig(environment, config.home, homedir());
  const tlsConfig = readTlsConfig(environment, config.home, homedir());
  if (config.natsUrl !== undefined) {
    throw new ConfigError("PARL_NATS_URL", "must be absent: this version runs one broker on a database");
  }
  if (!isAuthOn && !isLoopback(config.host)) {
    throw new ConfigError("PARL_HOST", `must be a loopback address without authentication: ${config.host} is none`);
  }
  const clock: Clock = options.time ?? machineTime;
  const scheduler: Scheduler = options.time ?? machineTime;
  const log = createLog({ level: config.logLevel, clock, write: options.writeLog }, "mesh");
  const home = prepareHome(config.home, randomBytes);
  if (!isLoopback(config.host) && tlsConfig === undefined) {
    log.warn("PARL_HOST is not a loopback address: whoever reaches it talks to this broker without TLS");
  }
  const mainKey = readMainKey(config, log);
  const certificates = await openCertificates(tlsConfig, { home: config.home, clock, scheduler, log });
  const startedAt = clock.now();
  const eventLoopDelay = startEventLoopDelay(scheduler);
  const metrics = new Metrics({ store: config.database.kind, eventLoopDelay });
  const originPolicy = createOriginPolicy(config);
  const remote = new RemoteHost({
    config: remoteConfig,
    home: config.home,
    mainKey,
    isAuthOn,
    publicUrl: config.publicUrl,
    machine: {
      userHome: homedir(),
      hostName: hostname(),
      pid: process.pid,
      userId: process.getuid?.(),
      // Asked for only when the remote opens: it costs megabytes.
      readTimeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
      environment,
      fetch,
      randomUuid: randomUUID,
    },
    clock,
    scheduler,
    randomBytes,
    log: createLog({ level: config.logLevel, clock, write: options.writeLog }, "remote"),
    metrics,
  });
  // Not loaded by the many servers that are a mesh only.
  const loadPenalties = once(async () => {
    const { AddressPenalties } = await import("./gateway/remote/address-penalties.ts");
    return new AddressPenalties(clock);
  });
  const front = new HttpFront({
    remote: { devices: remote.devices, penalties: loadPenalties, publicUrl: config.publicUrl },
    config,
    clock,
    scheduler,
    log,
    metrics,
    origins: originPolicy,
    adminToken: home.adminToken,
    startedAt,
  });
  // Any other offer to upgrade, such as h2c, is declined by serving the request as it is.
  const shouldUpgradeCallback = (request: IncomingMessage): boolean =>
    request.headers.upgrade?.toLowerCase() === "websocket";
  const server = await openListener({ shouldUpgradeCallback }, front.listener, certificates);
  const host = new BrokerHost({
    config,
    clock,
    scheduler,
    randomBytes,
    log,
    metrics,
    openStore: () => (options.openStore ?? openStore)(config),
    waitsForStore: config.database.kind === "postgres" || options.openStore !== undefined,
    onStarted: (broker, store, url) => {
      front.open(broker, store);
      void remote.start(store, url);
    },
    onRefused: (error) => {
      log.error("the database may not be used; the broker stops", { error });
      void stop().finally(() => options.onFailed?.(error));
    },
  });
  const mesh = new MeshEndpoint({ ...config, services: () => host.broker, clock, scheduler, metrics, log });
  let sockets: RemoteEndpoint | undefined;
  const openRemoteEndpoint = once(async () => {
    const { RemoteEndpoint: Endpoint } = await import("./gateway/remote/remote-endpoint.ts");
    sockets = new Endpoint({
      services: remote.services,
      isAuthOn,
      penalties: await loadPenalties(),
      clock,
      scheduler,
      metrics,
      log,
      createReference: randomUUID,
    });
    return sockets;
  });
  const gateway = new Gateway({
    originPolicy,
    metrics,
    log,
    endpoints: new Map<string, UpgradeEndpoint | (() => Promise<UpgradeEndpoint>)>([
      ["/ws", mesh],
      ["/remote", openRemoteEndpoint],
      ["/", openRemoteEndpoint],
    ]),
  });
  watchMetrics(metrics, mesh, host);
  gateway.attach(server);
  const drainMs = remoteConfig.drainMs + REMOTE_STOP_MS;
  const stop = once(() =>
    stopAll({
      server,
      certificates,
      front,
      gateway,
      mesh,
      sockets: () => sockets,
      remote,
      drainMs,
      host,
      scheduler,
      eventLoopDelay,
      log,
    }),
  );
  try {
    await host.open();
    const port = await listen(server, config);
    const url = `${certificates === undefined ? "http" : "https"}://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
    await host.start(url);
    log.info("listening", { url, store: config.database.kind, startedInMs: clock.now() - startedAt });
    return { url, host: config.host, port, storeKind: config.database.kind, adminTokenPath: home.adminTokenPath, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The main key is made at the first start, and one that cannot be used stops it ([AUTH-2]). Raises ConfigError. */
function readMainKey({ home }: ServerConfig, log: Log): string {
  try {
    return loadMainKey({ home, userId: process.getuid?.(), randomBytes, log });
  } catch (cause) {
    if (!(cause instanceof SecretFileError)) throw cause;
    throw new ConfigError("PARL_HOME", `must hold a key of the remote that can be used. ${cause.message}`, { cause });
  }
}

/** Undefined without a certificate ([CONN-1]). Raises ConfigError. */
async function openCertificates(
  tls: TlsConfig | undefined,
  options: { home: string; clock: Clock; scheduler: Scheduler; log: Log },
): Promise<CertificateKeeper | undefined> {
  if (tls === undefined) {
    removeFingerprint(options.home);
    return undefined;
  }
  // Not loaded by the many servers that have none.
  const [{ CertificateKeeper: Keeper }, { CertificateError }] = await Promise.all([
    import("./tls/certificate-keeper.ts"),
    import("./tls/read-certificate.ts"),
  ]);
  try {
    return new Keeper({ ...options, paths: tls, userId: process.getuid?.() });
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw new ConfigError(tls.names[cause.part], cause.message, { cause });
  }
}

/** HTTP and sockets on one port, encrypted when there is a certificate. */
async function openListener(
  options: ServerOptions,
  listener: RequestListener,
  certificates: CertificateKeeper | undefined,
): Promise<Server> {
  if (certificates === undefined) return createServer(options, listener);
  const { createServer: createTlsServer } = await import("node:https");
  const { cert, key } = certificates.current;
  const server = createTlsServer({ ...options, cert, key, handshakeTimeout: HANDSHAKE_MS }, listener);
  certificates.watch(server);
  return server;
}

async function openStore(config: ServerConfig): Promise<Store> {
  const { database, durability } = config;
  if (database.kind === "sqlite") return openSqliteStore({ path: database.path, durability });
  // Not loaded by the many brokers that need none of it.
  const { openPostgresStore } = await import("./store/postgres/open-postgres-store.ts");
  return openPostgresStore({ url: database.url, durability, applicationName: `parlatory process ${process.pid}` });
}

/** Resolves with the port taken. Raises ConfigError when the address cannot be listened on ([WS-1]). */
function listen(server: Server, { host, port }: ServerConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(toListenError(cause, host, port)));
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

function toListenError(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (cause.code) {
    case "EADDRINUSE":
      return new ConfigError(
        "PARL_PORT",
        `cannot be ${port}: something else listens there; stop it, choose another port, or 0 for any free one`,
        { cause },
      );
    case "EACCES":
      return new ConfigError(
        "PARL_PORT",
        `cannot be ${port}: this user may not listen there; choose a port from 1024 up`,
        { cause },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ConfigError("PARL_HOST", `cannot be ${host}: it is no address of this machine`, { cause });
    default:
      return new Error(`cannot listen on ${host}:${port}`, { cause });
  }
}

function watchMetrics(metrics: Metrics, mesh: MeshEndpoint, host: BrokerHost): void {
  metrics.watch({
    connections: () => mesh.active,
    waitingFrames: () => mesh.waitingFrames,
    presences: () => {
      const counts = { session: 0, control: 0 };
      for (const { kind } of host.broker?.presences.all() ?? []) counts[kind]++;
      return counts;
    },
    mailboxDepth: () => host.broker?.delivery.depth() ?? { stored: 0, held: 0, offered: 0 },
    isDatabaseUp: () => host.broker?.commit.isDown === false,
    isNatsUp: () => undefined,
  });
}

interface Parts {
  server: Server;
  certificates: CertificateKeeper | undefined;
  front: HttpFront;
  gateway: Gateway;
  mesh: MeshEndpoint;
  /** Undefined while no socket has come. */
  sockets: () => RemoteEndpoint | undefined;
  remote: RemoteHost;
  /** How long the remote may take to drain. */
  drainMs: number;
  host: BrokerHost;
  scheduler: Scheduler;
  eventLoopDelay: EventLoopDelay;
  log: Log;
}

/** Drain, then close, then what can still be done ([WS-8]); a step that takes too long or fails stops no later one. */
async function stopAll(parts: Parts): Promise<void> {
  const { server, certificates, front, gateway, mesh, sockets, remote, drainMs, host, scheduler, eventLoopDelay, log } =
    parts;
  const attempt = async (step: string, work: Promise<void>, limitMs: number = MESH_LIMITS.drainMs): Promise<void> => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = scheduler.after(limitMs, () => reject(new Error(`took longer than ${limitMs} ms`)));
    try {
      await Promise.race([work, late]);
    } catch (error) {
      log.error("a step of the stop failed", { step, error });
    } finally {
      cancel();
    }
  };
  gateway.stopAccepting();
  certificates?.close();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  front.endStreams();
  const stopMesh = async (): Promise<void> => {
    await attempt("drain", host.drain());
    await attempt("close connections", mesh.close());
  };
  const stopRemote = async (): Promise<void> => {
    await attempt("drain the remote", remote.drain(), drainMs);
    await attempt("close the remote's sockets", sockets()?.close() ?? Promise.resolve());
    await attempt("stop the remote", remote.close());
  };
  await Promise.all([stopMesh(), stopRemote()]);
  await attempt("close the store", host.close());
  server.closeAllConnections();
  await attempt("close the listener", closed);
  eventLoopDelay.stop();
  log.info("stopped");
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined;
  return () => (running ??= work());
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Runs a broker until it is told to stop by SIGTERM or SIGINT. */
async function runDaemon(): Promise<void> {
  const fail = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  };
  try {
    const running = await startServer({ onFailed: fail });
    const end = (): void => void running.stop().then(() => process.exit(0));
    process.once("SIGTERM", end);
    process.once("SIGINT", end);
  } catch (error) {
    fail(error);
  }
}

if (import.meta.main) await runDaemon();
