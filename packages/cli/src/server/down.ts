import { kill } from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import type { CommandContext } from "../harness/context.ts";
import { CommandError, isSystemError } from "../harness/error.ts";
import { awaitServerEnd, awaitServerState } from "./running-server.ts";

export type DownResult =
  | { readonly state: "stopped"; readonly url: string; readonly pid: number }
  | { readonly state: "not_running"; readonly url: null; readonly pid: null };

/** A server that is just starting gets this long to say which process it is. */
const startingMs = 15_000;
/** Every step of the drain is bounded by 5 s [WS-8]; there are four. */
const endMs = 25_000;
const exitMs = 1_000;
const pollMs = 10;

/**
 * Stops the server of this home and waits for its end [CLI-7]. It is signalled only while it holds the instance lock, so a
 * pid that meanwhile means another program is never hit. Errors: `server_unreachable`, `server_start_failed`, `filesystem`.
 */
export async function down({ home }: Pick<CommandContext, "home">): Promise<DownResult> {
  const state = await awaitServerState(home, startingMs);
  if (state.name === "stopped") return { state: "not_running", url: null, pid: null };
  if (state.name === "starting") {
    throw new CommandError({
      kind: "server_start_failed",
      operation: "stop_server",
      target: home,
      message: `the server of ${home} is starting and does not say which process it is; it cannot be stopped yet`,
    });
  }
  const { pid, url } = state.info;
  try {
    kill(pid, "SIGTERM");
  } catch (cause) {
    const isGone = isSystemError(cause) && cause.code === "ESRCH";
    if (!isGone) throw notStopped(pid, url, "this user may not signal it", cause);
  }
  if (!(await awaitServerEnd(home, endMs))) throw notStopped(pid, url, `it still runs after ${endMs / 1000} s`);
  await awaitExit(pid);
  return { state: "stopped", url, pid };
}

/** It has let go of everything; what is left is the end of the process, which somebody may have to collect first. */
async function awaitExit(pid: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < exitMs; waitedMs += pollMs) {
    try {
      kill(pid, 0);
    } catch {
      return;
    }
    await wait(pollMs);
  }
}

function notStopped(pid: number, url: string, reason: string, cause?: unknown): CommandError {
  return new CommandError({
    kind: "server_unreachable",
    operation: "stop_server",
    target: url,
    message: `the server (process ${pid}) was not stopped: ${reason}`,
    hint: `end process ${pid} yourself, or read PARL_HOME/logs/server.log`,
    cause,
  });
}
