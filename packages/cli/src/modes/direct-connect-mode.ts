/** direct-connect-mode: whether the remote socket of a server opens, and nothing else [CMD-direct-connect-mode-1]. */
import { attemptSocket, SocketFailure } from "./open-socket.ts";
import { attemptLimitMs, type AttemptContext, type ModeAnswer } from "./remote-mode.ts";
import { parseServerTarget, remoteSocketUrl, serverTargetHint, showTarget } from "./server-target.ts";

/** `reason`: why the attempt failed, for a person at the terminal; the lines have no place for it. */
export async function tryDirectConnect(
  { home, signal }: Pick<AttemptContext, "home" | "signal">,
  text: string,
  limitMs: number = attemptLimitMs,
): Promise<ModeAnswer & { readonly reason?: string }> {
  const target = parseServerTarget(text);
  const lines = (isActive: boolean): string[] => [
    "mode=direct-connect",
    `target=${showTarget(text)}`,
    `active=${isActive ? "True" : "False"}`,
  ];
  if (target === undefined) return { lines: [...lines(false), `hint=${serverTargetHint}`], exitCode: 0 };
  try {
    await attemptSocket({
      url: remoteSocketUrl(target),
      home,
      limitMs,
      signal,
      opened: () => true,
      awaited: "the opening of the socket",
    });
    return { lines: lines(true), exitCode: 0 };
  } catch (thrown) {
    if (!(thrown instanceof SocketFailure)) throw thrown;
    return { lines: lines(false), exitCode: 1, reason: thrown.message };
  }
}
