import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { RouteMemory } from "../map/route-memory.ts";
import { EventFeed, type FeedState } from "./event-feed.ts";

/** Which of a mesh's queries an event makes out of date. */
const queriesOf: Readonly<Record<string, readonly string[]>> = {
  peer_joined: ["peers"],
  peer_left: ["peers"],
  peer_updated: ["peers"],
  state_change: ["state"],
  memory_stored: ["memories"],
  memory_forgotten: ["memories"],
  message_logged: ["messages"],
  policy_changed: ["mesh", "audit"],
  invite_changed: ["invites", "audit"],
  member_changed: ["members", "peers", "audit"],
};

/** Keeps the queries of a mesh true ([DASH-2]); tells how it stands, and whether events were missed for good. */
export function useMeshFeed(
  meshId: string,
  token: string,
  routes: RouteMemory,
): { state: FeedState; gap: boolean; forgetGap: () => void } {
  const queries = useQueryClient();
  const [state, setState] = useState<FeedState>("connecting");
  const [gap, setGap] = useState(false);
  useEffect(() => {
    let wasLive = false;
    const feed = new EventFeed({
      url: `/api/v1/meshes/${encodeURIComponent(meshId)}/events`,
      token,
      fetch: (...args) => fetch(...args),
      random: () => Math.random(),
      onEvent: ({ event, data }) => {
        if (event === "message_routed") routes.take(data);
        if (event === "gap") {
          setGap(true);
          void queries.invalidateQueries({ queryKey: [meshId] });
        }
        for (const name of queriesOf[event] ?? []) void queries.invalidateQueries({ queryKey: [meshId, name] });
      },
      onState: (next) => {
        setState(next);
        // What was read before the first event is due may be older than it.
        if (next === "live" && !wasLive) void queries.invalidateQueries({ queryKey: [meshId] });
        wasLive ||= next === "live";
      },
    });
    const wake = (): void => {
      if (document.visibilityState === "visible") feed.wake();
    };
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      feed.close();
    };
  }, [meshId, token, queries, routes]);
  return { state, gap, forgetGap: () => setGap(false) };
}
