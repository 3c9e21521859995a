/** What earlier servers left in the store ([AGENT-13], [CRASH-3], [APPROVE-7]): looked at once, at the start. */
import type { LeaseRow, PromptRow } from "../../store/remote-store.ts";
import { judgeLease } from "./lease-judgement.ts";
import { parsePromptDocument } from "./prompt-document.ts";
import type { RunParts } from "./run-parts.ts";

export interface Leftovers {
  /** Sessions with agents, locks, prompts or questions of a server that is gone. */
  readonly recoveries: readonly { readonly sessionId: string; readonly dead: LeaseRow | undefined }[];
  /** Prompts that wait for nothing but their turn. */
  readonly waiting: readonly PromptRow[];
}

export async function findLeftovers(parts: RunParts): Promise<Leftovers> {
  const { store, owner, processes } = parts;
  const dead = new Map<string, LeaseRow | undefined>();
  const alive = new Map<string, LeaseRow>();
  for (const lease of await store.listLeases()) {
    if ((await judgeLease(lease, parts)) === "dead") dead.set(lease.sessionId, lease);
    else alive.set(lease.sessionId, lease);
  }
  const note = (sessionId: string) => {
    if (!alive.has(sessionId) && !dead.has(sessionId)) dead.set(sessionId, undefined);
  };
  for (const row of await store.listAgentProcesses(owner.host)) {
    if (await processes.isOrphan(row)) note(row.sessionId);
  }
  const waiting: PromptRow[] = [];
  for (const row of await store.listOpenPrompts()) {
    if (parsePromptDocument(row).host !== owner.host) continue;
    if (row.state === "accepted") waiting.push(row);
    else if (alive.get(row.sessionId)?.runId !== row.runId) note(row.sessionId);
  }
  for (const row of await store.listPendingPermissions()) {
    if (alive.get(row.sessionId)?.runId !== row.runId) note(row.sessionId);
  }
  return { recoveries: [...dead].map(([sessionId, lease]) => ({ sessionId, dead: lease })), waiting };
}
