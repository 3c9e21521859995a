import type { CommandContext } from "../harness/context.ts";
import { readHookInput } from "./hook-input.ts";
import { askOwnProcess } from "./hook-socket/ask-own-process.ts";
import { findOwnProcess } from "./hook-socket/find-own-process.ts";
import { parentOf } from "./hook-socket/parent-of.ts";
import { readRegistrations } from "./hook-socket/run-directory.ts";

/** The whole run, start of the program included, takes at most one second [HOOK-21]. */
const WHOLE_RUN_MS = 950;

/** Prints what the `parl mcp` process of this session has for its agent, and confirms it [HOOK-23]. Nothing there: prints nothing. */
export async function deliverToHook(context: CommandContext, status: "idle" | "working" | undefined): Promise<void> {
  const { event, isSubagent, sessionId, cwd } = await readHookInput(context);
  if (event === undefined || isSubagent) return;
  const [registrations, grandparent] = await Promise.all([
    readRegistrations(context.home),
    parentOf(context.parentPid),
  ]);
  const parentPids = grandparent === undefined ? [context.parentPid] : [context.parentPid, grandparent];
  const own = findOwnProcess({ token: context.env.hookToken, sessionId, parentPids, cwd }, registrations);
  if (own === undefined) return;
  const timeoutMs = Math.max(1, WHOLE_RUN_MS - context.monotonicMs());
  const { stdout } = context.takeStdout();
  const print = (output: string): Promise<void> =>
    new Promise((resolve, reject) => {
      // The callback comes when the system has taken the text.
      stdout.write(`${output}\n`, (failure) =>
        failure === null || failure === undefined ? resolve() : reject(failure),
      );
    });
  await askOwnProcess(own.socketPath, { event, status }, { timeoutMs, print });
}
