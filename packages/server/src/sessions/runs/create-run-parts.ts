import { AgentPool } from "./agent-pool.ts";
import { AgentRegistry } from "./agent-registry.ts";
import { DurableSteps } from "./durable-step.ts";
import { ElsewhereWatch } from "./elsewhere-watch.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { PermissionDesk } from "./permission-desk.ts";
import { PermissionGrants } from "./permission-grants.ts";
import { RunListeners } from "./run-listeners.ts";
import type { RunAuditNote, SessionRunsOptions } from "./run-options.ts";
import type { RunParts } from "./run-parts.ts";
import { RunSlots } from "./run-slots.ts";
import { SessionCosts } from "./session-costs.ts";
import { SessionFacts } from "./session-facts.ts";

/** Puts the parts of the runs together. `isRunning`: a server on this store runs the session. */
export function createRunParts(
  options: SessionRunsOptions,
  { isRunning }: { isRunning: (sessionId: string) => boolean },
): RunParts {
  const { store, catalog, clock, scheduler, log, randomUuid, settings, owner } = options;
  const listeners = new RunListeners(log);
  const steps = new DurableSteps({ scheduler, log });
  const registry = new AgentRegistry(options);
  const grants = new PermissionGrants(store);
  const audit = (note: RunAuditNote) => {
    options
      .audit(note)
      .catch((error: unknown) => log.error("a line of the audit log is missing", { event: note.event, error }));
  };
  const permissions = new PermissionDesk({
    store,
    grants,
    steps,
    listeners,
    audit,
    clock,
    scheduler,
    randomUuid,
    log,
    timeoutMs: settings.permissionTimeoutMs,
  });
  const elsewhere: ElsewhereWatch = new ElsewhereWatch({
    catalog,
    clock,
    scheduler,
    log,
    isOurs: (sessionId) =>
      isRunning(sessionId) || pool.isWorking(sessionId) || registry.isWithoutFiles(catalog.get(sessionId)?.agent ?? ""),
    onChanged: (sessionId) => listeners.tell("onStatus", sessionId),
  });
  const pool: AgentPool = new AgentPool({
    store,
    catalog,
    steps,
    owner,
    clock,
    scheduler,
    log,
    settings,
    onOwnRecords: (sessionId) => elsewhere.noteOwn(sessionId),
    onReplaced: (sessionId, agentSessionId) => {
      void steps
        .take("keep an agent's id of a session", () => store.updateSession(sessionId, { agentSessionId }))
        .catch((error: unknown) => log.error("an agent's id of a session could not be kept", { sessionId, error }));
    },
  });
  return {
    ...options,
    audit,
    registry,
    pool,
    slots: new RunSlots(settings.maxRuns),
    keeper: new LeaseKeeper({ store, owner, clock, scheduler, log }),
    steps,
    permissions,
    grants,
    listeners,
    facts: new SessionFacts({ store, catalog }),
    elsewhere,
    costs: new SessionCosts(),
  };
}
