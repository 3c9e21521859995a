import { compareSessions, type KnownSession } from "./known-session.ts";

export interface HeldOrder {
  readonly sessions: readonly KnownSession[];
  /** Sessions that would stand elsewhere, be there or not be there in the order of now. */
  readonly changed: number;
}

/**
 * The sessions as they are now in the places where they were, so that nothing moves under a finger. What is older than
 * everything held is added at the end: nothing moves for it.
 */
export function holdOrder(held: readonly KnownSession[], now: readonly KnownSession[]): HeldOrder {
  const places = new Map(now.map((session, index) => [session.sessionId, { session, index }]));
  const heldIds = new Set(held.map(({ sessionId }) => sessionId));
  const last = held.at(-1);
  let changed = 0;
  let furthest = -1;
  const kept = held.map((before) => {
    const place = places.get(before.sessionId);
    if (place === undefined) {
      changed += 1;
      return before;
    }
    // One that comes before what stands above it would move.
    if (place.index < furthest) changed += 1;
    furthest = Math.max(furthest, place.index);
    return place.session;
  });
  const added: KnownSession[] = [];
  for (const session of now) {
    if (heldIds.has(session.sessionId)) continue;
    if (last === undefined || compareSessions(last, session) < 0) added.push(session);
    else changed += 1;
  }
  return { sessions: [...kept, ...added], changed };
}
