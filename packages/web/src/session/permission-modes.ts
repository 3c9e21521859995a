/** The modes of the wire in words ([SESS-6]). */
export const permissionModes = [
  { mode: "default", label: "Ask me", explanation: "The agent asks before it uses a tool that changes something." },
  { mode: "accept_edits", label: "Accept edits", explanation: "Changes of files need no answer; other tools ask." },
  { mode: "plan", label: "Plan only", explanation: "The agent reads and plans, and changes nothing." },
  { mode: "bypass", label: "Bypass", explanation: "Nothing is asked. The agent can do whatever you can do." },
] as const;

export function describePermissionMode(mode: string): string {
  return permissionModes.find((known) => known.mode === mode)?.label ?? mode;
}
