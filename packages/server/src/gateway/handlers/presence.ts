import { toShownGroups } from "../../mesh/shown-groups.ts";
import { checkWatchPattern } from "../../mesh/state-key.ts";
import type { Routes } from "../route.ts";

type PresenceRequests =
  | "list_peers"
  | "set_status"
  | "set_summary"
  | "set_agent_info"
  | "join_group"
  | "leave_group"
  | "watch_state"
  | "unwatch_state";

/** What a connection says about itself, and who else is there (sections 4, 7 and 9, [STATE-8]). */
export const PRESENCE_ROUTES: Routes<PresenceRequests> = {
  list_peers: {
    handle: ({ presence, services }, frame) => ({
      type: "peers_list",
      peers: services.peerList.forPresence(presence, { group: frame.group, includeOffline: frame.includeOffline }),
    }),
    emptyReply: () => ({ type: "peers_list", peers: [] }),
  },
  set_status: {
    isQuiet: true,
    // `ok` comes after whatever the new status lets through, so that a hook can tell "no mail" from "not yet" ([HOOK-24]).
    handle: async ({ presence, services }, frame) => {
      services.presences.setStatus(presence, frame.status, frame.source ?? "manual");
      await services.delivery.settled(presence);
      return { type: "ok", op: "set_status", status: presence.status };
    },
  },
  set_summary: {
    isQuiet: true,
    handle: ({ presence, services }, frame) => {
      services.presences.setSummary(presence, frame.summary);
      return { type: "ok", op: "set_summary" };
    },
  },
  set_agent_info: {
    isQuiet: true,
    handle: ({ presence, services }, frame) => {
      services.presences.setAgentInfo(presence, frame.agentInfo);
      return { type: "ok", op: "set_agent_info" };
    },
  },
  join_group: {
    isQuiet: true,
    handle: ({ presence, services }, frame) => ({
      type: "ok",
      op: "join_group",
      groups: toShownGroups(services.presences.joinGroup(presence, frame.name, frame.role)),
    }),
  },
  leave_group: {
    isQuiet: true,
    handle: ({ presence, services }, frame) => ({
      type: "ok",
      op: "leave_group",
      groups: toShownGroups(services.presences.leaveGroup(presence, frame.name)),
    }),
  },
  watch_state: {
    isQuiet: true,
    handle: ({ presence, services }, frame) => {
      checkWatchPattern(frame.key);
      return { type: "ok", op: "watch_state", watching: services.presences.watch(presence, frame.key) };
    },
  },
  unwatch_state: {
    isQuiet: true,
    handle: ({ presence, services }, frame) => ({
      type: "ok",
      op: "unwatch_state",
      watching: services.presences.unwatch(presence, frame.key),
    }),
  },
};
