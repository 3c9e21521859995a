import { expect, test } from "vitest";
import { findSessions } from "../../src/sessions/find-sessions.ts";
import { holdOrder } from "../../src/sessions/hold-order.ts";
import type { KnownSession } from "../../src/sessions/known-session.ts";
import { linesByProject, linesByTime } from "../../src/sessions/session-lines.ts";

function session(id: string, minute: number, more: Partial<KnownSession> = {}): KnownSession {
  return {
    sessionId: id,
    name: `name of ${id}`,
    workingDirectory: "/home/anna/shop",
    lastModified: new Date(Date.UTC(2026, 2, 1, 9, minute)).toISOString(),
    messageCount: 1,
    isCountExact: true,
    preview: "",
    agent: "claude",
    state: "idle",
    isBusyElsewhere: false,
    ...more,
  };
}

const ids = (sessions: readonly KnownSession[]): string => sessions.map(({ sessionId }) => sessionId).join("");
const held = [session("c", 30), session("b", 20), session("a", 10)];

test("rows that are held keep their places, show what is new in them, and say how many want to move", () => {
  const moved = session("a", 40, { preview: "new" });
  const order = holdOrder(held, [session("d", 50), moved, session("c", 30), session("b", 20)]);
  expect(ids(order.sessions)).toBe("cba");
  expect(order.sessions.at(-1)?.preview).toBe("new");
  expect(order.changed).toBe(2);
});

test("what only changes in its place, or is older than everything held, moves nothing", () => {
  const running = session("b", 20, { state: "running" });
  const order = holdOrder(held, [session("c", 30), running, session("a", 10), session("z", 5)]);
  expect(ids(order.sessions)).toBe("cbaz");
  expect(order.changed).toBe(0);
});

test("a row that is gone stays until the hand is off", () => {
  const order = holdOrder(held, [session("c", 30), session("a", 10)]);
  expect(ids(order.sessions)).toBe("cba");
  expect(order.changed).toBe(1);
});

test("search finds every word in name, project, preview or agent, whatever its case", () => {
  const sessions = [
    session("a", 1, { name: "Fix the Cart", preview: "tests pass" }),
    session("b", 2, { workingDirectory: "/home/anna/work/cart" }),
    session("c", 3, { agent: "echo" }),
  ];
  const found = (search: string): string => ids(findSessions(sessions, { search, wanted: "all" }, new Set()));
  expect(found("cart")).toBe("ab");
  expect(found(" CART  pass ")).toBe("a");
  expect(found("~/work")).toBe("b");
  expect(found("echo")).toBe("c");
  expect(found("")).toBe("abc");
});

test("[APPROVE-6] what needs somebody is found by its state, or because a question of it is open", () => {
  const sessions = [
    session("a", 1, { state: "waiting_permission" }),
    session("b", 2),
    session("c", 3, { state: "running" }),
  ];
  const found = (wanted: "needs-you" | "running"): string =>
    ids(findSessions(sessions, { search: "", wanted }, new Set(["b"])));
  expect(found("needs-you")).toBe("ab");
  expect(found("running")).toBe("abc");
});

test("projects stand in the order of their newest session, and a long one is folded", () => {
  const shop = [9, 8, 7, 6, 5, 4, 3].map((minute) => session(`s${minute}`, minute));
  const other = session("o", 8, { workingDirectory: "/srv/api" });
  const lines = linesByProject([shop[0]!, other, ...shop.slice(1)], new Set());
  expect(lines.map(({ key }) => key)).toEqual([
    "project /home/anna/shop",
    ...["s9", "s8", "s7", "s6", "s5"],
    "rest /home/anna/shop",
    "project /srv/api",
    "o",
  ]);
  expect(lines[6]).toMatchObject({ kind: "rest", count: 2 });
  expect(linesByProject(shop, new Set(["/home/anna/shop"])).map(({ key }) => key)).not.toContain(
    "rest /home/anna/shop",
  );
  expect(linesByTime([other]).map(({ kind }) => kind)).toEqual(["session"]);
});
