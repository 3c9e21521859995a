/** WebSocket close codes and what a client does about each (section 2 of the mesh protocol). */
export const CLOSE = {
  bye: { code: 1000, reason: "bye" },
  sessionReplaced: { code: 1000, reason: "session_replaced" },
  shuttingDown: { code: 1001, reason: "shutting down" },
  refused: { code: 1008, reason: "refused" },
  frameTooLarge: { code: 1009, reason: "" },
  storageUnavailable: { code: 1013, reason: "storage_unavailable" },
  revoked: { code: 4002, reason: "revoked" },
  slowConsumer: { code: 4008, reason: "slow_consumer" },
} as const;

/** Hello refusals after which trying again cannot help ([HELLO-9]). */
export const FATAL_HELLO_CODES: ReadonlySet<string> = new Set([
  "unauthorized",
  "revoked",
  "bad_session_proof",
  "session_key_taken",
]);

/** Tells whether a client may connect again after this close ([HELLO-9], table of close codes). */
export function mayReconnectAfter(code: number, reason: string): boolean {
  if (code === 4001 || code === CLOSE.revoked.code) return false;
  if (code === CLOSE.bye.code && (reason === CLOSE.sessionReplaced.reason || reason === CLOSE.bye.reason)) return false;
  return !(code === CLOSE.refused.code && FATAL_HELLO_CODES.has(reason));
}
