import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SessionOrder } from "../../../src/sessions/index/session-order.ts";
import type { SessionSummary } from "../../../src/sessions/session.ts";
import { idOf } from "./session-lines.ts";

function summary(number: number, lastModified: number, more: Partial<SessionSummary> = {}): SessionSummary {
  return {
    sessionId: idOf(number),
    agent: "claude",
    name: `session ${number}`,
    workingDirectory: "/srv/shop",
    isPlaceholder: false,
    createdAt: 0,
    lastModified,
    messageCount: 1,
    isCountExact: true,
    preview: "",
    ...more,
  };
}

const ids = (sessions: readonly SessionSummary[]): string[] => sessions.map(({ sessionId }) => sessionId);

describe("the order of lists", () => {
  test("[SESS-1] newest first, ties by id, whatever moved before", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.integer({ min: -1, max: 5 })), { maxLength: 60 }), (moves) => {
        const order = new SessionOrder();
        const model = new Map<string, SessionSummary>();
        for (const [number, at] of moves) {
          if (at < 0) {
            order.remove(idOf(number));
            model.delete(idOf(number));
          } else {
            order.put(summary(number, at));
            model.set(idOf(number), summary(number, at));
          }
        }
        const expected = [...model.values()].sort(
          (a, b) => b.lastModified - a.lastModified || (a.sessionId < b.sessionId ? -1 : 1),
        );
        expect(ids(order.list({}))).toEqual(ids(expected));
      }),
    );
  });

  test("[SESS-1] what is hidden, of another agent or of another directory is not in it, and is not counted", () => {
    const order = new SessionOrder();
    order.fill([
      summary(1, 1),
      summary(2, 2, { agent: "echo" }),
      summary(3, 3, { workingDirectory: "/srv/shop/" }),
      summary(4, 4, { workingDirectory: "/srv/other" }),
      summary(5, 5, { workingDirectory: "[from project: -srv-shop]", isPlaceholder: true }),
      summary(6, 6),
    ]);
    expect(ids(order.list({ agent: "echo" }))).toEqual([idOf(2)]);
    expect(ids(order.list({ workingDirectory: "/srv/x/../shop" }))).toEqual([idOf(6), idOf(3), idOf(2), idOf(1)]);
    const page = order.page({ hidden: new Set([idOf(6)]), limit: 2 });
    expect(ids(page.sessions)).toEqual([idOf(5), idOf(4)]);
    expect(page.totalCount).toBe(5);
  });

  test("[SESS-1] a cursor goes on where the page ended while sessions move, come and go", () => {
    const order = new SessionOrder();
    order.fill(Array.from({ length: 6 }, (_, index) => summary(index, index)));
    const first = order.page({ limit: 2 });
    expect(ids(first.sessions)).toEqual([idOf(5), idOf(4)]);
    order.put(summary(4, 90));
    order.remove(idOf(5));
    order.put(summary(2, 91));
    order.put(summary(7, 3));
    const second = order.page({ limit: 2, cursor: first.nextCursor ?? "" });
    expect(ids(second.sessions)).toEqual([idOf(3), idOf(7)]);
    const third = order.page({ limit: 2, cursor: second.nextCursor ?? "" });
    expect(ids(third.sessions)).toEqual([idOf(1), idOf(0)]);
    expect(third.nextCursor).toBeNull();
  });

  test("[SESS-1] what is no cursor of a list is refused", () => {
    expect(() => new SessionOrder().page({ limit: 2, cursor: "12" })).toThrow(
      expect.objectContaining({ code: "invalid_field" }) as Error,
    );
  });
});
