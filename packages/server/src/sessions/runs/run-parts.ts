import type { AgentPool } from "./agent-pool.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import type { DurableSteps } from "./durable-step.ts";
import type { ElsewhereWatch } from "./elsewhere-watch.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { PermissionDesk } from "./permission-desk.ts";
import type { PermissionGrants } from "./permission-grants.ts";
import type { RunListeners } from "./run-listeners.ts";
import type { RunAuditNote, SessionRunsOptions } from "./run-options.ts";
import type { RunSlots } from "./run-slots.ts";
import type { SessionCosts } from "./session-costs.ts";
import type { SessionFacts } from "./session-facts.ts";

/** What the runs of all sessions share. */
export interface RunParts extends Omit<SessionRunsOptions, "audit"> {
  /** A line that cannot be written is logged; it stops nothing. */
  readonly audit: (note: RunAuditNote) => void;
  readonly grants: PermissionGrants;
  readonly registry: AgentRegistry;
  readonly pool: AgentPool;
  readonly slots: RunSlots;
  readonly keeper: LeaseKeeper;
  readonly steps: DurableSteps;
  readonly permissions: PermissionDesk;
  readonly listeners: RunListeners;
  readonly facts: SessionFacts;
  readonly elsewhere: ElsewhereWatch;
  readonly costs: SessionCosts;
}
