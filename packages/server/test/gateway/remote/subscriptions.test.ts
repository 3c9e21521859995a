import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RawClient, RawFrame } from "../../support/raw-client.ts";
import { accept } from "../../support/remote/fake-runs.ts";
import {
  CLIENT,
  forget,
  newsOf,
  openRemoteWorld,
  settle,
  type RemoteWorld,
} from "../../support/remote/remote-world.ts";

let world: RemoteWorld;
let session: string;

beforeEach(async () => {
  world = await openRemoteWorld();
  session = randomUUID();
  world.catalog.add(session, ["one", "two", "three"]);
});
afterEach(() => world.end());

const textsOf = (frame: RawFrame): string[] => (frame["messages"] as { text: string }[]).map(({ text }) => text);
const seqsOf = (frames: readonly RawFrame[]): number[] =>
  frames.flatMap((frame) => ((frame["messages"] ?? []) as { seq: number }[]).map(({ seq }) => seq));

async function follow(client: RawClient, more: Record<string, unknown> = {}): Promise<RawFrame> {
  client.send({ type: "subscribe", session_id: session, ...more });
  return client.next("session_history");
}

describe("subscribing", () => {
  test("[SUB-1] a missing, an unknown and an impossible session are errors, and nothing is followed", async () => {
    const client = await world.connect();
    client.send({ type: "subscribe" });
    expect(await client.next()).toMatchObject({ message: "session_id required in subscribe message" });
    for (const id of [randomUUID(), "no-uuid"]) {
      client.send({ type: "subscribe", session_id: id });
      const answer = await client.next();
      expect(answer).toMatchObject({ message: `Session not found: ${id}`, code: "not_found" });
      expect(answer).not.toHaveProperty("session_id");
    }
    await client.close();
  });

  test("[SUB-2] a session without a record answers with an empty, complete history; its first messages are pushed", async () => {
    const empty = randomUUID();
    world.catalog.add(empty, []);
    const client = await world.connect({ capabilities: ["stream"] });
    client.send({ type: "subscribe", session_id: empty.toUpperCase() });
    expect(await client.next()).toMatchObject({
      type: "session_history",
      session_id: empty,
      messages: [],
      total_count: 0,
      is_complete: true,
      end_seq: 0,
    });
    world.catalog.grow(empty, ["first"]);
    expect(textsOf(await client.find(({ type, live }) => type === "session_history" && live === true))).toEqual([
      "first",
    ]);
    await client.close();
  });

  test("[SUB-3] subscriptions belong to their socket, end with it, and nobody hears of what it does not follow", async () => {
    const [one, two] = [await world.connect(), await world.connect()];
    await follow(one);
    world.catalog.grow(session, ["four"]);
    expect(textsOf(await one.next("session_updated"))).toEqual(["four"]);
    await settle(two);
    expect(newsOf(two)).toEqual([]);
    await one.close();
    await vi.waitUntil(() => world.pushes.audience.followersOf(session).size === 0);
    await two.close();
  });

  test("[SUB-3] a socket follows at most 200 sessions; unsubscribing makes room", async () => {
    const client = await world.connect();
    const ids = Array.from({ length: 201 }, () => randomUUID());
    for (const id of ids) {
      world.catalog.add(id, []);
      client.send({ type: "subscribe", session_id: id });
    }
    const refused = await client.find(({ type }) => type === "error");
    expect(refused).toMatchObject({ code: "too_many", retryable: true, details: { session_id: ids[200] } });
    client.send({ type: "unsubscribe", session_id: ids[0] });
    client.send({ type: "unsubscribe", session_id: ids[1], correlation_id: "c" });
    expect(await client.find(({ message }) => message === "Unsubscribed")).toMatchObject({ correlation_id: "c" });
    client.send({ type: "subscribe", session_id: ids[200] });
    await client.find((frame) => frame.type === "session_history" && frame["session_id"] === ids[200]);
    await client.close();
  });
});

describe("pushes", () => {
  test("[SUB-10] [SUB-11] a socket with stream gets session_history live, any other session_updated, with equal items", async () => {
    const [stream, plain] = [await world.connect({ capabilities: ["stream"] }), await world.connect()];
    await Promise.all([follow(stream), follow(plain)]);
    world.catalog.grow(session, ["four", "five"]);
    const live = await stream.next("session_history");
    const updated = await plain.next("session_updated");
    expect(live).toMatchObject({ live: true, first_seq: 4, last_seq: 5, end_seq: 5, gap: null });
    expect(updated["messages"]).toEqual(live["messages"]);
    expect(updated).toMatchObject({ first_seq: 4, last_seq: 5, log_id: live["log_id"] });
    await Promise.all([stream.close(), plain.close()]);
  });

  test("[SUB-10] what comes while the history is read is pushed behind it: no hole, no overlap", async () => {
    const client = await world.connect({ capabilities: ["stream"] });
    const { promise, resolve } = Promise.withResolvers<void>();
    world.catalog.gate = promise;
    client.send({ type: "subscribe", session_id: session });
    await settle(client);
    forget(client);
    for (let n = 4; n <= 260; n++) world.catalog.grow(session, [`message ${n}`]);
    world.catalog.gate = undefined;
    resolve();
    await client.find((frame) => frame["last_seq"] === 260);
    world.catalog.grow(session, ["last"]);
    await client.find((frame) => frame["last_seq"] === 261);
    const frames = newsOf(client).filter(({ type }) => type === "session_history");
    expect(frames[0]).toMatchObject({ live: false, end_seq: 3 });
    expect(seqsOf(frames)).toEqual(Array.from({ length: 261 }, (_, n) => n + 1));
    await client.close();
  });

  test("[SUB-10] subscribing again moves the push position to the new answer's end, a page of older ones leaves it", async () => {
    const client = await world.connect({ capabilities: ["stream"] });
    await follow(client);
    world.catalog.grow(session, ["four"]);
    await client.next("session_history");
    const { promise, resolve } = Promise.withResolvers<void>();
    world.catalog.gate = promise;
    client.send({ type: "subscribe", session_id: session, before_seq: 2 });
    await settle(client);
    forget(client);
    world.catalog.grow(session, ["five"]);
    world.catalog.gate = undefined;
    resolve();
    const page = await client.find(({ live }) => live === false);
    expect(seqsOf([page])).toEqual([1]);
    expect(seqsOf([await client.find(({ live }) => live === true)])).toEqual([5]);
    forget(client);
    const again = await follow(client, { last_seq: 2, log_id: page["log_id"] });
    expect(seqsOf([again])).toEqual([3, 4, 5]);
    world.catalog.grow(session, ["six"]);
    expect(seqsOf([await client.next("session_history")])).toEqual([6]);
    await client.close();
  });

  test("[SUB-10] a page of older messages subscribes a socket that did not follow", async () => {
    const client = await world.connect();
    await follow(client, { before_seq: 3 });
    world.catalog.grow(session, ["four"]);
    expect(seqsOf([await client.next("session_updated")])).toEqual([4]);
    await client.close();
  });

  test("[SUB-5] [SUB-10] a page that cannot be made is an error and leaves following as it was", async () => {
    const client = await world.connect();
    client.send({ type: "subscribe", session_id: session, before_message_id: "unknown" });
    expect(await client.next()).toMatchObject({ message: "Message not found: unknown" });
    world.catalog.grow(session, ["four"]);
    await settle(client);
    expect(newsOf(client).filter(({ type }) => type === "session_updated")).toEqual([]);
    forget(client);
    await follow(client);
    client.send({ type: "subscribe", session_id: session, before_message_id: "unknown" });
    await client.find(({ type }) => type === "error");
    world.catalog.grow(session, ["five"]);
    expect(seqsOf([await client.find(({ type }) => type === "session_updated")])).toEqual([5]);
    await client.close();
  });

  test("[SUB-10] [HIST-11] a log that began anew is told to every subscriber with its newest page; pushes go on behind it", async () => {
    const [stream, plain] = [await world.connect({ capabilities: ["stream"] }), await world.connect()];
    const before = await follow(stream);
    await follow(plain);
    world.catalog.reset(session, ["new one", "new two"]);
    for (const client of [stream, plain]) {
      const page = await client.find((frame) => frame["log_reset"] === true);
      expect(textsOf(page)).toEqual(["new one", "new two"]);
      expect(page["log_id"]).not.toBe(before["log_id"]);
    }
    world.catalog.grow(session, ["new three"]);
    expect(seqsOf([await stream.find(({ live }) => live === true)])).toEqual([3]);
    expect(seqsOf([await plain.find(({ type }) => type === "session_updated")])).toEqual([3]);
    await Promise.all([stream.close(), plain.close()]);
  });

  test("[HIST-13] a session whose file is gone is told as gone to sockets with session_events", async () => {
    const client = await world.connect({ capabilities: ["session_events"] });
    client.send({ type: "get_session_info", session_id: session });
    await client.next("session_info");
    await follow(client);
    world.catalog.remove(session);
    expect(await client.find(({ type }) => type === "session_info" && client.frames.length > 2)).toBeDefined();
    const gone = await client.find(
      (frame) => frame.type === "session_info" && (frame["session"] as { state: string }).state === "gone",
    );
    expect(gone).toMatchObject({ session: { session_id: session } });
    client.send({ type: "subscribe", session_id: session });
    expect(await client.find(({ type }) => type === "error")).toMatchObject({
      message: `Session not found: ${session}`,
    });
    await client.close();
  });

  test("[SESS-4] [PROMPT-17] subscribing or prompting a hidden session shows it again", async () => {
    const client = await world.connect();
    const isListed = async (): Promise<boolean> => {
      forget(client);
      client.send({ type: "get_session_list" });
      const list = await client.find(({ type }) => type === "session_list");
      return (list["sessions"] as { session_id: string }[]).some(({ session_id: id }) => id === session);
    };
    for (const show of [
      { type: "subscribe", session_id: session },
      { type: "prompt", text: "hello", session_id: session },
    ]) {
      client.send({ type: "session_deleted", session_id: session });
      await settle(client);
      await vi.waitUntil(async () => (await world.services.clientSessions.open(CLIENT)).hidden.length === 1);
      expect(await isListed()).toBe(false);
      world.runs.onSubmit = (submission) => Promise.resolve(accept(submission));
      client.send(show);
      await client.find(({ type }) => type === "session_history" || type === "ack");
      await settle(client);
      expect(await isListed()).toBe(true);
      await vi.waitUntil(async () => (await world.services.clientSessions.open(CLIENT)).hidden.length === 0);
    }
    await client.close();
  });
});
