/** Whose a lock is, and whether its owner still works ([LOCK-4]). */
import type { Clock } from "../../ports.ts";
import type { LeaseRow, RemoteStore } from "../../store/remote-store.ts";
import type { LockHolder } from "../run-requests.ts";
import type { ProcessWatch } from "./process-watch.ts";
import type { LeaseOwner } from "./run-options.ts";

/**
 * `ours`: of this very server. `dead`: its agents may be ended here, and the lock taken after that. `stranded`: it has
 * expired, but its agents can be ended on another machine only.
 */
export type LeaseVerdict = "ours" | "alive" | "dead" | "stranded";

export interface LeaseJudgementParts {
  readonly store: Pick<RemoteStore, "listAgentProcesses">;
  readonly owner: LeaseOwner;
  readonly processes: ProcessWatch;
  readonly clock: Clock;
}

export async function judgeLease(lease: LeaseRow, parts: LeaseJudgementParts): Promise<LeaseVerdict> {
  const { store, owner, processes, clock } = parts;
  if (lease.serverId === owner.serverId) return "ours";
  const hasExpired = lease.expiresAt <= clock.now();
  if (lease.host === owner.host) {
    return hasExpired || !(await processes.isAlive(lease.pid, lease.pidStartedAt)) ? "dead" : "alive";
  }
  if (!hasExpired) return "alive";
  const agents = await store.listAgentProcesses(lease.host);
  return agents.some(({ sessionId }) => sessionId === lease.sessionId) ? "stranded" : "dead";
}

export function toLockHolder(lease: LeaseRow, verdict: LeaseVerdict): LockHolder {
  if (verdict === "dead" || verdict === "stranded") {
    return { holder: "recovery", runId: lease.runId, since: lease.takenAt };
  }
  return { holder: lease.kind, runId: lease.runId, since: lease.takenAt, isRunAlive: true };
}
