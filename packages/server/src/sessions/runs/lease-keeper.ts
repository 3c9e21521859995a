/**
 * Keeps the locks of this server's runs ([LOCK-2], [LOCK-3]): renews them together, and tells a run whose lock cannot be
 * kept, early enough that its agent is gone before another server may take the lock. On waking from sleep that comes first.
 * States of a lease here: held → lost (its run was told; it may still turn out to be ours) → dropped.
 */
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { LeaseKind, LeaseRow, RemoteStore } from "../../store/remote-store.ts";
import type { LeaseOwner } from "./run-options.ts";

/** Before the end of a lease that could not be renewed: time to end an agent. */
const marginMs = 4_000;

interface HeldLease {
  until: number;
  isLost: boolean;
  readonly onLost: () => void;
  cancelDeadline: () => void;
}

export class LeaseKeeper {
  readonly #store: Pick<RemoteStore, "renewLeases">;
  readonly #owner: LeaseOwner;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #log: Log;
  readonly #held = new Map<string, HeldLease>();
  #cancelRenewal: (() => void) | undefined;
  #isRenewing = false;

  constructor(options: {
    store: Pick<RemoteStore, "renewLeases">;
    owner: LeaseOwner;
    clock: Clock;
    scheduler: Scheduler;
    log: Log;
  }) {
    this.#store = options.store;
    this.#owner = options.owner;
    this.#clock = options.clock;
    this.#scheduler = options.scheduler;
    this.#log = options.log;
  }

  /** A lease as it is to be taken now. */
  create(sessionId: string, runId: string, kind: LeaseKind): LeaseRow {
    const now = this.#clock.now();
    return { sessionId, runId, kind, ...this.#owner, takenAt: now, expiresAt: now + REMOTE_LIMITS.leaseMs };
  }

  /** The store gave it to us. `onLost` is called once at most. */
  hold(lease: LeaseRow, onLost: () => void): void {
    const held: HeldLease = { until: lease.expiresAt, isLost: false, onLost, cancelDeadline: () => undefined };
    this.#held.set(lease.runId, held);
    this.#watch(lease.runId, held);
    this.#cancelRenewal ??= this.#scheduler.after(REMOTE_LIMITS.leaseRenewalMs, this.#renewAll);
  }

  /** It was given back, or is not ours any more. */
  drop(runId: string): void {
    this.#held.get(runId)?.cancelDeadline();
    this.#held.delete(runId);
    if (this.#held.size > 0) return;
    this.#cancelRenewal?.();
    this.#cancelRenewal = undefined;
  }

  /** It was not renewed in time: whether it is still ours only the store can tell. */
  isDoubtful(runId: string): boolean {
    const held = this.#held.get(runId);
    return held === undefined || held.isLost || this.#clock.now() >= held.until;
  }

  /** Asks the store, and has it for another time when it is ours. */
  async confirm(runId: string): Promise<boolean> {
    const expiresAt = this.#clock.now() + REMOTE_LIMITS.leaseMs;
    const ours = await this.#store.renewLeases({ serverId: this.#owner.serverId, runIds: [runId], expiresAt });
    return ours.includes(runId);
  }

  stop(): void {
    for (const runId of [...this.#held.keys()]) this.drop(runId);
  }

  readonly #renewAll = (): void => {
    this.#cancelRenewal = this.#scheduler.after(REMOTE_LIMITS.leaseRenewalMs, this.#renewAll);
    for (const [runId, held] of this.#held) if (this.#clock.now() >= held.until) this.#lose(runId, held);
    if (!this.#isRenewing) void this.#renew();
  };

  async #renew(): Promise<void> {
    const asked = [...this.#held].filter(([, held]) => !held.isLost);
    if (asked.length === 0) return;
    this.#isRenewing = true;
    const until = this.#clock.now() + REMOTE_LIMITS.leaseMs;
    try {
      const runIds = asked.map(([runId]) => runId);
      const ours = new Set(await this.#store.renewLeases({ serverId: this.#owner.serverId, runIds, expiresAt: until }));
      for (const [runId, held] of asked) {
        if (this.#held.get(runId) !== held || held.isLost) continue;
        if (!ours.has(runId)) this.#lose(runId, held);
        else {
          held.until = until;
          this.#watch(runId, held);
        }
      }
    } catch (error) {
      this.#log.warn("the locks of running sessions could not be renewed", { leases: asked.length, error });
    } finally {
      this.#isRenewing = false;
    }
  }

  #watch(runId: string, held: HeldLease): void {
    held.cancelDeadline();
    const leftMs = held.until - marginMs - this.#clock.now();
    held.cancelDeadline = this.#scheduler.after(Math.max(0, leftMs), () => {
      if (this.#held.get(runId) === held) this.#lose(runId, held);
    });
  }

  #lose(runId: string, held: HeldLease): void {
    if (held.isLost) return;
    held.isLost = true;
    held.cancelDeadline();
    this.#log.error("the lock of a running session could not be kept; its agent is stopped", { runId });
    held.onLost();
  }
}
