import { setTimeout as delay } from "node:timers/promises";
import { AgentError } from "./agent-error.ts";
import type { AgentProcess, ProcessEnd } from "./process/agent-process.ts";

export interface StartLimits {
  readonly agent: AgentProcess;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeoutMs: number | undefined;
  /** The program, for messages. */
  readonly target: string;
  /** What the end of the process before it was ready means. */
  readonly failureOfEnd: (end: ProcessEnd) => Error;
}

const defaultTimeoutMs = 60_000;
const maxTimerMs = 2 ** 31 - 1;
/** Its output ends a little before the process does; how that ended is the better reason. */
const endFollowsMs = 500;

/** Waits for a handshake. When it fails, is aborted or takes too long, the agent is ended before this rejects. */
export async function startWithin<T>(handshake: Promise<T>, limits: StartLimits): Promise<T> {
  const { agent, signal, timeoutMs = defaultTimeoutMs, target } = limits;
  const over = new AbortController();
  const pause = (ms: number) => delay(Math.min(ms, maxTimerMs), undefined, { signal: over.signal });
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal?.reason as Error);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  const tooLate = pause(timeoutMs).then(() => {
    const message = `start '${target}': it was not ready within ${timeoutMs} ms; try again, or see what it logs`;
    throw new AgentError({ kind: "engine_unavailable", target, message });
  });
  const ended = agent.ended.then((end) => Promise.reject(limits.failureOfEnd(end)));
  const ready = handshake.catch(async (failure: unknown) => {
    if (!(failure instanceof AgentError)) await Promise.race([ended, pause(endFollowsMs)]);
    throw failure;
  });
  const outcomes = [ready, ended, tooLate, aborted.promise];
  for (const outcome of outcomes) outcome.catch(() => undefined);
  try {
    return (await Promise.race(outcomes)) as T;
  } catch (failure) {
    await agent.end(0);
    throw failure;
  } finally {
    over.abort();
    signal?.removeEventListener("abort", onAbort);
  }
}
