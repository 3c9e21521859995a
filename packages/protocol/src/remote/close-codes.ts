/** Close codes of the remote socket ([CONN-2], [CONN-13], [RLIM-6]). */
export const REMOTE_CLOSE = {
  shuttingDown: { code: 1001, reason: "server shutting down" },
  binaryFrame: { code: 1003, reason: "text frames only" },
  tooLarge: { code: 1009, reason: "frame too large" },
  authenticationFailed: { code: 4401, reason: "authentication failed" },
  notConnected: { code: 4408, reason: "no connect" },
  tooManySockets: { code: 4429, reason: "too many sockets" },
} as const;
