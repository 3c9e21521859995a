/** Histories that are shown or were until lately, so that one who comes back finds everything where it was. */
import type { RemoteClient } from "@parlatory/client";
import type { HistoryKeeper } from "../history-keeper.ts";
import { FollowedHistory } from "./followed-history.ts";

/** A session that nobody came back to is followed no longer. */
const HOLD_MS = 45_000;

interface Held {
  readonly history: FollowedHistory;
  users: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const clients = new WeakMap<RemoteClient, Map<string, Held>>();

/** Follows a session, or goes on with it. `leaveHistory` pairs with it. */
export function enterHistory(client: RemoteClient, keeper: HistoryKeeper, sessionId: string): FollowedHistory {
  const held = heldOf(client);
  const known = held.get(sessionId) ?? {
    history: new FollowedHistory(client, keeper, sessionId),
    users: 0,
    timer: undefined,
  };
  clearTimeout(known.timer);
  known.users += 1;
  held.set(sessionId, known);
  return known.history;
}

export function leaveHistory(client: RemoteClient, sessionId: string): void {
  const held = heldOf(client);
  const known = held.get(sessionId);
  if (known === undefined) return;
  known.users -= 1;
  if (known.users > 0) return;
  known.history.save();
  known.timer = setTimeout(() => {
    held.delete(sessionId);
    known.history.stop();
  }, HOLD_MS);
}

function heldOf(client: RemoteClient): Map<string, Held> {
  const held = clients.get(client) ?? new Map<string, Held>();
  clients.set(client, held);
  return held;
}
