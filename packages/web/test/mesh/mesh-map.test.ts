import type { PeerBody } from "@parlatory/protocol";
import { expect, test } from "vitest";
import { edgePath, layOut } from "../../src/mesh/map/map-layout.ts";
import { toMap } from "../../src/mesh/map/map-nodes.ts";
import { ROUTE_MEMORY_MS, RouteMemory } from "../../src/mesh/map/route-memory.ts";

const peer = (name: string, group?: string): PeerBody =>
  ({
    presence_id: `presence-${name}`,
    pubkey: `session-${name}`,
    member_pubkey: `member-${name}`,
    display_name: name,
    groups: group === undefined ? [] : [{ name: group }],
    online: true,
  }) as unknown as PeerBody;

test("ways are counted together, the latest last, and forgotten after a while", () => {
  let now = 1_000;
  const memory = new RouteMemory(() => now);
  const told: number[] = [];
  memory.subscribe(() => told.push(memory.edges.length));
  memory.take(
    JSON.stringify({
      routes: [
        { from: "a", to: "b", count: 2 },
        { from: "b", to: "a", count: 1 },
      ],
    }),
  );
  now += 5;
  memory.take(JSON.stringify({ routes: [{ from: "a", to: "b", count: 1 }] }));
  expect(memory.edges).toEqual([
    { from: "b", to: "a", count: 1, lastAt: 1_000 },
    { from: "a", to: "b", count: 3, lastAt: 1_005 },
  ]);
  now += ROUTE_MEMORY_MS;
  memory.take(JSON.stringify({ routes: [{ from: "c", to: "a", count: 1 }] }));
  expect(memory.edges.map(({ from }) => from)).toEqual(["c"]);
  expect(told).toEqual([2, 2, 1]);
});

test("what is not as it should be is left out, and there is an end to how much is kept", () => {
  const memory = new RouteMemory(() => 0);
  for (const data of [
    "",
    "{",
    "null",
    "[]",
    '{"routes":1}',
    '{"routes":[null,{"from":"a"},{"from":1,"to":"b","count":1}]}',
  ]) {
    memory.take(data);
  }
  expect(memory.edges).toEqual([]);
  const routes = Array.from({ length: 3_000 }, (_, index) => ({ from: "a", to: `b${index}`, count: 1 }));
  memory.take(JSON.stringify({ routes }));
  expect(memory.edges).toHaveLength(2_000);
  expect(memory.edges.at(-1)?.to).toBe("b2999");
});

test("messages whose ways are not told are counted, and forgotten with the others", () => {
  let now = 1_000;
  const memory = new RouteMemory(() => now);
  const telling = (leftOut: unknown): string =>
    JSON.stringify({ routes: [{ from: "a", to: "b", count: 1 }], left_out: leftOut });
  for (const leftOut of [0, 7, undefined, "9", -3]) memory.take(telling(leftOut));
  now += 2_000;
  memory.take(telling(5));
  expect(memory.untold(now)).toBe(12);
  now += ROUTE_MEMORY_MS - 1_000;
  expect(memory.untold(now)).toBe(5);
  memory.take(telling(1));
  expect(memory.untold(now)).toBe(6);
  const routes = Array.from({ length: 2_001 }, (_, index) => ({ from: "c", to: `d${index}`, count: 2 }));
  memory.take(JSON.stringify({ routes }));
  // The way that was used longest ago went for one of these, and the first of these for the last.
  expect(memory.untold(now)).toBe(6 + 7 + 2);
});

test("peers of one group stand beside each other, each found by every key it has, and who is gone has a place too", () => {
  const route = { count: 1, lastAt: 1 };
  const { nodes, edges } = toMap(
    [peer("Zoe", "ui"), peer("Bo"), peer("Ada", "ui"), peer("Lin", "api")],
    [
      { from: "session-Ada", to: "presence-Zoe", ...route },
      { from: "session-Ada", to: "member-Zoe", ...route, lastAt: 7 },
      { from: "gone-0123456789", to: "session-Bo", ...route },
    ],
  );
  expect(nodes.map(({ name }) => name)).toEqual(["Lin", "Ada", "Zoe", "Bo", "gone-012…"]);
  expect(edges.map(({ from, to, count, lastAt }) => [from.name, to.name, count, lastAt])).toEqual([
    ["Ada", "Zoe", 2, 7],
    ["gone-012…", "Bo", 1, 1],
  ]);
});

test("fifty peers have places of their own inside of a phone's width", () => {
  const size = { width: 358, height: 500 };
  const { points, nodePx, withNames } = layOut(50, size);
  expect(withNames).toBe(false);
  for (const [index, { x, y }] of points.entries()) {
    expect(x).toBeGreaterThanOrEqual(nodePx / 2);
    expect(x).toBeLessThanOrEqual(size.width - nodePx / 2);
    expect(y).toBeGreaterThanOrEqual(nodePx / 2);
    expect(y).toBeLessThanOrEqual(size.height - nodePx / 2);
    for (const other of points.slice(index + 1)) expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThan(24);
  }
  expect(layOut(50, size)).toEqual({ points, nodePx, withNames });
  expect(layOut(1, size).points).toEqual([{ x: 179, y: 250 }]);
  expect(layOut(3, { width: 0, height: 0 }).points).toHaveLength(3);
});

test("there and back are two lines, and none leads to itself", () => {
  const left = { x: 0, y: 0 };
  const right = { x: 100, y: 0 };
  expect(edgePath(left, right, 20)).toBe("M13 0Q50 12 87 0");
  expect(edgePath(right, left, 20)).toBe("M87 0Q50 -12 13 0");
  expect(edgePath(left, left, 20)).toBe("");
});
