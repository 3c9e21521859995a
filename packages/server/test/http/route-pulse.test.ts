import { afterAll, beforeAll, expect, test } from "vitest";
import { RoutePulse } from "../../src/http/route-pulse.ts";
import type { MeshRow } from "../../src/store/store.ts";
import { EventReader } from "../support/event-reader.ts";
import { HeldTime } from "../support/held-time.ts";
import { ADMIN_TOKEN, openHttpWorld, type HttpWorld } from "../support/http-world.ts";

let world: HttpWorld;
let server: Awaited<ReturnType<HttpWorld["listen"]>>;
let mesh: MeshRow;

beforeAll(async () => {
  world = await openHttpWorld();
  server = await world.listen();
  mesh = await world.createMesh();
});
afterAll(async () => {
  await server.stop();
  await world.close();
});

test("[HTTP-17] the ways of messages are told together, at most once in 250 ms", async () => {
  const time = new HeldTime();
  let due = 0;
  const pulse = new RoutePulse({ clock: time, scheduler: time, onDue: () => void (due += 1) });
  pulse.note({ from: "ada", to: ["lin", "bo"] });
  pulse.note({ from: "ada", to: ["lin"] });
  expect(pulse.take()).toBeUndefined();
  await time.advance(249);
  expect(due).toBe(0);
  await time.advance(1);
  expect(due).toBe(1);
  // What comes before it is taken goes with it, and asks for no second telling.
  pulse.note({ from: "lin", to: ["ada"] });
  expect(pulse.take()).toEqual({
    routes: [
      { from: "ada", to: "lin", count: 2 },
      { from: "ada", to: "bo", count: 1 },
      { from: "lin", to: "ada", count: 1 },
    ],
    left_out: 0,
    at: new Date(time.now()).toISOString(),
  });
  await time.advance(10_000);
  expect([due, pulse.take()]).toEqual([1, undefined]);
  pulse.note({ from: "ada", to: ["lin"] });
  await time.advance(250);
  expect(pulse.take()).toMatchObject({ routes: [{ count: 1 }] });
});

test("one telling holds so many ways and no more, and says how many it leaves out", async () => {
  const time = new HeldTime();
  const pulse = new RoutePulse({ clock: time, scheduler: time, onDue: () => undefined });
  pulse.note({ from: "ada", to: Array.from({ length: 250 }, (_, index) => `peer-${index}`) });
  pulse.note({ from: "ada", to: ["peer-0", "peer-249"] });
  await time.advance(250);
  const told = pulse.take();
  expect(told).toMatchObject({ left_out: 51 });
  expect(told?.["routes"]).toHaveLength(200);
  pulse.note({ from: "ada", to: ["lin"] });
  pulse.close();
  await time.advance(1_000);
  expect(pulse.take()).toBeUndefined();
});

test("[HTTP-16] [HTTP-17] who talks to whom is told to tokens of the audit's scope only, without an id, and never again", async () => {
  const { secret } = await world.apiTokens.create({ meshId: mesh.id, name: "r", scope: "write" }, "test");
  const open = async (token: string, query = ""): Promise<EventReader> => {
    const response = await fetch(`${server.url}/api/v1/meshes/${mesh.slug}/events${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const reader = new EventReader(response.body!);
    await reader.readUntil((events) => events.length > 0);
    return reader;
  };
  expect(world.routes.isWatched(mesh.id)).toBe(false);
  const small = await open(secret);
  expect(world.routes.isWatched(mesh.id)).toBe(false);
  const admin = await open(ADMIN_TOKEN);
  world.routes.note(mesh.id, { from: "ada", to: ["lin"] });
  await admin.readUntil((events) => events.some(({ event }) => event === "message_routed"));
  expect(admin.events.at(-1)).toEqual({
    id: undefined,
    event: "message_routed",
    data: { routes: [{ from: "ada", to: "lin", count: 1 }], left_out: 0, at: expect.any(String) },
  });
  world.events.emit(mesh.id, "peer_updated", {});
  const again = await open(ADMIN_TOKEN, "?since=0");
  for (const reader of [small, again]) {
    await reader.readUntil((events) => events.some(({ event }) => event === "peer_updated"));
    expect(reader.events.map(({ event }) => event)).not.toContain("message_routed");
    await reader.cancel();
  }
  await admin.cancel();
  while (world.routes.isWatched(mesh.id)) await new Promise((resolve) => setImmediate(resolve));
});
