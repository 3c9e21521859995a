import type { VirtualItem } from "@tanstack/react-virtual";

/** Where somebody was reading in a session, for when they come back to it. */
export interface ReadingPlace {
  /** The message at the upper edge. */
  readonly seq: number;
  /** Pixels of its row above that edge. */
  readonly hidden: number;
  /** How high rows were, so that they need not be measured again to find the place. */
  readonly sizes: readonly VirtualItem[];
}

const MAX_PLACES = 20;
const places = new Map<string, ReadingPlace>();

/** Without a place one was at the end. */
export function keepPlace(sessionId: string, place: ReadingPlace | undefined): void {
  places.delete(sessionId);
  if (place === undefined) return;
  places.set(sessionId, place);
  for (const oldest of places.keys()) {
    if (places.size <= MAX_PLACES) break;
    places.delete(oldest);
  }
}

export function placeIn(sessionId: string): ReadingPlace | undefined {
  return places.get(sessionId);
}
