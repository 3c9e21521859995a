import { CLOSE, MESH_ERROR_CODES, type ErrorFrame, type MeshErrorCode } from "@parlatory/protocol";
import type { ConnectionLoss, EndReason } from "../mesh-client-events.ts";

const CODE_BY_CLOSE: Readonly<Record<number, string>> = {
  [CLOSE.shuttingDown.code]: "shutting_down",
  [CLOSE.storageUnavailable.code]: "storage_unavailable",
  [CLOSE.frameTooLarge.code]: "too_large",
  [CLOSE.slowConsumer.code]: "slow_consumer",
  [CLOSE.revoked.code]: "revoked",
  // Reserved, and never a reason to try again.
  4001: "unauthorized",
};

/** Puts a close into words. `refusal`: the error frame that came before `hello_ack`, if one did. */
export function describeLoss(
  closeCode: number,
  reason: string,
  refusal: ErrorFrame | undefined,
  error: Error | undefined,
): ConnectionLoss {
  const code = codeOf(closeCode, reason, refusal);
  if (code === "session_replaced") {
    return { closeCode, code, message: "the same session connected again somewhere else" };
  }
  if (refusal?.code === code) return { closeCode, code, message: refusal.message };
  if (Object.hasOwn(MESH_ERROR_CODES, code)) {
    return { closeCode, code, message: MESH_ERROR_CODES[code as MeshErrorCode].message };
  }
  const cause = error === undefined ? "" : `: ${error.message}`;
  return { closeCode, code, message: `the connection ended (close code ${closeCode})${cause}` };
}

function codeOf(closeCode: number, reason: string, refusal: ErrorFrame | undefined): string {
  const byClose = CODE_BY_CLOSE[closeCode];
  if (byClose !== undefined) return byClose;
  if (closeCode === CLOSE.bye.code) return reason === CLOSE.sessionReplaced.reason ? reason : CLOSE.bye.reason;
  if (closeCode === CLOSE.refused.code && reason !== "") return reason;
  return refusal?.code ?? "server_unreachable";
}

/** The end that a loss without a way back means. */
export function readEnd(loss: ConnectionLoss): EndReason {
  if (loss.code === "session_replaced") return { kind: "session_replaced", message: loss.message };
  if (loss.code === CLOSE.bye.reason) {
    return { kind: "lost", code: "server_unreachable", message: "the broker said goodbye" };
  }
  return { kind: "refused", code: loss.code, message: loss.message };
}
