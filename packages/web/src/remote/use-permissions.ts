import type { PermissionRequest } from "@parlatory/client";
import { useRemoteValue } from "./use-remote-value.ts";

/** Questions of agents that wait for an answer, of all sessions or one, oldest first ([APPROVE-1]). */
export function usePermissions(sessionId?: string): readonly PermissionRequest[] {
  const pending = useRemoteValue(["permissions"], (client) => client.permissions.pending);
  return sessionId === undefined ? pending : pending.filter((request) => request.session_id === sessionId);
}
