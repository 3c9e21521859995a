import { resolve } from "node:path";
import { RemoteError } from "@parlatory/protocol/remote";
import type { SessionFilter, SessionPage } from "../catalog.ts";
import type { SessionSummary } from "../session.ts";

type Place = Pick<SessionSummary, "lastModified" | "sessionId">;

const CURSOR = /^(-?\d{1,16})\.([0-9a-f-]{36})$/;

/**
 * The sessions of lists in their order ([SESS-1]): newest first, ties by id. A cursor names a place in that order and no
 * session, so that it holds while sessions move.
 */
export class SessionOrder {
  readonly #sessions: SessionSummary[] = [];
  readonly #places = new Map<string, SessionSummary>();

  /** Begins with these, in any order. */
  fill(summaries: readonly SessionSummary[]): void {
    this.#sessions.push(...summaries);
    this.#sessions.sort(compare);
    for (const summary of summaries) this.#places.set(summary.sessionId, summary);
  }

  /** Puts it where it belongs now. */
  put(summary: SessionSummary): void {
    this.remove(summary.sessionId);
    this.#sessions.splice(this.#indexOf(summary), 0, summary);
    this.#places.set(summary.sessionId, summary);
  }

  remove(sessionId: string): void {
    const place = this.#places.get(sessionId);
    if (place === undefined) return;
    this.#places.delete(sessionId);
    this.#sessions.splice(this.#indexOf(place), 1);
  }

  list(filter: SessionFilter): readonly SessionSummary[] {
    const { workingDirectory, agent, hidden } = filter;
    const directory = workingDirectory === undefined ? undefined : resolve(workingDirectory);
    return this.#sessions.filter(
      (summary) =>
        (directory === undefined || (!summary.isPlaceholder && resolve(summary.workingDirectory) === directory)) &&
        (agent === undefined || summary.agent === agent) &&
        hidden?.has(summary.sessionId) !== true,
    );
  }

  page(filter: SessionFilter & { readonly cursor?: string | undefined; readonly limit: number }): SessionPage {
    const all = this.list(filter);
    const after = filter.cursor === undefined ? undefined : parseCursor(filter.cursor);
    const start = after === undefined ? 0 : all.findIndex((summary) => compare(summary, after) > 0);
    const sessions = start < 0 ? [] : all.slice(start, start + filter.limit);
    const last = sessions.at(-1);
    const hasMore = last !== undefined && last !== all.at(-1);
    return {
      sessions,
      totalCount: all.length,
      nextCursor: hasMore ? `${last.lastModified}.${last.sessionId}` : null,
    };
  }

  /** Where a place is, or would be. */
  #indexOf(place: Place): number {
    let [low, high] = [0, this.#sessions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#sessions[middle];
      if (other !== undefined && compare(other, place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a: Place, b: Place): number {
  if (a.lastModified !== b.lastModified) return b.lastModified - a.lastModified;
  if (a.sessionId === b.sessionId) return 0;
  return a.sessionId < b.sessionId ? -1 : 1;
}

function parseCursor(cursor: string): Place {
  const [, lastModified, sessionId] = CURSOR.exec(cursor) ?? [];
  if (lastModified === undefined || sessionId === undefined) {
    throw new RemoteError(
      "invalid_field",
      "cursor must be the next_cursor of a session_list in get_session_list message",
    );
  }
  return { lastModified: Number(lastModified), sessionId };
}
