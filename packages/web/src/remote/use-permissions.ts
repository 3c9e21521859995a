import type { PermissionRequest } from "@parlatory/client";
import { useSyncExternalStore } from "react";
import { permissionDeskOf, type Decision, type PermissionDesk } from "./permission-desk.ts";
import { useRemote } from "./remote-context.ts";

export function usePermissionDesk(): PermissionDesk {
  return permissionDeskOf(useRemote().client);
}

/** Questions of agents that wait for an answer, of all sessions or one, oldest first ([APPROVE-1]). */
export function usePermissions(sessionId?: string): readonly PermissionRequest[] {
  const desk = usePermissionDesk();
  const open = useSyncExternalStore(desk.subscribe, () => desk.open);
  return sessionId === undefined ? open : open.filter((request) => request.session_id === sessionId);
}

/** What became of questions since the app was opened, newest first. */
export function useDecisions(): readonly Decision[] {
  const desk = usePermissionDesk();
  return useSyncExternalStore(desk.subscribe, () => desk.decisions);
}
