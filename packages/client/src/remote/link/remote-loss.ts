import { REMOTE_CLOSE, type RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { RemoteLoss } from "../remote-client-events.ts";

/** What the server said before it let go of a connection that was not usable yet. */
export type RemoteRefusal = RemoteServerMessageOf<"error"> | RemoteServerMessageOf<"auth_error">;

export const AUTHENTICATION_FAILED = "not_allowed";

const byClose: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  [REMOTE_CLOSE.shuttingDown.code]: { code: "shutting_down", message: "the server is shutting down" },
  [REMOTE_CLOSE.authenticationFailed.code]: {
    code: AUTHENTICATION_FAILED,
    message: "the server does not accept this key",
  },
  [REMOTE_CLOSE.notConnected.code]: { code: "not_connected", message: "the server did not get a connect in time" },
  [REMOTE_CLOSE.tooManySockets.code]: { code: "too_many", message: "the server has too many connections" },
  [REMOTE_CLOSE.tooLarge.code]: { code: "too_large", message: "a message was larger than the server takes" },
};

/** Puts a close into words. */
export function describeRemoteLoss(
  closeCode: number,
  refusal: RemoteRefusal | undefined,
  error: Error | undefined,
): RemoteLoss {
  if (refusal?.type === "auth_error") return { closeCode, code: AUTHENTICATION_FAILED, message: refusal.message };
  const known = byClose[closeCode];
  if (known !== undefined) return { closeCode, ...known };
  if (refusal !== undefined) return { closeCode, code: refusal.code, message: refusal.message };
  const cause = error === undefined ? "" : `: ${error.message}`;
  return { closeCode, code: "server_unreachable", message: `the connection ended (close code ${closeCode})${cause}` };
}

/** Trying again would change nothing: the key, or what the `connect` says, is refused. */
export function isFinal(loss: RemoteLoss, refusal: RemoteRefusal | undefined): boolean {
  if (loss.code === AUTHENTICATION_FAILED) return true;
  return refusal?.type === "error" && !refusal.retryable && loss.code === refusal.code;
}
