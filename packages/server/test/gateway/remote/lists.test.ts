import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RawClient, RawFrame } from "../../support/raw-client.ts";
import {
  CLIENT,
  forget,
  newsOf,
  openRemoteWorld,
  settle,
  typesOf,
  type RemoteWorld,
} from "../../support/remote/remote-world.ts";
import { SteppedTime } from "../../support/stepped-time.ts";

let world: RemoteWorld;
let time: SteppedTime;

beforeEach(async () => {
  time = new SteppedTime();
  world = await openRemoteWorld({ time });
});
afterEach(() => world.end());

type Entry = Record<string, unknown>;

const idsOf = (frame: RawFrame | undefined): unknown[] =>
  ((frame?.["sessions"] ?? []) as Entry[]).map((entry) => entry["session_id"]);

/** Makes so many sessions, the newest last. */
function addSessions(count: number): string[] {
  return Array.from({ length: count }, () => {
    const id = randomUUID();
    world.catalog.add(id, ["hello"]);
    return id;
  });
}

async function news(client: RawClient): Promise<string[]> {
  await settle(client);
  return typesOf(client);
}

describe("recent sessions", () => {
  test("[SESS-2] as many of the newest as were asked for, and that number; anything but 1 to 100 means 10", async () => {
    const ids = addSessions(12).toReversed();
    for (const [asked, limit] of [
      [3, 3],
      [100, 100],
      [0, 10],
      [101, 10],
      ["5", 10],
      [2.5, 10],
      [undefined, 10],
    ] as const) {
      const client = await world.open();
      client.send({ type: "connect", session_id: CLIENT, api_key: "k".repeat(43), recent_sessions_limit: asked });
      const recent = await client.find(({ type }) => type === "recent_sessions");
      expect(recent["limit"]).toBe(limit);
      expect(idsOf(recent)).toEqual(ids.slice(0, limit));
      await client.close();
    }
  });

  test("[SESS-2] [CONN-8] refresh_sessions answers both lists under another limit, without a new connect", async () => {
    const ids = addSessions(4).toReversed();
    const client = await world.connect();
    client.send({ type: "refresh_sessions", recent_sessions_limit: 2, correlation_id: "c" });
    const list = await client.next("session_list");
    const recent = await client.next("recent_sessions");
    expect(idsOf(list)).toEqual(ids);
    expect(idsOf(recent)).toEqual(ids.slice(0, 2));
    expect([list["correlation_id"], recent["correlation_id"], recent["limit"]]).toEqual(["c", "c", 2]);
    await client.close();
  });

  test("[SESS-3] they come again when content or order changed, at most once in 2 s, and the last change is never lost", async () => {
    const [first = "", second = ""] = addSessions(2);
    const client = await world.connect();
    await time.advance(10_000);
    forget(client);
    world.catalog.grow(first, ["more"]);
    await time.advance(0);
    expect(idsOf(await client.find(({ type }) => type === "recent_sessions"))).toEqual([first, second]);
    forget(client);
    for (let n = 0; n < 5; n++) world.catalog.grow(second, [`${n}`]);
    world.runs.setStatus(second, { state: "running" });
    await time.advance(1_999);
    expect(await news(client)).toEqual([]);
    await time.advance(1);
    await settle(client);
    const [push, ...others] = newsOf(client);
    expect(others).toEqual([]);
    expect(push?.["sessions"]).toMatchObject([{ session_id: second, preview: "4", state: "running" }, {}]);
    // What says nothing new is not said.
    forget(client);
    world.runs.setStatus(second, { state: "running" });
    await time.advance(10_000);
    expect(await news(client)).toEqual([]);
    await client.close();
  });

  test("[SESS-3] each socket hears of its own sessions only, in its own number", async () => {
    const [hidden = ""] = addSessions(2);
    const one = await world.connect({ recent_sessions_limit: 1 });
    const two = await world.connect({ session_id: "two" });
    two.send({ type: "session_deleted", session_id: hidden });
    await settle(two);
    await time.advance(10_000);
    forget(one);
    forget(two);
    world.catalog.grow(hidden, ["more"]);
    await time.advance(5_000);
    await settle(one);
    expect(newsOf(one).map(idsOf)).toEqual([[hidden]]);
    expect(await news(two)).toEqual([]);
    await Promise.all([one.close(), two.close()]);
  });
});

describe("the list", () => {
  test("[SESS-1] [RLIM-3] it is paged by a cursor, and a page that does not fit goes on where it ended", async () => {
    const ids = Array.from({ length: 60 }, () => {
      const id = randomUUID();
      world.catalog.add(id, ["x".repeat(200)]);
      return id;
    }).toReversed();
    for (const [sizeKb, limit] of [
      [200, undefined],
      [4, 50],
      [4, 200],
    ]) {
      const client = await world.connect({ size_kb: sizeKb });
      const read: unknown[] = [];
      let cursor: unknown;
      do {
        client.send({
          type: "get_session_list",
          limit,
          ...(cursor === undefined ? {} : { cursor }),
          correlation_id: "é".repeat(64),
        });
        const page = await client.next("session_list");
        expect(page["total_count"]).toBe(60);
        expect(page["has_more"]).toBe(page["next_cursor"] !== null);
        read.push(...idsOf(page));
        cursor = page["next_cursor"];
      } while (cursor !== null);
      expect(read).toEqual(ids);
      await client.close();
    }
    expect(world.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("[NAME-6] only session_list and session_created tell last_modified as a number, with the time beside it", async () => {
    const [id = ""] = addSessions(1);
    const client = await world.connect();
    const at = world.catalog.get(id)?.lastModified ?? 0;
    const text = new Date(at).toISOString();
    client.send({ type: "refresh_sessions" });
    const [list, recent] = [await client.next("session_list"), await client.next("recent_sessions")];
    expect(list["sessions"]).toMatchObject([{ last_modified: at, last_modified_at: text }]);
    expect(recent["sessions"]).toMatchObject([{ last_modified: text }]);
    expect((recent["sessions"] as Entry[])[0]).not.toHaveProperty("last_modified_at");
    client.send({ type: "get_session_info", session_id: id });
    expect(await client.next("session_info")).toMatchObject({ session: { last_modified: text } });
    const [created = ""] = addSessions(1);
    const pushed = await client.find(({ type }) => type === "session_created");
    expect(pushed).toMatchObject({
      session_id: created,
      last_modified: world.catalog.get(created)?.lastModified,
      last_modified_at: new Date(world.catalog.get(created)?.lastModified ?? 0).toISOString(),
    });
    await client.close();
  });

  test("[SESS-1] it is filtered by directory and agent", async () => {
    const id = randomUUID();
    world.catalog.add(id, ["x"], { workingDirectory: "/home/anna/other", agent: "claude" });
    addSessions(2);
    const client = await world.connect();
    client.send({ type: "get_session_list", working_directory: "~/other/." });
    expect(idsOf(await client.next())).toEqual([id]);
    client.send({ type: "get_session_list", agent: "claude" });
    expect(idsOf(await client.next())).toEqual([id]);
    client.send({ type: "get_session_list", working_directory: "other" });
    expect(await client.next()).toMatchObject({ message: "Path must be absolute: other" });
    await client.close();
  });

  test("[SESS-1] a session is reached by its id, an unknown one is not", async () => {
    const client = await world.connect();
    for (const id of [randomUUID(), "no-uuid"]) {
      client.send({ type: "get_session_info", session_id: id });
      expect(await client.next()).toMatchObject({ message: `Session not found: ${id}`, code: "not_found" });
    }
    await client.close();
  });
});

describe("new and hidden sessions", () => {
  test("[WATCH-6] session_created goes to every connected socket, once, when the session has its first message", async () => {
    const [one, two] = [await world.connect(), await world.connect({ session_id: "two" })];
    const id = randomUUID();
    world.catalog.add(id, []);
    world.catalog.grow(id, ["first"]);
    world.catalog.grow(id, ["second"]);
    for (const client of [one, two]) {
      expect(await client.find(({ type }) => type === "session_created")).toMatchObject({ session_id: id });
      await settle(client);
      expect(typesOf(client).filter((type) => type === "session_created")).toHaveLength(1);
    }
    await Promise.all([one.close(), two.close()]);
  });

  test("[WATCH-6] later changes give session_info to sockets with session_events, folded", async () => {
    const [id = ""] = addSessions(1);
    const client = await world.connect({ capabilities: ["session_events"] });
    await time.advance(1_000);
    forget(client);
    for (let n = 0; n < 10; n++) world.catalog.grow(id, [`${n}`]);
    await client.find(({ type }) => type === "session_info");
    await time.advance(1_000);
    await settle(client);
    const infos = newsOf(client).filter(({ type }) => type === "session_info");
    expect(infos.length).toBeLessThanOrEqual(2);
    expect(infos.at(-1)).toMatchObject({ session: { session_id: id, preview: "9", message_count: 11 } });
    await client.close();
  });

  test("[SESS-4] session_deleted hides for the client session, on all its sockets and after a reconnect, and deletes nothing", async () => {
    const [id = "", other = ""] = addSessions(2);
    const [one, two] = [await world.connect({ capabilities: ["session_events"] }), await world.connect()];
    const stranger = await world.connect({ session_id: "stranger" });
    for (const client of [one, two, stranger]) {
      client.send({ type: "subscribe", session_id: id });
      await client.find(({ type }) => type === "session_history");
    }
    one.send({ type: "session_deleted", session_id: id.toUpperCase() });
    await settle(one);
    await time.advance(5_000);
    for (const client of [one, two, stranger]) forget(client);
    world.catalog.grow(id, ["unheard"]);
    world.catalog.change(id, { name: "still unheard" });
    await time.advance(5_000);
    expect(await news(one)).toEqual([]);
    expect(await news(two)).toEqual([]);
    expect(await news(stranger)).toEqual(expect.arrayContaining(["session_updated", "recent_sessions"]));
    await one.close();
    const again = await world.open();
    again.send({ type: "connect", session_id: CLIENT, api_key: "k".repeat(43) });
    expect(idsOf(await again.find(({ type }) => type === "session_list"))).toEqual([other]);
    again.send({ type: "session_deleted" });
    expect(await again.find(({ type }) => type === "error")).toMatchObject({
      message: "session_id required in session_deleted message",
    });
    await Promise.all([again, two, stranger].map((client) => client.close()));
  });
});
