/**
 * The remote of one server, put together on an open store: what finds and reads sessions, what runs them, what runs
 * commands, who is connected. Loaded when somebody first needs it. It reads no clock and no environment of its own.
 *
 * Life: opening (files are surveyed, what an earlier server left is taken up) → open → draining (no new runs) → stopped.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readProcessStart, readProcessTable } from "@parlatory/agents";
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import { readBuildInfo } from "./build-info.ts";
import { COMMAND_SESSION_VARIABLE } from "./commands/execution/command-environment.ts";
import { ProjectCommandDesk } from "./commands/project-command-desk.ts";
import type { Environment } from "./config.ts";
import { createConfiguredAgents } from "./configured-agents.ts";
import { Pushes } from "./gateway/remote/pushes/pushes.ts";
import type { RemoteServices } from "./gateway/remote/remote-services.ts";
import { StoreAudit } from "./gateway/remote/store-audit.ts";
import { repeat } from "./jobs.ts";
import { createPathPolicy } from "./path-policy.ts";
import type { Clock, Log, RandomBytes, Scheduler } from "./ports.ts";
import type { RemoteConfig } from "./remote-config.ts";
import { ClientSessions } from "./sessions/client-sessions.ts";
import { DeliveryQueue } from "./sessions/delivery-queue.ts";
import { Devices } from "./sessions/devices/devices.ts";
import { IndexedCatalog } from "./sessions/index/indexed-catalog.ts";
import { ThreadLogReader } from "./sessions/log/thread-log-reader.ts";
import { Notifier } from "./sessions/notifications/notifier.ts";
import { OwnPrompts } from "./sessions/own-prompts.ts";
import { notifyOfRuns } from "./sessions/notifications/notify-of-runs.ts";
import type { PushFetch } from "./sessions/notifications/push-client.ts";
import type { PushMetrics } from "./sessions/notifications/push-lane.ts";
import { PushSubscriptions } from "./sessions/notifications/push-subscriptions.ts";
import { loadVapidKeys } from "./sessions/notifications/vapid-keys.ts";
import { FileResourceDesk } from "./sessions/resources/file-resource-desk.ts";
import { createProcessWatch } from "./sessions/runs/process-watch.ts";
import { SessionRuns } from "./sessions/runs/session-runs.ts";
import { createGit } from "./sessions/worktrees/git.ts";
import { WorktreeDesk } from "./sessions/worktrees/worktree-desk.ts";
import { startWorker } from "./start-worker.ts";
import type { Store } from "./store/store.ts";

/** What of the machine and of the process the remote must know; read by `main.ts`. */
export interface RemoteMachine {
  /** Where the user's files are; `~` in paths of clients. */
  readonly userHome: string;
  readonly hostName: string;
  readonly pid: number;
  /** Undefined where files have no owners. */
  readonly userId: number | undefined;
  readonly readTimeZone: () => string;
  readonly environment: Environment;
  readonly fetch: PushFetch;
  readonly randomUuid: () => string;
}

export interface RemoteOptions {
  readonly config: RemoteConfig;
  readonly machine: RemoteMachine;
  /** `PARL_HOME`. */
  readonly home: string;
  readonly mainKey: string;
  readonly isAuthOn: boolean;
  /** `PARL_PUBLIC_URL`: where people reach the web app. */
  readonly publicUrl: string | undefined;
  /** Where this server listens. */
  readonly url: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
  readonly metrics: PushMetrics;
}

export interface Remote {
  readonly services: RemoteServices;
  readonly devices: Devices;
  /** Runs have their time to end, commands are ended; answers still reach the sockets ([CONN-13]). */
  drain(): Promise<void>;
  /** To be called when no socket is left. */
  stop(): Promise<void>;
}

const PURGE_MS = 3_600_000;
const PURGE_ROWS = 5_000;
/** Anybody, where authentication is off ([AUTH-9]). */
const NO_DEVICE_ID = "anybody";

/** Raises SecretFileError, ConfigError, StoreUnavailableError; then nothing is left running. */
export async function openRemote(options: RemoteOptions): Promise<Remote> {
  const { config, machine, home, isAuthOn, publicUrl, store, clock, scheduler, randomBytes, log, metrics } = options;
  const { environment, userHome, userId, randomUuid } = machine;
  const linkUrl = publicUrl ?? options.url;
  const audit = new StoreAudit({ store, clock, log });
  const devices = new Devices({
    store,
    mainKey: options.mainKey,
    clock,
    randomBytes,
    audit,
    log,
  });
  const vapidKeys = loadVapidKeys({ home, userId, randomBytes, log });
  const paths = createPathPolicy({ home: userHome, roots: config.roots });
  const scratchDirectory = join(home, "scratch");
  const claudeHome = environment["CLAUDE_CONFIG_DIR"] || join(userHome, ".claude");
  const ownPrompts = await OwnPrompts.load(store);
  const catalog = new IndexedCatalog({
    root: join(claudeHome, "projects"),
    fileAgent: "claude",
    home: userHome,
    scratchDirectory,
    indexPath: join(home, "session-index.json"),
    sweepMs: config.sweepMs,
    startThread: startWorker,
    reader: new ThreadLogReader({
      scheduler,
      startThread: startWorker,
      isOwnPrompt: (_sessionId, promptId) => ownPrompts.has(promptId),
    }),
    store,
    clock,
    scheduler,
    randomBytes,
    log,
  });
  const resources = new FileResourceDesk({ paths, clock, scheduler, randomUuid });
  const runs = new SessionRuns({
    store,
    catalog,
    agents: await createConfiguredAgents({ agents: config.agents, environment, randomUuid }),
    defaultAgents: config.defaultAgent === "auto" ? ["claude", "echo"] : [config.defaultAgent],
    paths,
    defaultDirectory: config.defaultDirectory,
    scratchDirectory,
    saveResource: async (request) => ({ path: (await resources.saveResource(request)).absolutePath }),
    owner: {
      serverId: randomUuid(),
      pid: machine.pid,
      pidStartedAt: (await readProcessStart(machine.pid)) ?? "",
      host: machine.hostName,
    },
    processes: createProcessWatch(),
    audit: async ({ actor, event, data }) => void (await store.appendAudit({ actor, event, data, at: clock.now() })),
    clock,
    scheduler,
    randomUuid,
    noteOwnPrompt: (promptId) => ownPrompts.note(promptId),
    log,
    settings: { ...config, isStoreShared: store.kind === "postgres" },
  });
  const commands = new ProjectCommandDesk({
    historyFolder: join(home, "command-history"),
    environment,
    paths,
    processes: commandProcesses,
    clock,
    scheduler,
    log,
    randomUuid,
    isMakeAllowed: config.commands.make,
    retentionDays: config.commands.retentionDays,
  });
  const pushes = new Pushes({
    clock,
    scheduler,
    log,
    catalog,
    runs,
    commands,
    creatorOf: async (sessionId) => (await store.findSession(sessionId))?.createdByClientSessionId,
  });
  const notifier = new Notifier({
    targets: config.push,
    store,
    vapidKeys,
    contact: linkUrl.startsWith("https:") ? linkUrl : "mailto:parlatory@localhost",
    sessionUrl: (sessionId) => new URL(`/sessions/${sessionId}`, linkUrl).href,
    findSession: (sessionId) => catalog.get(sessionId),
    isClientSessionOpen: (id) => pushes.audience.peersOf(id).size > 0,
    timeZone: machine.readTimeZone(),
    fetch: machine.fetch,
    clock,
    scheduler,
    randomUuid,
    log,
    metrics,
  });

  const services: RemoteServices = {
    settings: {
      isAuthOn,
      serverVersion: readBuildInfo().version,
      defaultDirectory: config.defaultDirectory,
      pushPublicKey: vapidKeys.publicKey,
      publicUrl,
    },
    clock,
    scheduler,
    log,
    createId: randomUuid,
    catalog,
    runs,
    commands,
    devices: isAuthOn ? devices : letAnybodyIn(devices),
    clientSessions: new ClientSessions({ store, clock }),
    deliveries: new DeliveryQueue({ store, clock, randomUuid }),
    resources,
    worktrees: new WorktreeDesk({ git: createGit(environment), paths, log }),
    pushSubscriptions: new PushSubscriptions({ store, clock }),
    paths,
    isDirectory,
    audit,
    pushes,
  };
  const stopPurging = repeat({ scheduler, log }, "purge of the remote", PURGE_MS, () => purge(store, clock, log));
  // Listening before anything happens: what recovery tells is for whoever connects meanwhile, and for notifications.
  pushes.start();
  const stopNotifying = notifyOfRuns(runs, notifier);
  const stopRevoking = devices.onRevoked((id) => pushes.refuseDevice(id));
  const stop = async (): Promise<void> => {
    stopPurging();
    stopNotifying();
    stopRevoking();
    pushes.stop();
    resources.stop();
    await notifier.stop();
    await catalog.stop();
  };
  try {
    await catalog.start();
    await commands.start();
    await runs.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    services,
    devices,
    drain: async () => void (await Promise.all([runs.stop(config.drainMs), commands.stop()])),
    stop,
  };
}

/** Devices that were paired stay, and others may be, for when authentication is on again. */
function letAnybodyIn(devices: Devices): RemoteServices["devices"] {
  return {
    authenticate: ({ name }) => Promise.resolve({ id: NO_DEVICE_ID, name: name ?? NO_DEVICE_ID }),
    list: () => devices.list(),
    revoke: (id, request) => devices.revoke(id, request),
    createPairCodeFor: (deviceId) => devices.createPairCodeFor(deviceId),
  };
}

const commandProcesses = {
  startOf: readProcessStart,
  marked: async () => {
    const table = await readProcessTable(undefined, COMMAND_SESSION_VARIABLE);
    return table.flatMap(({ pid, mark, isZombie }) =>
      mark === undefined || isZombie ? [] : [{ pid, commandSessionId: mark }],
    );
  },
};

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function purge(store: Store, clock: Clock, log: Log): Promise<void> {
  const { promptMemoryMs, clientSessionMs, queueMs, queueMessages } = REMOTE_LIMITS;
  const purged = await store.purgeRemote({
    now: clock.now(),
    promptMs: promptMemoryMs,
    clientSessionMs,
    queueMs,
    queueMessages,
    permissionMs: promptMemoryMs,
    maxRows: PURGE_ROWS,
  });
  const isAny = Object.values(purged).some((count) => count > 0);
  if (isAny) log.debug("rows of the remote past their time were deleted", purged);
}
