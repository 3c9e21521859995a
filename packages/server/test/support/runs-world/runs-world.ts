import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentCapabilities } from "@parlatory/agents";
import { createPathPolicy } from "../../../src/path-policy.ts";
import type { Log, Scheduler } from "../../../src/ports.ts";
import type { CatalogListener } from "../../../src/sessions/catalog.ts";
import type {
  PendingPermission,
  PromptResult,
  PromptStatus,
  ResolvedPermission,
  RunListener,
} from "../../../src/sessions/run-desk.ts";
import type { AcceptedPrompt, KnownPrompt, PromptSubmission } from "../../../src/sessions/run-requests.ts";
import type { RunAuditNote, RunSettings } from "../../../src/sessions/runs/run-options.ts";
import { SessionRuns } from "../../../src/sessions/runs/session-runs.ts";
import type { Store } from "../../../src/store/store.ts";
import { Outage } from "../outage.ts";
import { SteppedTime } from "../stepped-time.ts";
import { AgentMachine } from "./agent-machine.ts";
import type { RunsStore } from "./runs-store.ts";
import { FileCatalog } from "./file-catalog.ts";
import { ScriptedAgent } from "./scripted-agent.ts";
import { SessionFiles } from "./session-files.ts";

/** Everything a server told, in its order. */
export type Told =
  | { type: "history"; sessionId: string; ids: readonly string[] }
  | { type: "result"; result: PromptResult }
  | { type: "status"; status: PromptStatus; clientSessionId: string }
  | { type: "killed"; sessionId: string; clientSessionIds: readonly string[] }
  | { type: "compaction"; outcome: Parameters<NonNullable<RunListener["onCompaction"]>>[0]; clientSessionId: string }
  | { type: "asked"; request: PendingPermission }
  | { type: "resolved"; resolved: ResolvedPermission }
  | { type: "session"; sessionId: string; state: string };

export interface RunsServer {
  readonly desk: SessionRuns;
  readonly catalog: FileCatalog;
  readonly outage: Outage;
  readonly serverId: string;
  readonly told: Told[];
  readonly notes: RunAuditNote[];
  readonly saved: { filename: string; content: string; storageLocation: string }[];
  prompt(text: string, more?: Partial<PromptSubmission>): Promise<AcceptedPrompt | KnownPrompt>;
  results(): PromptResult[];
}

export const asker = { clientSessionId: "client-1", deviceId: "dev-1", deviceName: "phone" };

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const settings: RunSettings = {
  maxRuns: 8,
  maxProcesses: 8,
  runTimeoutMs: 3_600_000,
  permissionTimeoutMs: 600_000,
  allowBypass: false,
  isStoreShared: false,
};

/** Servers on one store and one machine, with an agent `main` and one without files `plain`; time stands still. */
export class RunsWorld {
  readonly time = new SteppedTime();
  readonly machine = new AgentMachine();
  readonly files = new SessionFiles(() => this.time.now());
  readonly main = new ScriptedAgent(this.files, this.machine);
  readonly plain = new ScriptedAgent(this.files, this.machine);
  readonly folder: string;
  readonly store: Store;
  readonly errors: string[] = [];
  readonly #watched: Store;
  readonly #servers: RunsServer[] = [];
  #count = 0;

  /** `source`: opened once for a test file, and emptied for each world. */
  static async open(source: RunsStore): Promise<RunsWorld> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "parl-test-runs-")));
    await mkdir(join(folder, "work"));
    await mkdir(join(folder, "other"));
    source.empty();
    return new RunsWorld(folder, source.store);
  }

  private constructor(folder: string, store: Store) {
    this.folder = folder;
    this.store = store;
    this.#watched = this.time.watch(store);
    this.plain.capabilities = { ...this.plain.capabilities, keepsFiles: false, attachmentTypes: [] };
  }

  get work(): string {
    return join(this.folder, "work");
  }

  can(change: Partial<AgentCapabilities>): void {
    this.main.capabilities = { ...this.main.capabilities, ...change };
  }

  async startServer(
    change: Partial<RunSettings> & { host?: string; log?: Log; defaultAgents?: readonly string[] } = {},
  ): Promise<RunsServer> {
    const { host = "here", log, defaultAgents = ["main"], ...changed } = change;
    const serverId = `server-${++this.#count}`;
    const outage = new Outage();
    const isCut = () => outage.mode === "hanging";
    const catalog = new FileCatalog(this.files, () => "main");
    const told: Told[] = [];
    const notes: RunAuditNote[] = [];
    const saved: RunsServer["saved"] = [];
    const scheduler: Scheduler = {
      after: (ms, run) => this.time.after(ms, () => (isCut() ? undefined : run())),
      soon: (run) => this.time.soon(() => (isCut() ? undefined : run())),
    };
    const desk = new SessionRuns({
      store: outage.wrap(this.#watched),
      catalog,
      agents: [
        { name: "main", driver: this.main.driver(serverId, isCut), canNameSessions: true, model: "large" },
        { name: "plain", driver: this.plain.driver(serverId, isCut), canNameSessions: false },
      ],
      defaultAgents,
      paths: createPathPolicy({ home: this.folder, roots: [] }),
      defaultDirectory: this.work,
      scratchDirectory: join(this.folder, "scratch"),
      saveResource: async ({ storageLocation, filename, content }) => {
        saved.push({ storageLocation, filename, content: Buffer.from(content).toString("utf8") });
        return { path: join(storageLocation, ".parlatory", "resources", filename) };
      },
      owner: { serverId, host, ...this.machine.startServer(serverId) },
      processes: this.machine,
      audit: async (note) => void notes.push(note),
      clock: this.time,
      scheduler,
      randomUuid: () => crypto.randomUUID(),
      log: log ?? { ...silent, error: (msg) => void (isCut() ? undefined : this.errors.push(msg)) },
      settings: { ...settings, ...changed },
    });
    const note = (one: Told) => {
      if (!isCut()) told.push(one);
    };
    const history: CatalogListener = {
      onAppended: ({ sessionId }, messages) => note({ type: "history", sessionId, ids: messages.map(({ id }) => id) }),
    };
    catalog.listen(history);
    desk.listen({
      onResult: (result) => note({ type: "result", result }),
      onPromptStatus: (status, clientSessionId) => note({ type: "status", status, clientSessionId }),
      onKilled: (sessionId, clientSessionIds) => note({ type: "killed", sessionId, clientSessionIds }),
      onCompaction: (outcome, _sessionId, clientSessionId) => note({ type: "compaction", outcome, clientSessionId }),
      onPermissionRequested: (request) => note({ type: "asked", request }),
      onPermissionResolved: (resolved) => note({ type: "resolved", resolved }),
      onStatus: (sessionId) => note({ type: "session", sessionId, state: desk.status(sessionId).state }),
    });
    const server: RunsServer = {
      desk,
      catalog,
      outage,
      serverId,
      told,
      notes,
      saved,
      prompt: (text, more = {}) =>
        desk.submitPrompt({ asker, text, mode: "reject", attachments: [], force: false, ...more }),
      results: () => told.flatMap((one) => (one.type === "result" ? [one.result] : [])),
    };
    this.#servers.push(server);
    await desk.start();
    return server;
  }

  /** As `kill -9`: nothing of the server happens any more, its agents live on. */
  crash(server: RunsServer): void {
    server.outage.mode = "hanging";
    const process = this.machine.servers.get(server.serverId);
    if (process !== undefined) process.isAlive = false;
  }

  /** Turns of the event loop until it is so; the test's own time limit is the limit. */
  async until<Value>(condition: () => Value | undefined | false | null): Promise<Value> {
    for (;;) {
      const value = condition();
      if (value !== undefined && value !== false && value !== null) return value;
      await this.turn();
    }
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves time step by step until it is so. */
  async untilLater(condition: () => unknown, stepMs = 250, mostMs = 60_000): Promise<void> {
    for (let passed = 0; passed < mostMs; passed += stepMs) {
      if (condition() === true) return;
      await this.time.advance(stepMs);
      await this.turn();
    }
    if (condition() !== true) throw new Error("it did not come to be in time");
  }

  async close(): Promise<void> {
    for (const { desk, outage } of this.#servers) {
      if (outage.mode === "hanging") continue;
      outage.mode = "up";
      const stopped = desk.stop(0);
      let isStopped = false;
      void stopped.then(() => (isStopped = true));
      await this.untilLater(() => isStopped, 1_000);
    }
    if (this.errors.length > 0) throw new Error(`a server logged errors: ${this.errors.join("; ")}`);
    await rm(this.folder, { recursive: true, force: true });
  }
}
