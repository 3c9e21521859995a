import { isAlive } from "./hook-socket/run-directory.ts";

const POLL_MS = 1_000;

/**
 * Calls `gone` once when the process that started us has ended ([MCP-15]): our parent changed, or it no longer answers. Works
 * without /proc; asks once a second. Answers a function that stops watching.
 */
export function watchParent(parentPid: number, gone: () => void, pollMs: number = POLL_MS): () => void {
  // Started by init itself, or by nobody we can ask: stdin is the only sign then.
  if (parentPid <= 1) return () => undefined;
  const timer = setInterval(() => {
    if (process.ppid === parentPid && isAlive(parentPid)) return;
    clearInterval(timer);
    gone();
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}
