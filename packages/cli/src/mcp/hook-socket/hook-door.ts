import type { CommandContext } from "../../harness/context.ts";
import type { SessionIdentity } from "../session-identity.ts";
import type { HookReply, HookRequest } from "../ways-in/hook.ts";
import { openHookSocketServer } from "./hook-socket-server.ts";
import {
  hashHookToken,
  openSocketPath,
  readRegistrations,
  removeRegistration,
  writeRegistration,
} from "./run-directory.ts";

/** Makes this process known to the hooks of its session, in the background: a session without it works, only without hooks. */
export function openHookDoor(
  context: Pick<CommandContext, "home" | "pid" | "parentPid" | "workingDirectory">,
  identity: SessionIdentity,
  handle: (request: HookRequest) => Promise<HookReply>,
  log: (line: string) => void,
): { close: () => Promise<void> } {
  const opening = open().catch((cause: unknown) => {
    log(`hooks cannot reach this process: ${cause instanceof Error ? cause.message : String(cause)}`);
    return undefined;
  });

  async function open() {
    const { home, pid } = context;
    const tokenHash = hashHookToken(identity.hookToken);
    const socketPath = await openSocketPath(home, tokenHash, pid);
    // Those of dead processes go, among them one of an earlier process with our pid.
    await readRegistrations(home);
    await removeRegistration(home, { pid, socketPath });
    const server = await openHookSocketServer({ path: socketPath, handle, log });
    await writeRegistration(home, {
      pid,
      parentPid: context.parentPid,
      cwd: context.workingDirectory,
      tokenHash,
      socketPath,
      ...(identity.agentSessionIsKnown ? { sessionId: identity.agentSessionId } : {}),
    });
    return { server, pid, socketPath };
  }

  return {
    close: async () => {
      const opened = await opening;
      if (opened === undefined) return;
      await removeRegistration(context.home, opened);
      await opened.server.close();
    },
  };
}
