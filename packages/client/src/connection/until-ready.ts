import type { MeshClientEvents, ConnectionState, EndReason, ReadyInfo } from "../mesh-client-events.ts";
import type { Clock } from "../platform.ts";
import { MeshRequestError } from "../requests/mesh-request-error.ts";

interface Watched {
  readonly state: ConnectionState;
  on(event: "connection", listener: (state: MeshClientEvents["connection"]) => void): () => void;
}

/** Resolves when ready; rejects with the end's code, or after `timeoutMs` with that of the last refusal or `server_unreachable`. */
export function untilReady(client: Watched, clock: Clock, timeoutMs: number): Promise<ReadyInfo> {
  return new Promise((resolve, reject) => {
    const check = (state: ConnectionState): boolean => {
      if (state.name === "ready") resolve(state.info);
      else if (state.name === "ended") reject(endError(state.reason));
      else return false;
      return true;
    };
    if (check(client.state)) return;
    let code = "server_unreachable";
    let why = "no answer in time";
    const timer = clock.startTimer(timeoutMs, () => {
      stop();
      reject(new MeshRequestError(code, `no connection to the broker within ${timeoutMs} ms: ${why}`));
    });
    const stop = client.on("connection", (state) => {
      if (state.name === "waiting") ({ code, message: why } = state.loss);
      if (!check(state)) return;
      timer.cancel();
      stop();
    });
    if (client.state.name === "waiting") ({ code, message: why } = client.state.loss);
  });
}

/** The end of a client as an error of what was asked of it. */
export function endError(reason: EndReason): MeshRequestError {
  if (reason.kind === "closed") return new MeshRequestError("client_ended", "the client was closed");
  if (reason.kind === "session_replaced") return new MeshRequestError("session_replaced", reason.message);
  return new MeshRequestError(reason.code, reason.message);
}
