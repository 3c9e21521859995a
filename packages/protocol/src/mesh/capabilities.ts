/** Protocol capabilities a client may ask for in its hello (section 3 of the mesh protocol). */
export const CAPABILITIES = [
  "client_ack",
  "pull",
  "receipts",
  "echo_state",
  "state_watch",
  "peer_events",
  "group_box",
] as const;

export type Capability = (typeof CAPABILITIES)[number];

const KNOWN: ReadonlySet<string> = new Set(CAPABILITIES);

/** Keeps the known names in the order asked, each once. */
export function negotiateCapabilities(asked: readonly string[]): Capability[] {
  return [...new Set(asked)].filter((name): name is Capability => KNOWN.has(name));
}
