/**
 * On a store that several servers share: which sessions others run, which of their locks nobody renews any more, and the
 * questions their agents ask ([CRASH-5]). On a store of one server it does nothing.
 */
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { LeaseRow, RemoteStore } from "../../store/remote-store.ts";
import type { SessionState } from "../session.ts";
import { judgeLease } from "./lease-judgement.ts";
import type { PermissionDesk } from "./permission-desk.ts";
import type { ProcessWatch } from "./process-watch.ts";
import type { RunListeners } from "./run-listeners.ts";
import type { LeaseOwner, RunSettings } from "./run-options.ts";

const lookMs = 1_000;

export interface SharedStoreWatchParts {
  readonly store: Pick<RemoteStore, "listLeases" | "listPendingPermissions" | "listAgentProcesses">;
  readonly permissions: PermissionDesk;
  readonly listeners: RunListeners;
  readonly owner: LeaseOwner;
  readonly processes: ProcessWatch;
  readonly settings: RunSettings;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly onDead: (lease: LeaseRow) => void;
}

export class SharedStoreWatch {
  readonly #parts: SharedStoreWatchParts;
  #leases = new Map<string, LeaseRow>();
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(parts: SharedStoreWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#parts.settings.isStoreShared) this.#plan();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** Another server's lock, as it was seen last. */
  leaseOf(sessionId: string): LeaseRow | undefined {
    return this.#leases.get(sessionId);
  }

  stateOf({ kind, expiresAt }: LeaseRow): SessionState {
    if (kind === "recovery" || expiresAt <= this.#parts.clock.now()) return "recovering";
    return kind === "compaction" ? "compacting" : "running";
  }

  #plan(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#parts.scheduler.after(lookMs, () => void this.#look().finally(() => this.#plan()));
  }

  async #look(): Promise<void> {
    const { store, permissions, log } = this.#parts;
    try {
      await this.#lookAtLeases();
      const pending = await store.listPendingPermissions();
      if (!this.#isStopped) await permissions.compare(pending);
    } catch (error) {
      log.warn("what other servers do could not be looked at", { error });
    }
  }

  async #lookAtLeases(): Promise<void> {
    const { store, owner, listeners, onDead } = this.#parts;
    const before = this.#leases;
    const now = new Map<string, LeaseRow>();
    for (const lease of await store.listLeases()) {
      if (lease.serverId === owner.serverId) continue;
      now.set(lease.sessionId, lease);
      if (!this.#isStopped && (await judgeLease(lease, this.#parts)) === "dead") onDead(lease);
    }
    this.#leases = now;
    for (const sessionId of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(sessionId)?.runId !== now.get(sessionId)?.runId) listeners.tell("onStatus", sessionId);
    }
  }
}
