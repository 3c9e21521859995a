/** What ends a command that stays connected: the user, the end of its connection for good, or its own goal. */
import { RemoteRequestError, type RemoteClient } from "@parlatory/client";
import { toRemoteError, type RemoteErrorSubject } from "./remote-error.ts";

export interface RemoteFollowEnd {
  /** Resolves when it is time to stop; rejects with what went wrong. */
  readonly ended: Promise<void>;
  finish(): void;
  fail(cause: unknown): void;
}

/** A server that is away for longer is given up; what runs there goes on without this command. */
const patienceMs = 120_000;

export function remoteFollowEnd(
  signal: AbortSignal,
  client: RemoteClient,
  subject: RemoteErrorSubject,
): RemoteFollowEnd {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // Whoever follows looks at it later.
  ended.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const settle = (finish: () => void): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    finish();
  };
  const stop = (): void => settle(resolve);
  const fail = (cause: unknown): void => settle(() => reject(toRemoteError(cause, subject) as Error));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  client.on("down", ({ message }) => {
    clearTimeout(timer);
    const text = `the connection was lost and did not come back within ${patienceMs / 1_000} s: ${message}`;
    timer = setTimeout(() => fail(new RemoteRequestError("connection_lost", text)), patienceMs);
  });
  client.on("ready", () => clearTimeout(timer));
  client.on("ended", (reason) => {
    if (reason.kind === "closed") return stop();
    fail(new RemoteRequestError("code" in reason ? reason.code : "client_ended", reason.message));
  });
  return { ended, finish: stop, fail };
}
