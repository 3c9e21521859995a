/**
 * Which ways messages took in the last minutes, as the feed tells them ([HTTP-17], `message_routed`): keys and counts, and
 * never what was said. It must not know peers or the page.
 */

export interface RouteEdge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly lastAt: number;
}

export const ROUTE_MEMORY_MS = 10 * 60_000;
const MAX_EDGES = 2_000;

export class RouteMemory {
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  /** In the order of their last message. */
  #edges = new Map<string, RouteEdge>();
  #snapshot: readonly RouteEdge[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Latest last; a new array whenever something passed. */
  get edges(): readonly RouteEdge[] {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The data of one event. What is not as it should be is left out: a newer server may tell more. */
  take(data: string): void {
    const now = this.#now();
    for (const { from, to, count } of readRoutes(data)) {
      const key = `${from} ${to}`;
      const before = this.#edges.get(key);
      this.#edges.delete(key);
      this.#edges.set(key, { from, to, count: count + (before?.count ?? 0), lastAt: now });
    }
    for (const [key, { lastAt }] of this.#edges) {
      if (now - lastAt < ROUTE_MEMORY_MS && this.#edges.size <= MAX_EDGES) break;
      this.#edges.delete(key);
    }
    this.#snapshot = [...this.#edges.values()];
    for (const listener of this.#listeners) listener();
  }
}

function readRoutes(data: string): { from: string; to: string; count: number }[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return [];
  }
  const routes = isRecord(parsed) ? parsed["routes"] : undefined;
  if (!Array.isArray(routes)) return [];
  return routes.flatMap((route: unknown) => {
    if (!isRecord(route)) return [];
    const { from, to, count } = route;
    const isWhole = typeof from === "string" && typeof to === "string" && typeof count === "number";
    return isWhole ? [{ from, to, count }] : [];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
