/** What a client may state in `connect`; without it the client sees the older behaviour ([CONN-11]). */
export const REMOTE_CAPABILITIES = ["stream", "blocks", "lean", "approvals", "session_events", "output_batch"] as const;
export type RemoteCapability = (typeof REMOTE_CAPABILITIES)[number];

/** What the server only announces. */
const ANNOUNCED = ["modes", "paging", "kill_command", "resources", "worktrees", "push"] as const;

/** As the `hello` lists them. */
export const REMOTE_HELLO_CAPABILITIES: readonly string[] = [...REMOTE_CAPABILITIES, ...ANNOUNCED];

/** The capabilities in force for what a client stated; unknown names are ignored. */
export function acceptRemoteCapabilities(stated: readonly string[]): RemoteCapability[] {
  return REMOTE_CAPABILITIES.filter((name) => stated.includes(name));
}
