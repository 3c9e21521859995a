import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { MeshId } from "@parlatory/protocol";
import type { MemberRow } from "../../src/store/store.ts";
import { author, openBoardWorld, type BoardWorld } from "../support/board-world.ts";
import { testKey } from "../support/keys.ts";

let world: BoardWorld;
let mesh: MeshId;
let alice: MemberRow;
let bob: MemberRow;
let admin: MemberRow;

beforeAll(async () => {
  world = await openBoardWorld({ maxMemories: 5 });
});
afterAll(() => world.close());
beforeEach(async () => {
  mesh = (await world.createMesh()).id;
  alice = await world.addMember(mesh, testKey(1));
  bob = await world.addMember(mesh, testKey(2));
  admin = await world.addMember(mesh, testKey(4), "admin");
});

test("[MEM-1] [MEM-2] what was remembered is found, under the session's name of that time", async () => {
  const { id } = await world.memories.remember(author(alice, "builder"), "the staging cache is cold", ["deploy"]);
  expect(id).toMatch(/^[0-9a-z]{20}$/);
  const [found] = await world.memories.recall(mesh, "caching");
  expect(found).toEqual({
    id,
    content: "the staging cache is cold",
    tags: ["deploy"],
    rememberedBy: "builder",
    memberPubkey: alice.pubkey,
    rememberedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    score: expect.any(Number),
  });
});

test.each([
  ["NUL and escapes", "a\u0000b\\u0000"],
  ["SQL", "x'); DROP TABLE memories;--"],
  ["half a surrogate pair", "broken \ud800 text"],
])("[MEM-1] [DB-2] hostile content comes back as it was: %s", async (_, content) => {
  const { id } = await world.memories.remember(author(alice), content);
  const { memories } = await world.memories.list(mesh);
  expect(memories).toMatchObject([{ id, content }]);
});

test("[MEM-1] [LIM-12] refuses empty and too large content, and too many or ill-formed tags", async () => {
  const remember = (content: string, tags: string[] = []) => world.memories.remember(author(alice), content, tags);
  await expect(remember("")).rejects.toMatchObject({ code: "bad_request", detail: { field: "content" } });
  await expect(remember("é".repeat(16_385))).rejects.toMatchObject({
    code: "value_too_large",
    detail: { limit: 32_768 },
  });
  await expect(
    remember(
      "x",
      Array.from({ length: 17 }, (_, n) => `t${n}`),
    ),
  ).rejects.toMatchObject({ code: "bad_request", detail: { field: "tags" } });
  await expect(remember("x", ["ok", ""])).rejects.toMatchObject({ code: "bad_request", detail: { field: "tags[1]" } });
  await expect(remember("x", ["😀".repeat(65)])).rejects.toMatchObject({
    code: "bad_request",
    detail: { field: "tags[0]" },
  });
  expect((await remember("é".repeat(16_384), ["😀".repeat(64)])).id).toBeDefined();
});

test("[MEM-1] [LIM-12] refuses one memory more than the mesh may have", async () => {
  for (let n = 0; n < 5; n++) await world.memories.remember(author(alice), `memory ${n}`);
  await expect(world.memories.remember(author(alice), "one more")).rejects.toMatchObject({
    code: "limit_reached",
    detail: { limit: 5 },
  });
});

test("[MEM-3] no query text is an error", async () => {
  await world.memories.remember(author(alice), "alpha", ["t"]);
  for (const query of ["", "the", '"', "-", "OR OR", "\u0000", "'; --", "(".repeat(100_000), "-alpha"]) {
    expect(await world.memories.recall(mesh, query)).toEqual([]);
  }
  expect(await world.memories.recall(mesh, "", ["T"])).toMatchObject([{ content: "alpha", score: 0 }]);
});

test("[MEM-4] pages newest first; a bad limit or before is refused", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) {
    ids.unshift((await world.memories.remember(author(alice), `memory ${n}`)).id);
    world.clock.advance(1);
  }
  const first = await world.memories.list(mesh, 2);
  expect(first.memories.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const second = await world.memories.list(mesh, 3, first.next ?? "");
  expect(second.memories.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(second.next).toBeNull();
  for (const limit of [0, 101, 1.5]) {
    await expect(world.memories.list(mesh, limit)).rejects.toMatchObject({
      code: "bad_request",
      detail: { field: "limit" },
    });
  }
  await expect(world.memories.list(mesh, 5, "' OR 1=1")).rejects.toMatchObject({
    code: "bad_request",
    detail: { field: "before" },
  });
});

test("[MEM-5] [OBS-3] its author forgets a memory by a unique prefix: gone at once, audited, an event", async () => {
  const { id } = await world.memories.remember(author(alice), "alpha");
  await expect(world.memories.forget(author(bob), id)).rejects.toMatchObject({ code: "forbidden" });
  await expect(world.memories.forget(author(alice), id.slice(0, 5))).rejects.toMatchObject({ code: "not_found" });
  expect(await world.memories.forget(author(alice), id.slice(0, 19))).toEqual({ id });
  expect(await world.memories.recall(mesh, "alpha")).toEqual([]);
  expect((await world.memories.list(mesh)).memories).toEqual([]);
  await expect(world.memories.forget(author(alice), id)).rejects.toMatchObject({ code: "not_found" });
  const entries = await world.audit.list(mesh, 0, 100);
  expect(entries.at(-1)).toMatchObject({ event: "memory_forgotten", actor: `member:${alice.id}`, data: { id } });
  expect(JSON.stringify(entries)).not.toContain("alpha");
  expect((await world.eventsOf(mesh)).map(({ type }) => type)).toEqual(
    expect.arrayContaining(["memory_stored", "memory_forgotten"]),
  );
});

test("[MEM-5] an admin member forgets any memory; an ambiguous prefix and one of another mesh are refused", async () => {
  const one = await world.memories.remember(author(alice), "alpha");
  const two = await world.memories.remember(author(alice), "beta");
  // Ids made within one second share their first characters.
  await expect(world.memories.forget(author(admin), one.id.slice(0, 6))).rejects.toMatchObject({ code: "ambiguous" });
  const elsewhere = await world.createMesh();
  const stranger = await world.addMember(elsewhere.id, testKey(1), "admin");
  await expect(world.memories.forget(author(stranger), one.id)).rejects.toMatchObject({ code: "not_found" });
  expect(await world.memories.forget(author(admin), one.id)).toEqual({ id: one.id });
  expect(await world.memories.forgetAsAdmin(mesh, two.id, "admin-token")).toEqual({ id: two.id });
});
