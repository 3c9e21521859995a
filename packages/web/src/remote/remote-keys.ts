/** Names of what is asked of the remote, for the cache of answers. */
export const remoteKeys = {
  all: ["remote"],
  /** Every list of sessions, whatever its filter; kept true by what the server tells, without being asked for again. */
  sessionLists: ["remote", "session-lists"],
  sessionList: (filter: { workingDirectory?: string | undefined; agent?: string | undefined }) => [
    "remote",
    "session-lists",
    filter,
  ],
  permissionInput: (requestId: string) => ["remote", "permission-input", requestId],
  session: (sessionId: string) => ["remote", "session", sessionId],
  commands: (workingDirectory: string) => ["remote", "commands", workingDirectory],
  /** Every history of commands, whatever its filter. */
  commandHistories: ["remote", "command-history"],
  commandHistory: (workingDirectory: string | undefined) => ["remote", "command-history", workingDirectory ?? null],
  resources: (workingDirectory: string) => ["remote", "resources", workingDirectory],
  devices: ["remote", "devices"],
} as const;
