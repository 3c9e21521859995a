import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientOptions } from "ws";
import { RemoteError } from "@parlatory/protocol/remote";
import { Gateway } from "../../../src/gateway/gateway.ts";
import { AddressPenalties } from "../../../src/gateway/remote/address-penalties.ts";
import { Pushes } from "../../../src/gateway/remote/pushes/pushes.ts";
import { RemoteEndpoint } from "../../../src/gateway/remote/remote-endpoint.ts";
import type { RemoteServices } from "../../../src/gateway/remote/remote-services.ts";
import { StoreAudit } from "../../../src/gateway/remote/store-audit.ts";
import { createOriginPolicy } from "../../../src/origin.ts";
import { createPathPolicy } from "../../../src/path-policy.ts";
import type { Clock, Log, Scheduler } from "../../../src/ports.ts";
import { ClientSessions } from "../../../src/sessions/client-sessions.ts";
import { DeliveryQueue } from "../../../src/sessions/delivery-queue.ts";
import { Devices } from "../../../src/sessions/devices/devices.ts";
import { FileResourceDesk } from "../../../src/sessions/resources/file-resource-desk.ts";
import { PushSubscriptions } from "../../../src/sessions/notifications/push-subscriptions.ts";
import type { PromptResult } from "../../../src/sessions/run-desk.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import { StoreUnavailableError, type Store } from "../../../src/store/store.ts";
import { RawClient, type RawFrame } from "../raw-client.ts";
import { FakeCatalog } from "./fake-catalog.ts";
import { FakeCommands } from "./fake-commands.ts";
import { FakeRuns } from "./fake-runs.ts";

export const MAIN_KEY = "k".repeat(43);
export const CLIENT = "7b0c9f5e-2d41-4c7a-9a53-0e6f2f1f8a10";

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly fields: Record<string, unknown> | undefined;
}

export interface RemoteWorldPlan {
  readonly isAuthOn?: boolean;
  readonly publicUrl?: string;
  /** Time that a test moves; default: that of the machine. */
  readonly time?: Clock & Scheduler;
  readonly wrapStore?: (store: Store) => Store;
}

export type RemoteWorld = Awaited<ReturnType<typeof openRemoteWorld>>;

const machineTime: Clock & Scheduler = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
};

/** The remote's sockets on a real listener and a real store; sessions, runs and commands are what a test makes of them. */
export async function openRemoteWorld(plan: RemoteWorldPlan = {}) {
  const { isAuthOn = true, time = machineTime } = plan;
  const folder = mkdtempSync(join(tmpdir(), "parl-remote-"));
  const opened = await openSqliteStore({ path: join(folder, "parl.db"), durability: "normal" });
  const store = plan.wrapStore?.(opened) ?? opened;
  const lines: LogLine[] = [];
  const note = (level: string) => (msg: string, fields?: Record<string, unknown>) =>
    void lines.push({ level, msg, fields });
  const log: Log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const base = { store, clock: time, scheduler: time, log, randomBytes, randomUuid: randomUUID };
  const catalog = new FakeCatalog();
  const runs = new FakeRuns();
  const commands = new FakeCommands();
  const audit = new StoreAudit(base);
  const devices = new Devices({ ...base, mainKey: MAIN_KEY, audit });
  const pushes = new Pushes({
    ...base,
    catalog,
    runs,
    commands,
    creatorOf: async (id) => (await store.findSession(id))?.createdByClientSessionId,
  });
  const absent = () => Promise.reject(new RemoteError("unsupported", "not in this world"));
  const services: RemoteServices = {
    settings: { isAuthOn, serverVersion: "9.9.9", defaultDirectory: "/home/anna", publicUrl: plan.publicUrl },
    clock: time,
    scheduler: time,
    log,
    createId: randomUUID,
    catalog,
    runs,
    commands,
    devices: isAuthOn
      ? devices
      : {
          authenticate: () => Promise.resolve({ id: "anybody", name: "anybody" }),
          list: () => devices.list(),
          revoke: (id, request) => devices.revoke(id, request),
          createPairCodeFor: (id) => devices.createPairCodeFor(id),
        },
    clientSessions: new ClientSessions(base),
    deliveries: new DeliveryQueue(base),
    resources: new FileResourceDesk({ ...base, paths: createPathPolicy({ home: folder, roots: [] }) }),
    worktrees: { create: absent },
    pushSubscriptions: new PushSubscriptions(base),
    paths: createPathPolicy({ home: "/home/anna", roots: [] }),
    isDirectory: (path) => Promise.resolve(!path.includes("nowhere")),
    audit,
    pushes,
  };
  const world = { isStoreThere: true };
  const penalties = new AddressPenalties(time);
  const rejected: string[] = [];
  const endpoint = new RemoteEndpoint({
    services: () =>
      world.isStoreThere ? Promise.resolve(services) : Promise.reject(new StoreUnavailableError("not there yet")),
    isAuthOn,
    penalties,
    clock: time,
    scheduler: time,
    metrics: { connectionOpened: () => undefined, connectionRejected: (reason) => void rejected.push(reason) },
    log,
    createReference: randomUUID,
  });
  const gateway = new Gateway({
    originPolicy: createOriginPolicy({ host: "127.0.0.1", allowedOrigins: ["https://dash.example.org"] }),
    metrics: { connectionRejected: (reason) => void rejected.push(reason) },
    endpoints: new Map([
      ["/remote", () => Promise.resolve(endpoint)],
      ["/", () => Promise.resolve(endpoint)],
    ]),
    log,
  });
  pushes.start();
  const server = createServer();
  gateway.attach(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `ws://127.0.0.1:${port}/remote`;

  return {
    ...base,
    world,
    folder,
    catalog,
    runs,
    commands,
    devices,
    pushes,
    services,
    penalties,
    rejected,
    endpoint,
    gateway,
    lines,
    port,
    url,

    /** A socket that has read `hello`. */
    async open(options: ClientOptions = {}): Promise<RawClient> {
      const client = await RawClient.open(url, options);
      await client.next("hello");
      return client;
    },

    /** A connected client, its sequence read: what comes next is news. */
    async connect(message: Record<string, unknown> = {}): Promise<RawClient> {
      const client = await this.open();
      client.send({ type: "connect", session_id: CLIENT, api_key: MAIN_KEY, ...message });
      await client.find(({ type }) => type === "session_list");
      await settle(client);
      forget(client);
      return client;
    },

    /** Puts a message into the delivery queue of a client session, as the end of a prompt does. */
    async deliver(result: PromptResult): Promise<void> {
      const at = time.now();
      await store.acceptPrompt({
        prompt: {
          promptId: result.promptId,
          sessionId: result.sessionId,
          clientSessionId: result.clientSessionId,
          fingerprint: "",
          requestJson: "{}",
          state: "accepted",
          acceptedAt: at,
        },
        maxQueued: 20,
        now: at,
      });
      await store.finishPrompt({
        promptId: result.promptId,
        state: result.success ? "succeeded" : "failed",
        outcomeJson: JSON.stringify(result),
        finishedAt: at,
        delivery: {
          messageId: result.messageId,
          clientSessionId: result.clientSessionId,
          documentJson: JSON.stringify(result),
        },
      });
    },

    async end(): Promise<void> {
      pushes.stop();
      gateway.stopAccepting();
      await endpoint.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await opened.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let marks = 0;

/** Everything sent before was carried out, as far as the order of messages says. */
export async function settle(client: RawClient): Promise<RawFrame> {
  const id = `mark-${++marks}`;
  client.send({ type: "list_permissions", correlation_id: id });
  return client.find((frame) => frame.type === "ack" && frame["correlation_id"] === id);
}

/** Looks at later frames only. */
export function forget(client: RawClient): void {
  client.frames.length = 0;
  client.forgetTaken();
}

/** What has come since, without the marks of `settle`. */
export function newsOf(client: RawClient): RawFrame[] {
  return client.frames.filter(({ correlation_id: id }) => !(typeof id === "string" && id.startsWith("mark-")));
}

export function typesOf(client: RawClient): string[] {
  return newsOf(client).map(({ type }) => type);
}
