import { expect, test } from "vitest";
import { T0, meshRow, stateWrite } from "../support/store-rows.ts";
import type { PresenceId } from "@parlatory/protocol";
import type { ConformanceContext } from "./store-conformance.ts";

export function testState(context: ConformanceContext): void {
  async function newMesh() {
    const mesh = meshRow();
    await context.shared.store.createMesh(mesh);
    return mesh.id;
  }

  test("[STATE-1] gives back the JSON text as written: key order, numbers, escapes, and any key", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const value = '{"b":1,"a":[1e400,-0,0.1,"\\u0000\\ud800 ü 🙂"],"__proto__":{"x":null}}';
    for (const key of ["__proto__", "constructor", "a key with spaces", "ü🙂", "%_\\"]) {
      const written = await store.writeState(
        stateWrite(meshId, key, { value, updatedByPresence: "p" as PresenceId, at: T0 + 1 }),
      );
      const row = { key, value, version: 1, updatedBy: "alice", updatedAt: T0 + 1 };
      expect(written).toEqual({ outcome: "written", row, deleted: false });
      expect(await store.getState(meshId, key)).toEqual(row);
    }
    expect(await store.getState(meshId, "absent")).toBeUndefined();
  });

  test("[STATE-2] counts the writes of a key and never gives a version out again, also across deletion", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    await store.writeState(stateWrite(meshId, "k"));
    await store.writeState(stateWrite(meshId, "k", { value: "2" }));
    const deleted = await store.writeState(stateWrite(meshId, "k", { value: undefined, at: T0 + 3 }));
    expect(deleted).toEqual({
      outcome: "written",
      row: { key: "k", version: 3, updatedBy: "alice", updatedAt: T0 + 3 },
      deleted: true,
    });
    expect(await store.getState(meshId, "k")).toBeUndefined();
    expect(await store.listState(meshId, "")).toEqual([]);
    expect(await store.writeState(stateWrite(meshId, "k", { ifVersion: 0, value: "4" }))).toMatchObject({
      outcome: "written",
      row: { version: 4 },
    });
  });

  test("[STATE-4] deleting a missing key changes nothing", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    expect(await store.writeState(stateWrite(meshId, "k", { value: undefined }))).toEqual({ outcome: "nothing" });
    expect(await store.writeState(stateWrite(meshId, "k", { value: undefined, ifVersion: 0 }))).toEqual({
      outcome: "nothing",
    });
    expect(await store.writeState(stateWrite(meshId, "k"))).toMatchObject({ row: { version: 1 } });
  });

  test("[STATE-3] writes only at the version given and shows the current row otherwise", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    expect(await store.writeState(stateWrite(meshId, "k", { ifVersion: 1 }))).toEqual({
      outcome: "conflict",
      current: undefined,
    });
    await store.writeState(stateWrite(meshId, "k", { ifVersion: 0, value: '"one"' }));
    const current = { key: "k", value: '"one"', version: 1, updatedBy: "alice", updatedAt: T0 };
    expect(await store.writeState(stateWrite(meshId, "k", { ifVersion: 0 }))).toEqual({ outcome: "conflict", current });
    expect(await store.writeState(stateWrite(meshId, "k", { ifVersion: 2 }))).toEqual({ outcome: "conflict", current });
    expect(await store.writeState(stateWrite(meshId, "k", { ifVersion: 2, value: undefined }))).toEqual({
      outcome: "conflict",
      current,
    });
    expect(await store.writeState(stateWrite(meshId, "k", { ifVersion: 1 }))).toMatchObject({
      outcome: "written",
      row: { version: 2 },
    });
  });

  test("[STATE-3] of concurrent writers with one version exactly one wins", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    for (const ifVersion of [0, 1]) {
      const writes = Array.from({ length: 20 }, (_, index) =>
        store.writeState(stateWrite(meshId, "k", { ifVersion, value: String(index) })),
      );
      const outcomes = await Promise.all(writes);
      const winners = outcomes.flatMap((result) => (result.outcome === "written" ? [result.row] : []));
      expect(winners).toHaveLength(1);
      expect(await store.getState(meshId, "k")).toEqual(winners[0]);
    }
  });

  test("[STATE-2] concurrent writes of one key without a version all count", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const results = await Promise.all(Array.from({ length: 20 }, () => store.writeState(stateWrite(meshId, "k"))));
    const versions = results.map((result) => (result.outcome === "written" ? result.row.version : 0));
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test("[STATE-6] lists by code point, and a prefix is data", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    // U+FFFD sorts after U+D7FF and before U+1F642 by code point; UTF-16 code units would have it last.
    const inOrder = ["%", "A", "B", "_", "a", "a%b", "aa", "ab", "a_", "b", "\ud7ff", "\ufffd", "🙂", "🙂x"].toSorted(
      (a, b) => comparePoints(a, b),
    );
    for (const key of inOrder.toReversed()) await store.writeState(stateWrite(meshId, key));
    await store.writeState(stateWrite(await newMesh(), "aa"));
    const list = async (prefix: string) => (await store.listState(meshId, prefix)).map(({ key }) => key);
    expect(await list("")).toEqual(inOrder);
    expect(await list("a")).toEqual(["a", "a%b", "a_", "aa", "ab"]);
    expect(await list("a%")).toEqual(["a%b"]);
    expect(await list("%")).toEqual(["%"]);
    expect(await list("_")).toEqual(["_"]);
    expect(await list("🙂")).toEqual(["🙂", "🙂x"]);
    expect(await list("zzz")).toEqual([]);
  });

  test("[STATE-9] a mesh has at most so many keys; deleted ones leave room and overwriting needs none", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    for (const key of ["a", "b"]) await store.writeState(stateWrite(meshId, key, { maxKeys: 2 }));
    expect(await store.writeState(stateWrite(meshId, "c", { maxKeys: 2 }))).toEqual({ outcome: "limit" });
    expect(await store.writeState(stateWrite(meshId, "a", { maxKeys: 2 }))).toMatchObject({ outcome: "written" });
    await store.writeState(stateWrite(meshId, "b", { value: undefined }));
    expect(await store.writeState(stateWrite(meshId, "c", { maxKeys: 2 }))).toMatchObject({ outcome: "written" });
    expect(await store.writeState(stateWrite(meshId, "b", { maxKeys: 2 }))).toEqual({ outcome: "limit" });
  });

  test("[MODEL-2] a key of one mesh is no key of another", async () => {
    const { store } = context.shared;
    const [meshId, other] = [await newMesh(), await newMesh()];
    await store.writeState(stateWrite(meshId, "k"));
    expect(await store.getState(other, "k")).toBeUndefined();
    expect(await store.listState(other, "")).toEqual([]);
    expect(await store.writeState(stateWrite(other, "k", { ifVersion: 0 }))).toMatchObject({ row: { version: 1 } });
  });

  test("[MODEL-3] state outlives the broker", async () => {
    const database = await context.harness.create();
    const mesh = meshRow();
    await database.store.createMesh(mesh);
    await database.store.writeState(stateWrite(mesh.id, "k", { value: '{"x":1}' }));
    const store = await database.reopen();
    expect(await store.getState(mesh.id, "k")).toMatchObject({ value: '{"x":1}', version: 1 });
    await database.dispose();
  });
}

function comparePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
