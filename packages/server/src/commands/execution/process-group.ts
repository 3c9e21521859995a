/**
 * The process group that a command leads. Its number is given to no other group while it has a member; whoever saw it empty
 * must not use it again.
 */
export interface ProcessGroup {
  /** False when nothing of it is left. */
  signal(signal: "SIGTERM" | "SIGKILL"): boolean;
  isEmpty(): boolean;
}

export function processGroupOf(leaderPid: number): ProcessGroup {
  let isGone = false;
  const send = (signal: NodeJS.Signals | 0): boolean => {
    if (isGone) return false;
    try {
      process.kill(-leaderPid, signal);
      return true;
    } catch (thrown) {
      // EPERM: members that are not ours to end; they are there all the same.
      isGone = (thrown as NodeJS.ErrnoException).code === "ESRCH";
      return !isGone;
    }
  };
  return { signal: send, isEmpty: () => !send(0) };
}
