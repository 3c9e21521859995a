import type { AuditEntryBody } from "@parlatory/protocol";
import { AnswerDeadline } from "../mesh/answer-deadline.ts";
import type { AuditRow } from "../store/store.ts";
import type { HttpDeps } from "./http-deps.ts";
import { toInstant } from "./instants.ts";
import type { RouteHandlers } from "./route-handlers.ts";

const MAX_ENTRIES = 1_000;
/** Recomputing a long chain takes its time; it is asked for by hand. */
const VERIFY_MS = 60_000;

/** [HTTP-15]. */
export function auditRoutes(deps: Pick<HttpDeps, "audit" | "scheduler">): Pick<RouteHandlers, "listAudit"> {
  const deadline = new AnswerDeadline({ scheduler: deps.scheduler });
  const verifyDeadline = new AnswerDeadline({ scheduler: deps.scheduler, limitMs: VERIFY_MS });
  return {
    async listAudit({ mesh, query }) {
      const rows = await deadline.within(() => deps.audit.list(mesh.id, query.since ?? 0, MAX_ENTRIES));
      const entries = rows.map(toBody);
      if (query.verify !== true) return { body: { entries } };
      const verdict = await verifyDeadline.within(() => deps.audit.verify());
      return { body: { entries, chain: verdict.chain, at: verdict.chain === "broken" ? verdict.at : null } };
    },
  };
}

function toBody(row: AuditRow): AuditEntryBody {
  return {
    seq: row.seq,
    at: toInstant(row.at),
    actor: row.actor,
    event: row.event,
    data: row.data,
    prev_hash: row.prevHash,
    hash: row.hash,
  };
}
