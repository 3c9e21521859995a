import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WireError, type MeshId } from "@parlatory/protocol";
import { StoreUnavailableError, type MemberRow, type Store } from "../../src/store/store.ts";
import { openBoardWorld, type BoardWorld } from "../support/board-world.ts";
import { HeldTime } from "../support/held-time.ts";
import { testKey } from "../support/keys.ts";
import { withMethods } from "../support/store-wrapper.ts";
import { STORE_KINDS, startStoreSource, type StoreSource } from "../support/store-kinds.ts";

describe.each(STORE_KINDS)("with %s", (kind) => {
  let source: StoreSource;
  let world: BoardWorld;
  let mesh: MeshId;
  let member: MemberRow;

  beforeAll(async () => {
    source = await startStoreSource(kind);
    world = await openBoardWorld({ openStore: source.open, maxKeys: 3 });
  });
  afterAll(async () => {
    await world.close();
    await source.stop();
  });
  beforeEach(async () => {
    mesh = (await world.createMesh()).id;
    member = await world.addMember(mesh, testKey(1));
  });

  const write = (key: string, value: unknown, ifVersion?: number) =>
    world.states.write({ mesh, key, value, ifVersion, by: { name: "tester" } });
  const failure = async (work: Promise<unknown>): Promise<WireError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof WireError)) throw new Error(`expected a refusal, got ${String(error)}`);
    return error;
  };

  describe("keys and values", () => {
    test.each([
      ["empty", ""],
      ["too long", "x".repeat(257)],
      ["control character", "a\u0007b"],
      ["C1 control character", "a\u0085"],
      ["half a surrogate pair", "a\ud800"],
      ["prefix mark", "todo*"],
    ])("[STATE-1] refuses a key: %s", async (_, key) => {
      expect(await failure(write(key, 1))).toMatchObject({ code: "bad_request", detail: { field: "key" } });
      expect(await failure(world.states.read(mesh, key))).toMatchObject({ code: "bad_request" });
    });

    test.each(["k", "😀".repeat(256), "a/b ?#%&", "x') OR ('1'='1", "__proto__", "a*b", " "])(
      "[STATE-1] takes the key %j",
      async (key) => {
        await write(key, { ok: key });
        expect(await world.states.read(mesh, key)).toMatchObject({ key, value: { ok: key }, version: 1 });
      },
    );

    test.each([
      ["object with key order", '{"z":1,"a":{"y":[],"b":null},"m":"é😀"}'],
      ["__proto__ as data", '{"__proto__":{"polluted":true},"constructor":1}'],
      ["numbers as doubles", "[0.1,1e308,-5e-324,9007199254740993]"],
      ["escapes and lone surrogates", String.raw`"\u0000\ud800\"\\ "`],
      ["false", "false"],
      ["zero", "0"],
      ["empty text", '""'],
      ["empty array", "[]"],
    ])("[STATE-1] gives back what was written: %s", async (_, text) => {
      const value = JSON.parse(text) as unknown;
      const written = await write("k", value);
      const read = await world.states.read(mesh, "k");
      expect(JSON.stringify(read.value)).toBe(JSON.stringify(value));
      expect(written).toEqual(read);
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    });

    test("[STATE-1] [LIM-12] counts a value in bytes of compact JSON", async () => {
      const fitting = "é".repeat(32_767);
      expect((await write("k", fitting)).version).toBe(1);
      const error = await failure(write("k", `${fitting}a`));
      expect(error).toMatchObject({ code: "value_too_large", detail: { limit: 65_536 } });
      expect((await world.states.read(mesh, "k")).version).toBe(1);
    });

    test("[STATE-1] refuses numbers that are no IEEE double, and nesting that could not be sent again", async () => {
      expect(await failure(write("k", JSON.parse("[1e999]")))).toMatchObject({
        code: "bad_request",
        detail: { field: "value" },
      });
      const deep = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`) as unknown;
      expect(await failure(write("k", deep))).toMatchObject({ code: "bad_request", detail: { field: "value" } });
      expect((await write("k", JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`))).version).toBe(1);
    });

    test("[STATE-4] a missing value is refused", async () => {
      expect(await failure(write("k", undefined))).toMatchObject({ code: "bad_request", detail: { field: "value" } });
    });

    test("[STATE-9] [LIM-12] refuses one key more than the mesh may have, not a write to an existing one", async () => {
      for (const key of ["a", "b", "c"]) await write(key, 1);
      expect(await failure(write("d", 1))).toMatchObject({ code: "limit_reached", detail: { limit: 3 } });
      expect((await write("a", 2)).version).toBe(2);
      await write("b", null);
      expect((await write("d", 1)).version).toBe(1);
    });
  });

  describe("versions", () => {
    test("[STATE-2] [STATE-4] [STATE-5] versions rise over deletion and are never used again", async () => {
      expect((await write("k", "one")).version).toBe(1);
      expect((await write("k", "two")).version).toBe(2);
      expect(await write("k", null)).toEqual({ key: "k", value: null, updatedBy: "", updatedAt: "", version: 0 });
      expect(await world.states.read(mesh, "k")).toEqual({
        key: "k",
        value: null,
        updatedBy: "",
        updatedAt: "",
        version: 0,
      });
      expect((await write("k", "four")).version).toBe(4);
    });

    test("[STATE-3] of concurrent writers with one ifVersion exactly one wins; the others get what it wrote", async () => {
      await write("k", "start");
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => write("k", n, 1)));
      const won = results.filter((result) => result.status === "fulfilled");
      expect(won).toHaveLength(1);
      const winner = (await world.states.read(mesh, "k")).value;
      const current = { key: "k", value: winner, version: 2, updatedBy: "tester" };
      for (const lost of results.filter((result) => result.status === "rejected")) {
        expect(lost.reason).toMatchObject({ code: "version_conflict", detail: { current } });
      }
    });

    test("[STATE-3] ifVersion 0 means that the key must not exist", async () => {
      expect((await write("k", 1, 0)).version).toBe(1);
      expect(await failure(write("k", 2, 0))).toMatchObject({ code: "version_conflict" });
      await write("k", null);
      expect((await write("k", 3, 0)).version).toBe(3);
      expect(await failure(write("other", 1, 5))).toMatchObject({
        code: "version_conflict",
        detail: { current: { key: "other", value: null, version: 0, updatedBy: "", updatedAt: "" } },
      });
    });

    test("[STATE-6] lists by prefix in code point order, with the names of the writers", async () => {
      for (const key of ["b", "😀", "\uffee"]) await write(key, key);
      const entries = await world.states.list(mesh, "");
      expect(entries.map((entry) => entry.key)).toEqual(["b", "\uffee", "😀"]);
      expect(entries[0]).toMatchObject({ value: "b", updatedBy: "tester", version: 1 });
      expect(await world.states.list(mesh, "b")).toHaveLength(1);
      expect(await world.states.list(mesh, "%")).toEqual([]);
      expect(await world.states.list(mesh, "\u0000")).toEqual([]);
    });

    test("[MODEL-2] a key of one mesh is not there in another", async () => {
      const other = (await world.createMesh()).id;
      await write("k", 1);
      expect((await world.states.read(other, "k")).version).toBe(0);
      expect(await world.states.list(other, "")).toEqual([]);
    });
  });

  describe("changes", () => {
    test("[STATE-7] every other session gets the change, the setter only with echo_state", async () => {
      const setter = world.attach(member);
      const other = world.attach(member, { sessionId: "b" });
      const control = world.attach(member, { presence: "control" });
      const by = { name: setter.presence.displayName, presence: setter.presence.id, member: member.id };
      await world.states.write({ mesh, key: "k", value: { a: 1 }, by });
      await world.states.write({ mesh, key: "k", value: null, by });
      const [changed, deleted] = other.inbox.frames("state_change");
      expect(changed).toEqual({
        type: "state_change",
        key: "k",
        value: { a: 1 },
        updatedBy: by.name,
        updatedAt: expect.any(String),
        version: 1,
      });
      expect(deleted).toMatchObject({ key: "k", value: null, version: 2, deleted: true, updatedBy: by.name });
      expect(setter.inbox.texts).toEqual([]);
      expect(control.inbox.texts).toEqual([]);

      const echoing = world.attach(member, { sessionId: "c", capabilities: ["echo_state"] });
      await world.states.write({ mesh, key: "k", value: 3, by: { ...by, presence: echoing.presence.id } });
      expect(echoing.inbox.frames("state_change")).toHaveLength(1);
    });

    test("[STATE-4] deleting a missing key succeeds and tells nobody", async () => {
      const other = world.attach(member);
      expect((await write("k", null)).version).toBe(0);
      expect(other.inbox.texts).toEqual([]);
      expect(await world.eventsOf(mesh)).not.toContainEqual(expect.objectContaining({ type: "state_change" }));
    });

    test("[STATE-8] state_watch clients get the keys they watch: exact, by prefix, or all", async () => {
      const watcher = world.attach(member, { capabilities: ["state_watch"] });
      await write("a", 1);
      world.presences.watch(watcher.presence, "a");
      world.presences.watch(watcher.presence, "todo/*");
      await write("a", 2);
      await write("ab", 2);
      await write("todo/1", 3);
      expect(watcher.inbox.frames("state_change").map((frame) => frame["key"])).toEqual(["a", "todo/1"]);
      world.presences.unwatch(watcher.presence, "a");
      await write("a", 4);
      world.presences.watch(watcher.presence, "*");
      await write("ab", 5);
      expect(watcher.inbox.frames("state_change").map((frame) => frame["value"])).toEqual([2, 3, 5]);
    });

    test("[STATE-7] changes of one key arrive in version order, however many write at once", async () => {
      const other = world.attach(member);
      await Promise.all(Array.from({ length: 50 }, (_, n) => write("k", n)));
      expect(other.inbox.frames("state_change").map((frame) => frame["version"])).toEqual(
        Array.from({ length: 50 }, (_, n) => n + 1),
      );
    });

    test("[STATE-7] [WS-5] nothing is pushed to a connection before its hello_ack", async () => {
      const { presence, inbox } = world.attach(member);
      presence.ready = false;
      await write("k", 1);
      expect(inbox.texts).toEqual([]);
    });

    test("[HTTP-17] a change is an event in snake_case; a large value is left out of it", async () => {
      await write("k", { inner: { camelCase: 1 } });
      await write("k", "x".repeat(10_000));
      await write("k", null);
      const events = (await world.eventsOf(mesh)).filter((event) => event.type === "state_change");
      expect(events[0]?.data).toMatchObject({
        key: "k",
        value: { inner: { camelCase: 1 } },
        updated_by: "tester",
        version: 1,
      });
      expect(events[1]?.data).toMatchObject({ key: "k", value_omitted: true, version: 2 });
      expect(events[2]?.data).toMatchObject({ key: "k", version: 3, deleted: true });
    });
  });

  describe("a database that fails", () => {
    test("[DB-5] a write is refused with storage_unavailable when the store says it is down", async () => {
      const down = async (): Promise<never> => {
        throw new StoreUnavailableError("down");
      };
      const failing = await openBoardWorld({
        wrapStore: (store) => withMethods(store, { writeState: down, getState: down }),
      });
      const { id } = await failing.createMesh();
      expect(await failure(failing.states.write({ mesh: id, key: "k", value: 1, by: { name: "t" } }))).toMatchObject({
        code: "storage_unavailable",
      });
      expect(await failure(failing.states.read(id, "k"))).toMatchObject({ code: "storage_unavailable" });
      await failing.close();
    });

    test("[FRM-7] [DB-5] a hanging write is answered within 5 s, and one queued behind it is never written", async () => {
      const time = new HeldTime();
      const hanging = Promise.withResolvers<void>();
      let writes = 0;
      const wrapStore = (store: Store): Store =>
        withMethods(store, {
          writeState: async (request) => {
            writes++;
            await hanging.promise;
            return store.writeState(request);
          },
        });
      const slow = await openBoardWorld({ wrapStore, scheduler: time });
      const { id } = await slow.createMesh();
      const writeSlowly = (value: string) => slow.states.write({ mesh: id, key: "k", value, by: { name: "t" } });
      const first = failure(writeSlowly("first"));
      const second = failure(writeSlowly("second"));
      await time.advance(5_000);
      expect(await first).toMatchObject({ code: "storage_unavailable" });
      expect(await second).toMatchObject({ code: "storage_unavailable" });
      hanging.resolve();
      expect(await writeSlowly("third")).toMatchObject({ value: "third", version: 2 });
      expect(writes).toBe(2);
      slow.commit.close();
      await slow.close();
    });
  });
});
