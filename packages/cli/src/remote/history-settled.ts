import type { RemoteClient, SessionFollow } from "@parlatory/client";
import { RemoteRequestError } from "@parlatory/client";

/**
 * Resolves when a followed session's history is here as far as it can be had. Rejects with `RemoteRequestError` when it
 * cannot be followed, or the client ends.
 */
export function historySettled(client: RemoteClient, follow: SessionFollow): Promise<void> {
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = [];
    const settle = (finish: () => void): void => {
      for (const stop of stops) stop();
      finish();
    };
    const check = (): void => {
      if (follow.isSettled) settle(resolve);
    };
    stops.push(
      client.on("session_history", check),
      client.on("historySettled", check),
      client.on("historyFailed", ({ sessionId, error }) => {
        if (sessionId === follow.sessionId) settle(() => reject(error));
      }),
      client.on("ended", (reason) => {
        const code = "code" in reason ? reason.code : "client_ended";
        settle(() => reject(new RemoteRequestError(code, reason.message)));
      }),
    );
    check();
  });
}
