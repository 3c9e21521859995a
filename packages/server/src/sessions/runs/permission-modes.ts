import type { AgentCapabilities, PermissionMode } from "@parlatory/agents";
import type { RemotePermissionMode } from "../run-requests.ts";

/** The modes of the wire as agents name them ([SESS-6]). */
const agentModes: Readonly<Record<RemotePermissionMode, PermissionMode>> = {
  default: "default",
  accept_edits: "acceptEdits",
  plan: "plan",
  bypass: "bypassPermissions",
};

/** `bypass` of a session is worth nothing once the configuration does not allow it any more ([AGENT-7]). */
export function toAgentMode(mode: RemotePermissionMode, allowBypass: boolean): PermissionMode {
  return mode === "bypass" && !allowBypass ? "default" : agentModes[mode];
}

/** By the agent's record; one that tells only when it runs is asked then. */
export function offersMode(capabilities: AgentCapabilities, mode: PermissionMode): boolean {
  return capabilities.permissionModes === null || capabilities.permissionModes.includes(mode);
}
