import type { HookRequest } from "./hook-request.ts";
import { isLive, type Presence } from "./presence.ts";

export type HookMatch =
  | { outcome: "matched"; presences: Presence[] }
  | { outcome: "ambiguous" }
  | { outcome: "nothing" };

/**
 * Finds whom a hook without a token means ([HOOK-11]): the agent's session id, else working directory and process, else
 * the working directory alone where that leaves no doubt. `candidates` are those of meshes that allow such hooks.
 */
export function matchHook(hook: HookRequest, candidates: Iterable<Presence>): HookMatch {
  const bySession: Presence[] = [];
  const byProcess: Presence[] = [];
  const byDirectory: Presence[] = [];
  for (const presence of candidates) {
    if (!isLive(presence)) continue;
    if (hook.sessionId !== undefined && presence.claudeSessionId === hook.sessionId) {
      bySession.push(presence);
      continue;
    }
    if (presence.cwd !== hook.cwd || isOfOtherSession(hook, presence)) continue;
    byDirectory.push(presence);
    if (isOfProcess(hook, presence)) byProcess.push(presence);
  }
  if (bySession.length > 0) return { outcome: "matched", presences: bySession };
  if (byProcess.length > 0) {
    const isClear = isOneAgent(byProcess) || hasOnePerMesh(byProcess);
    return isClear ? { outcome: "matched", presences: byProcess } : { outcome: "ambiguous" };
  }
  if (byDirectory.length === 0) return { outcome: "nothing" };
  return isOneAgent(byDirectory) ? { outcome: "matched", presences: byDirectory } : { outcome: "ambiguous" };
}

/** Tells whether both name an agent session and the names differ: such a presence is never meant. */
export function isOfOtherSession(
  hook: Pick<HookRequest, "sessionId">,
  presence: Pick<Presence, "claudeSessionId">,
): boolean {
  return (
    hook.sessionId !== undefined &&
    presence.claudeSessionId !== undefined &&
    presence.claudeSessionId !== hook.sessionId
  );
}

export function isOfProcess(hook: Pick<HookRequest, "pid">, presence: Pick<Presence, "pid" | "parentPid">): boolean {
  return hook.pid !== undefined && (presence.pid === hook.pid || presence.parentPid === hook.pid);
}

/** All are one session identity, or one session of the agent. */
function isOneAgent(presences: readonly Presence[]): boolean {
  const [first, ...rest] = presences;
  if (first === undefined) return false;
  if (rest.every((presence) => presence.memberId === first.memberId && presence.identity === first.identity)) {
    return true;
  }
  return (
    first.claudeSessionId !== undefined && rest.every((presence) => presence.claudeSessionId === first.claudeSessionId)
  );
}

/** One process that is in several meshes has one presence in each. */
function hasOnePerMesh(presences: readonly Presence[]): boolean {
  return new Set(presences.map((presence) => presence.meshId)).size === presences.length;
}
