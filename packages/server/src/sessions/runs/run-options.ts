/** What the runs of sessions are made of: everything comes from outside, so that a test can hold all of it. */
import type { Driver } from "@parlatory/agents";
import type { PathPolicy } from "../../path-policy.ts";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { RemoteStore } from "../../store/remote-store.ts";
import type { SessionCatalog } from "../catalog.ts";
import type { Asker } from "../run-desk.ts";
import type { ProcessWatch } from "./process-watch.ts";

/** An agent as the configuration names it ([AGENT-1]). */
export interface ConfiguredAgent {
  readonly name: string;
  readonly driver: Driver;
  readonly model?: string | undefined;
  /** What its configuration adds to its environment ([AGENT-8]). */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Of the file it runs: another text means that the program was exchanged, and is probed again. */
  readonly fingerprint?: (() => Promise<string>) | undefined;
  /** Can give a text a title ([SESS-5]); an agent that only repeats cannot. */
  readonly canNameSessions: boolean;
  /** The cheapest model for titles; absent: `model`. */
  readonly namingModel?: string | undefined;
}

/** Who owns the locks that are taken here ([LOCK-1]). */
export interface LeaseOwner {
  /** New with every start of a server. */
  readonly serverId: string;
  readonly pid: number;
  /** As `ProcessWatch` tells it. */
  readonly pidStartedAt: string;
  readonly host: string;
}

export interface RunSettings {
  /** `remote.max_runs` */
  readonly maxRuns: number;
  /** `remote.max_processes` */
  readonly maxProcesses: number;
  /** `remote.run_timeout_s` */
  readonly runTimeoutMs: number;
  /** `remote.permission_timeout_s` */
  readonly permissionTimeoutMs: number;
  /** `remote.allow_bypass` */
  readonly allowBypass: boolean;
  /** Other servers may work on the same store: what they do is looked for. */
  readonly isStoreShared: boolean;
}

/** Saves what an agent cannot take as content, like an upload ([RES-3]); `path` is absolute. */
export type SaveResource = (request: {
  readonly storageLocation: string;
  readonly filename: string;
  readonly content: Uint8Array;
}) => Promise<{ readonly path: string }>;

/** A line of the audit log ([AUTH-11]). */
export interface RunAuditNote {
  readonly actor: string;
  readonly event:
    | "session_killed"
    | "session_unlocked"
    | "permission_mode_changed"
    | "permission_answered"
    | "permission_granted"
    | "grant_revoked";
  readonly data: Readonly<Record<string, unknown>>;
}

export interface SessionRunsOptions {
  readonly store: RemoteStore;
  readonly catalog: SessionCatalog;
  readonly agents: readonly ConfiguredAgent[];
  /** Names tried in this order; the first whose probe passes is the default, else the last. */
  readonly defaultAgents: readonly string[];
  readonly paths: PathPolicy;
  /** Where a session starts that nobody gave a directory ([CONN-6]). */
  readonly defaultDirectory: string;
  /** `PARL_HOME/scratch` */
  readonly scratchDirectory: string;
  readonly saveResource: SaveResource;
  readonly owner: LeaseOwner;
  readonly processes: ProcessWatch;
  readonly audit: (note: RunAuditNote) => Promise<void>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomUuid: () => string;
  /** Told before the prompt is recorded, and so before its agent can have it ([HIST-8]). */
  readonly noteOwnPrompt?: ((promptId: string) => void) | undefined;
  readonly log: Log;
  readonly settings: RunSettings;
}

export function actorOf(asker: Asker): string {
  return `device:${asker.deviceId}`;
}
