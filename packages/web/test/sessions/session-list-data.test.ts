import type { RemoteServerMessageOf, RemoteSessionListEntry } from "@parlatory/protocol/remote";
import { expect, test } from "vitest";
import { toKnownSession } from "../../src/sessions/known-session.ts";
import {
  withFirstPage,
  withName,
  withNextPage,
  withRecent,
  withSession,
  withoutSession,
  type SessionListData,
} from "../../src/sessions/session-list-data.ts";

function entry(number: number, minute: number, more: Partial<RemoteSessionListEntry> = {}): RemoteSessionListEntry {
  const at = new Date(Date.UTC(2026, 2, 1, 9, minute)).toISOString();
  return {
    session_id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    name: `session ${number}`,
    working_directory: "/home/anna/shop",
    message_count: 1,
    preview: "",
    agent: "claude",
    state: "idle",
    session_busy_elsewhere: false,
    last_modified: Date.parse(at),
    last_modified_at: at,
    ...more,
  };
}

function page(entries: RemoteSessionListEntry[], totalCount: number, cursor: string | null = null) {
  return {
    type: "session_list",
    sessions: entries,
    total_count: totalCount,
    has_more: cursor !== null,
    next_cursor: cursor,
  } satisfies RemoteServerMessageOf<"session_list">;
}

function recent(entries: RemoteSessionListEntry[]): RemoteServerMessageOf<"recent_sessions"> {
  const sessions = entries.map(({ last_modified_at: at, ...rest }) => ({ ...rest, last_modified: at }));
  return { type: "recent_sessions", sessions, limit: 50 };
}

const names = ({ sessions }: SessionListData): string[] => sessions.map(({ name }) => name.replace("session ", ""));
/** Four sessions in two pages, newest first. */
const loaded = withNextPage(
  withFirstPage(undefined, page([entry(4, 40), entry(3, 30)], 5, "c1")),
  page([entry(2, 20), entry(1, 10)], 5, "c2"),
);

test("[SESS-1] pages join into one list in the server's order, with the place to go on from", () => {
  expect(names(loaded)).toEqual(["4", "3", "2", "1"]);
  expect(loaded).toMatchObject({ totalCount: 5, nextCursor: "c2" });
  const tied = withFirstPage(undefined, page([entry(9, 1), entry(7, 1), entry(8, 1)], 3));
  expect(names(withSession(tied, toKnownSession(entry(8, 1)), false))).toEqual(["7", "8", "9"]);
});

test("[CLIENT-1] after a reconnect one page brings the beginning up to date and keeps what was loaded below it", () => {
  const list = withFirstPage(loaded, page([entry(2, 50), entry(4, 40)], 5, "c3"));
  expect(names(list)).toEqual(["2", "4", "3", "1"]);
  expect(list).toMatchObject({ totalCount: 5, nextCursor: "c2" });
});

test("[CLIENT-1] when more has changed than a page shows, what was loaded below is not believed", () => {
  const list = withFirstPage(loaded, page([entry(8, 58), entry(7, 57)], 9, "c9"));
  expect(names(list)).toEqual(["8", "7"]);
  expect(list.nextCursor).toBe("c9");
});

test("a count that cannot be drops what was loaded below", () => {
  expect(names(withFirstPage(loaded, page([entry(4, 40), entry(3, 30)], 3, "c1")))).toEqual(["4", "3"]);
});

test("a page that is the whole list is the list", () => {
  expect(names(withFirstPage(loaded, page([entry(4, 40)], 1)))).toEqual(["4"]);
});

test("[SESS-3] the newest sessions replace the beginning: what left it is gone, what is older stays", () => {
  const list = withRecent(loaded, recent([entry(5, 50), entry(3, 35, { name: "session three" }), entry(2, 20)]), {});
  expect(names(list)).toEqual(["5", "three", "2", "1"]);
  expect(list.totalCount).toBe(5);
  expect(names(withRecent(loaded, recent([]), {}))).toEqual([]);
});

test("[SESS-3] a filtered list takes only what passes", () => {
  const list = withRecent(loaded, recent([entry(6, 55, { agent: "echo" }), entry(4, 45)]), { agent: "claude" });
  expect(names(list)).toEqual(["4", "3", "2", "1"]);
});

test("[WATCH-6] a session that was heard of changes its row; one that is not listed comes in only when it is new", () => {
  expect(names(withSession(loaded, toKnownSession(entry(1, 59)), false))).toEqual(["1", "4", "3", "2"]);
  expect(withSession(loaded, toKnownSession(entry(9, 59)), false)).toBe(loaded);
  const grown = withSession(loaded, toKnownSession(entry(9, 59)), true);
  expect(names(grown)).toEqual(["9", "4", "3", "2", "1"]);
  expect(grown.totalCount).toBe(6);
});

test("[SESS-5] a name that was given changes the row and nothing else", () => {
  const id = entry(3, 0).session_id;
  expect(names(withName(loaded, id, "Fix the cart total"))).toEqual(["4", "Fix the cart total", "2", "1"]);
  expect(withName(loaded, "unknown", "x")).toBe(loaded);
});

test("[SESS-4] a hidden session leaves the list and its count", () => {
  const list = withoutSession(loaded, entry(3, 0).session_id);
  expect(names(list)).toEqual(["4", "2", "1"]);
  expect(list.totalCount).toBe(4);
  expect(withoutSession(list, entry(3, 0).session_id)).toBe(list);
});

test("[NAME-6] both forms of the time of a session mean the same", () => {
  const { last_modified_at: at, ...rest } = entry(1, 10);
  expect(toKnownSession({ ...rest, last_modified: at })).toEqual(toKnownSession(entry(1, 10)));
});

test("[WATCH-5] a count that is a lower bound says so", () => {
  expect(toKnownSession(entry(1, 1, { message_count_exact: false })).isCountExact).toBe(false);
  expect(toKnownSession(entry(1, 1)).isCountExact).toBe(true);
});
