import type { Clock } from "../../platform.ts";
import type {
  RemoteClientEvents,
  RemoteConnectionState,
  RemoteEndReason,
  RemoteReadyInfo,
} from "../remote-client-events.ts";
import { RemoteRequestError } from "../requests/remote-request-error.ts";

interface Watched {
  readonly state: RemoteConnectionState;
  on(event: "connection", listener: (state: RemoteClientEvents["connection"]) => void): () => void;
}

/** Resolves when the link is usable; rejects with the end's code, or after `timeoutMs` with that of the last loss. */
export function untilRemoteReady(client: Watched, clock: Clock, timeoutMs: number): Promise<RemoteReadyInfo> {
  return new Promise((resolve, reject) => {
    let code = "server_unreachable";
    let why = "no answer in time";
    const check = (state: RemoteConnectionState): boolean => {
      if (state.name === "waiting") ({ code, message: why } = state.loss);
      if (state.name === "ready") resolve(state.info);
      else if (state.name === "ended") reject(remoteEndError(state.reason));
      else return false;
      return true;
    };
    if (check(client.state)) return;
    const timer = clock.startTimer(timeoutMs, () => {
      stop();
      reject(new RemoteRequestError(code, `no connection to the server within ${timeoutMs} ms: ${why}`));
    });
    const stop = client.on("connection", (state) => {
      if (!check(state)) return;
      timer.cancel();
      stop();
    });
  });
}

/** The end of a client as an error of what was asked of it. */
export function remoteEndError(reason: RemoteEndReason): RemoteRequestError {
  if (reason.kind === "closed") return new RemoteRequestError("client_ended", "the client was closed");
  return new RemoteRequestError(reason.code, reason.message);
}
