import type { MemberId, MemoryId, MeshId } from "@parlatory/protocol";
import { expect, test } from "vitest";
import type { MemoryRow } from "../../src/store/store.ts";
import { T0, memoryRow, meshRow, uniqueNumber } from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

const MANY = 100_000;

export function testMemory(context: ConformanceContext): void {
  async function newMesh() {
    const mesh = meshRow();
    await context.shared.store.createMesh(mesh);
    return mesh.id;
  }

  async function remember(meshId: MeshId, changes: Partial<MemoryRow> = {}): Promise<MemoryRow> {
    const memory = memoryRow(meshId, changes);
    expect(await context.shared.store.addMemory(memory, MANY)).toBe("stored");
    return memory;
  }

  async function recall(meshId: MeshId, query: string, changes: { tags?: string[]; limit?: number } = {}) {
    return context.shared.store.recall({ meshId, query, tags: [], limit: 20, ...changes });
  }

  test("[MEM-10] finds and scores the contract's example", async () => {
    const meshId = await newMesh();
    const memory = await remember(meshId, { content: "Nightly builds cache the npm store for two days" });
    const tagged = await remember(meshId, {
      content: "Nightly builds cache the npm store for two days",
      tags: ["build"],
    });
    expect(await recall(meshId, "caching build")).toEqual([
      { ...tagged, score: 1.9674 },
      { ...memory, score: 1.4674 },
    ]);
  });

  test("[MEM-2] gives back content and tags as they were remembered, whatever characters they have", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const memory = await remember(meshId, {
      content: 'needle \0 \ud800 "quoted" ü 🙂\n\ttab',
      tags: ["Ünï", "a\0b", "\udfff", "#1"],
      rememberedBy: "Zoë",
    });
    expect(await recall(meshId, "needle")).toEqual([{ ...memory, score: expect.any(Number) as number }]);
    expect((await store.listMemories({ meshId, limit: 1 })).memories).toEqual([memory]);
    expect((await recall(meshId, "", { tags: ["A\0B", "\udfff"] })).map(({ id }) => id)).toEqual([memory.id]);
    expect(await recall(meshId, "", { tags: ["\ud801"] })).toEqual([]);
  });

  test("[MEM-2] filters by whole tags without regard to case, all of them", async () => {
    const meshId = await newMesh();
    const both = await remember(meshId, { content: "deploy", tags: ["Ops", "Prod Env"] });
    const one = await remember(meshId, { content: "deploy", tags: ["ops"] });
    await remember(meshId, { content: "deploy ops prod env", tags: ["ops-prod"] });
    const ids = async (query: string, tags: string[]) => (await recall(meshId, query, { tags })).map(({ id }) => id);
    expect(await ids("deploy", ["OPS"])).toEqual([one.id, both.id]);
    expect(await ids("deploy", ["ops", "PROD ENV"])).toEqual([both.id]);
    expect(await ids("deploy", ["prod"])).toEqual([]);
  });

  test("[MEM-3] without a searchable word there is nothing, with tags everything that has them, newest first, score 0", async () => {
    const meshId = await newMesh();
    const old = await remember(meshId, { tags: ["x"], rememberedAt: T0 });
    const recent = await remember(meshId, { tags: ["X", "y"], rememberedAt: T0 + 5 });
    for (const query of ["", "  ", "the of", "-secret", '"', "!!!", "OR"]) {
      expect(await recall(meshId, query)).toEqual([]);
      expect(await recall(meshId, query, { tags: ["x"] })).toEqual([
        { ...recent, score: 0 },
        { ...old, score: 0 },
      ]);
    }
    expect(await recall(meshId, "", { tags: ["x"], limit: 1 })).toEqual([{ ...recent, score: 0 }]);
  });

  test("[MEM-3] no query text is an error", async () => {
    const meshId = await newMesh();
    await remember(meshId, { content: "plain words" });
    const long = `${"word ".repeat(4_000)}`;
    for (const query of [
      '"unclosed phrase',
      "NEAR(a b)",
      "a AND (b",
      "content:x",
      "* ^a",
      "'; DROP TABLE memories; --",
      "a & | ! <-> b",
      "\0",
      "\ud800",
      long,
      "x".repeat(32_768),
      '-"',
      ":*",
    ]) {
      await expect(recall(meshId, query)).resolves.toBeInstanceOf(Array);
    }
  });

  test("[MEM-7] words, phrases, OR and exclusions, each tag a text of its own", async () => {
    const meshId = await newMesh();
    const ab = await remember(meshId, { content: "alpha beta gamma" });
    const ba = await remember(meshId, { content: "beta alpha", tags: ["delta force", "alpha"] });
    const split = await remember(meshId, { content: "unrelated alpha", tags: ["beta", "gamma"] });
    const ids = async (query: string) => (await recall(meshId, query)).map(({ id }) => id).toSorted();
    const sorted = (...memories: MemoryRow[]) => memories.map(({ id }) => id).toSorted();
    expect(await ids("alpha beta")).toEqual(sorted(ab, ba, split));
    expect(await ids('"alpha beta"')).toEqual(sorted(ab));
    expect(await ids('"beta gamma"')).toEqual(sorted(ab));
    expect(await ids('"delta force"')).toEqual(sorted(ba));
    expect(await ids('"alpha delta"')).toEqual([]);
    expect(await ids("gamma OR delta")).toEqual(sorted(ab, ba, split));
    expect(await ids('alpha -"beta gamma"')).toEqual(sorted(ba, split));
    expect(await ids("alpha -delta")).toEqual(sorted(ab, split));
  });

  test("[MEM-7] phrases are exact in memories beyond what an index keeps of positions", async () => {
    const meshId = await newMesh();
    const filler = Array.from({ length: 3_000 }, () => "common rare").join(" ");
    const hit = await remember(meshId, { content: `${filler} common needle` });
    await remember(meshId, { content: `needle ${filler} apart` });
    expect((await recall(meshId, '"common needle"')).map(({ id }) => id)).toEqual([hit.id]);
    const longWord = await remember(meshId, { content: "w".repeat(32_768) });
    expect((await recall(meshId, "w".repeat(32_768))).map(({ id }) => id)).toEqual([longWord.id]);
    expect(await recall(meshId, "w".repeat(32_767))).toEqual([]);
  });

  test("[MEM-8] orders by score, then newest, then id", async () => {
    const meshId = await newMesh();
    const tail = uniqueNumber().toString(36).padStart(19, "0");
    const b = await remember(meshId, { id: `b${tail}` as MemoryId, content: "needle", rememberedAt: T0 });
    const a = await remember(meshId, { id: `a${tail}` as MemoryId, content: "needle", rememberedAt: T0 });
    const newer = await remember(meshId, { content: "needle", rememberedAt: T0 + 1 });
    const better = await remember(meshId, { content: "needle needle", rememberedAt: T0 - 1 });
    expect((await recall(meshId, "needle")).map(({ id }) => id)).toEqual([better.id, newer.id, a.id, b.id]);
    expect((await recall(meshId, "needle", { limit: 2 })).map(({ id }) => id)).toEqual([better.id, newer.id]);
  });

  test("[MEM-8] ranks the 500 newest of more matches, newest by the instant and not by arrival", async () => {
    const meshId = await newMesh();
    const { store } = context.shared;
    const best = "needle ".repeat(50);
    const outside = await remember(meshId, { content: best, rememberedAt: T0 - 10 });
    await Promise.all(
      Array.from({ length: 499 }, (_, index) =>
        remember(meshId, { content: "a needle in hay", rememberedAt: T0 + index }),
      ),
    );
    const inside = await remember(meshId, { content: best, rememberedAt: T0 - 9 });
    const found = await store.recall({ meshId, query: "needle", tags: [], limit: 100 });
    expect(found[0]?.id).toBe(inside.id);
    expect(found.map(({ id }) => id)).not.toContain(outside.id);
  });

  test("[MODEL-2] a recall never sees another mesh, however many matches that has", async () => {
    const [meshId, other] = [await newMesh(), await newMesh()];
    const mine = await remember(meshId, { content: "shared words", tags: ["t"], rememberedAt: T0 });
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        remember(other, { content: "shared words", tags: ["t"], rememberedAt: T0 + 1 + index }),
      ),
    );
    expect((await recall(meshId, "shared")).map(({ id }) => id)).toEqual([mine.id]);
    expect((await recall(meshId, "", { tags: ["t"] })).map(({ id }) => id)).toEqual([mine.id]);
    expect((await context.shared.store.listMemories({ meshId, limit: 100 })).memories).toEqual([mine]);
  });

  test("[MEM-4] lists newest first in pages, all and by tags", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const all: MemoryRow[] = [];
    for (let index = 0; index < 7; index++) {
      all.push(await remember(meshId, { rememberedAt: T0 + index, tags: index % 2 === 0 ? ["Even"] : [] }));
    }
    const newestFirst = all.toReversed();
    for (const [tags, expected] of [
      [undefined, newestFirst],
      [["even"], newestFirst.filter((memory) => memory.tags.length > 0)],
    ] as const) {
      const seen: MemoryRow[] = [];
      let before: MemoryId | undefined;
      do {
        const page = await store.listMemories({ meshId, limit: 2, before, tags });
        seen.push(...page.memories);
        before = page.next;
      } while (before !== undefined);
      expect(seen).toEqual(expected);
    }
    expect(await store.listMemories({ meshId, limit: 7 })).toEqual({ memories: newestFirst, next: undefined });
    expect(await store.listMemories({ meshId, limit: 7, before: "0".repeat(20) })).toEqual({
      memories: [],
      next: undefined,
    });
    expect(await store.listMemories({ meshId: await newMesh(), limit: 7, before: all[3]?.id })).toEqual({
      memories: [],
      next: undefined,
    });
  });

  test("[MEM-5] forgets by id or by a prefix that is unique, for the author or an administrator", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const start = `f${uniqueNumber().toString(36).padStart(5, "0")}`;
    const [first, second] = [
      await remember(meshId, { id: `${start}a${"0".repeat(13)}` as MemoryId, content: "needle", tags: ["t"] }),
      await remember(meshId, { id: `${start}b${"0".repeat(13)}` as MemoryId, content: "needle", tags: ["t"] }),
    ];
    const forget = (idOrPrefix: string, memberId?: MemberId) => store.forget({ meshId, idOrPrefix, memberId, at: T0 });
    expect(await forget(start, first.memberId)).toEqual({ outcome: "ambiguous" });
    for (const nothing of ["zzzzzz", start.slice(0, 5), "%%%%%%", `${start}_`, ""]) {
      expect(await forget(nothing)).toEqual({ outcome: "not_found" });
    }
    expect(await store.forget({ meshId: await newMesh(), idOrPrefix: first.id, at: T0 })).toEqual({
      outcome: "not_found",
    });
    expect(await forget(`${start}a`, "somebody-else-000000" as MemberId)).toEqual({ outcome: "forbidden" });
    expect(await forget(`${start}a`, first.memberId)).toEqual({ outcome: "forgotten", id: first.id });
    expect(await forget(first.id)).toEqual({ outcome: "not_found" });
    expect((await recall(meshId, "needle")).map(({ id }) => id)).toEqual([second.id]);
    expect((await recall(meshId, "", { tags: ["t"] })).map(({ id }) => id)).toEqual([second.id]);
    expect((await store.listMemories({ meshId, limit: 9 })).memories).toEqual([second]);
    // A forgotten memory is still a place to go on from.
    expect((await store.listMemories({ meshId, limit: 9, before: first.id })).memories).toEqual([]);
    // What is forgotten makes no prefix ambiguous.
    expect(await forget(start)).toEqual({ outcome: "forgotten", id: second.id });
  });

  test("[MEM-1] a mesh has at most so many memories; forgotten ones leave room", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const first = memoryRow(meshId);
    expect(await store.addMemory(first, 2)).toBe("stored");
    const both = await Promise.all([store.addMemory(memoryRow(meshId), 2), store.addMemory(memoryRow(meshId), 2)]);
    expect(both.toSorted()).toEqual(["limit", "stored"]);
    await store.forget({ meshId, idOrPrefix: first.id, at: T0 });
    expect(await store.addMemory(memoryRow(meshId), 2)).toBe("stored");
  });

  test("[MODEL-3] memories outlive the broker", async () => {
    const database = await context.harness.create();
    const mesh = meshRow();
    await database.store.createMesh(mesh);
    const memory = memoryRow(mesh.id, { content: "needle" });
    await database.store.addMemory(memory, 1);
    const store = await database.reopen();
    expect(await store.recall({ meshId: mesh.id, query: "needles", tags: [], limit: 5 })).toMatchObject([
      { id: memory.id },
    ]);
    await database.dispose();
  });
}
