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
const UNTOLD_GRAIN_MS = 1_000;

export class RouteMemory {
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  /** In the order of their last message. */
  #edges = new Map<string, RouteEdge>();
  #snapshot: readonly RouteEdge[] = [];
  /** Messages of which nobody said between whom they went, one entry a telling. */
  readonly #untold: { readonly count: number; readonly at: number }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Latest last; a new array whenever something passed. */
  get edges(): readonly RouteEdge[] {
    return this.#snapshot;
  }

  /** Messages of the last minutes whose ways are not among the edges: there were too many at once to tell them all. */
  untold(now: number): number {
    return this.#untold.reduce((sum, { count, at }) => sum + (now - at < ROUTE_MEMORY_MS ? count : 0), 0);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The data of one event. What is not as it should be is left out: a newer server may tell more. */
  take(data: string): void {
    const now = this.#now();
    const { routes, leftOut } = readTelling(data);
    for (const { from, to, count } of routes) {
      const key = `${from} ${to}`;
      const before = this.#edges.get(key);
      this.#edges.delete(key);
      this.#edges.set(key, { from, to, count: count + (before?.count ?? 0), lastAt: now });
    }
    let dropped = 0;
    for (const [key, { count, lastAt }] of this.#edges) {
      const isOld = now - lastAt >= ROUTE_MEMORY_MS;
      if (!isOld && this.#edges.size <= MAX_EDGES) break;
      if (!isOld) dropped += count;
      this.#edges.delete(key);
    }
    this.#noteUntold(leftOut + dropped, now);
    this.#snapshot = [...this.#edges.values()];
    for (const listener of this.#listeners) listener();
  }

  /** Those of one second are one entry, so that a busy mesh is one entry a second at most. */
  #noteUntold(count: number, now: number): void {
    while (this.#untold[0] !== undefined && now - this.#untold[0].at >= ROUTE_MEMORY_MS) this.#untold.shift();
    if (count === 0) return;
    const last = this.#untold.at(-1);
    if (last === undefined || now - last.at >= UNTOLD_GRAIN_MS) this.#untold.push({ count, at: now });
    else this.#untold[this.#untold.length - 1] = { count: last.count + count, at: last.at };
  }
}

interface Telling {
  readonly routes: readonly { readonly from: string; readonly to: string; readonly count: number }[];
  readonly leftOut: number;
}

function readTelling(data: string): Telling {
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    parsed = undefined;
  }
  if (!isRecord(parsed)) return { routes: [], leftOut: 0 };
  const { routes, left_out: leftOut } = parsed;
  const known = Array.isArray(routes) ? routes : [];
  return {
    routes: known.flatMap((route: unknown) => {
      if (!isRecord(route)) return [];
      const { from, to, count } = route;
      const isWhole = typeof from === "string" && typeof to === "string" && typeof count === "number";
      return isWhole ? [{ from, to, count }] : [];
    }),
    leftOut: typeof leftOut === "number" && leftOut > 0 ? leftOut : 0,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
