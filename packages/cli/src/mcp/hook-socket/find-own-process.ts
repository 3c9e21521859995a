import { hashHookToken, type Registration } from "./run-directory.ts";

/** What a hook knows about the session that runs it. */
export interface HookOrigin {
  token: string | undefined;
  sessionId: string | undefined;
  /** The hook's parent, and that one's parent: agents run hooks directly or through a shell. */
  parentPids: readonly number[];
  cwd: string;
}

/**
 * The `parl mcp` process of the hook's own session, never another one's ([HOOK-21]): by hook token, else by session id, else by
 * parent process and directory. A token can be inherited by an agent that was started inside another one, and an agent may
 * begin a new session in the same process; so where the session ids differ, only the same parent process tells them apart.
 */
export function findOwnProcess(origin: HookOrigin, registrations: readonly Registration[]): Registration | undefined {
  const { token, sessionId, parentPids, cwd } = origin;
  const sameParent = (one: Registration): boolean => parentPids.includes(one.parentPid);
  const contradicts = (one: Registration): boolean =>
    sessionId !== undefined && one.sessionId !== undefined && one.sessionId !== sessionId;

  const tokenHash = token === undefined || token === "" ? undefined : hashHookToken(token);
  const byToken = registrations.filter((one) => one.tokenHash === tokenHash);
  const bySession = (all: readonly Registration[]) =>
    all.filter((one) => sessionId !== undefined && one.sessionId === sessionId);
  const candidates = [
    bySession(byToken),
    byToken.filter((one) => !contradicts(one) || sameParent(one)),
    bySession(registrations),
    registrations.filter((one) => !contradicts(one) && sameParent(one) && one.cwd === cwd),
  ];
  for (const found of candidates) {
    const [first, ...others] = found;
    if (first === undefined) continue;
    if (others.length === 0) return first;
    // Several processes of one session (an agent that restarted its server): the parent decides, or nobody.
    const near = found.filter(sameParent);
    return near.length === 1 ? near[0] : undefined;
  }
  return undefined;
}
