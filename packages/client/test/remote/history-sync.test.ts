import { expect, test } from "vitest";
import type { HistoryChange } from "../../src/remote/history/session-follow.ts";
import {
  LOG,
  SESSION,
  catchUpNext,
  caughtUp,
  cut,
  eventOf,
  history,
  item,
  items,
  openRemote,
  settled,
} from "./support/remote-fixture.ts";
import type { Frame } from "../support/scripted-broker.ts";

const answering = (asked: Frame): { correlation_id: string } => ({ correlation_id: String(asked["correlation_id"]) });

test("[CLIENT-1] subscribes on every connection, from its own cursor once it has one", async () => {
  const fixture = await openRemote();
  const { client } = fixture;
  const follow = client.follow(SESSION.toUpperCase(), { limit: 50 });
  const connection = await caughtUp(fixture);
  const first = await connection.nextOf("subscribe");
  expect(first).toMatchObject({ session_id: SESSION, limit: 50 });
  expect(first).not.toHaveProperty("last_seq");
  connection.send(history(items(5, 9), answering(first)));
  connection.send(history(items(10, 10), { live: true }));
  await settled(client, connection);
  expect(follow.view.messages).toEqual(items(5, 10));

  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  const again = await catchUpNext(fixture);
  const second = await again.nextOf("subscribe");
  expect(second).toMatchObject({ last_seq: 10, log_id: LOG, last_message_id: "m-10" });
  expect(second).not.toHaveProperty("limit");
  again.send(history(items(11, 12), answering(second)));
  await settled(client, again);
  expect(follow.view.messages).toEqual(items(5, 12));
  expect(follow.isSettled).toBe(true);
});

test("[CLIENT-3] after a jump asks from its own cursor for what is between, and goes on", async () => {
  const fixture = await openRemote();
  const follow = fixture.client.follow(SESSION);
  const connection = await caughtUp(fixture);
  connection.send(history(items(1, 4), answering(await connection.nextOf("subscribe"))));
  connection.send(history(items(8, 8), { live: true }));
  const asked = await connection.nextOf("subscribe");
  expect(asked).toMatchObject({ last_seq: 4, log_id: LOG, last_message_id: "m-4", before_seq: 8 });
  connection.send(history(items(5, 7), { end_seq: 8, ...answering(asked) }));
  connection.send(history(items(9, 9), { live: true }));
  await settled(fixture.client, connection);
  expect(follow.view.messages).toEqual(items(1, 9));
  expect(connection.unread.filter(({ type }) => type === "subscribe")).toEqual([]);
});

test("[CLIENT-4] a gap is filled page by page from its upper end", async () => {
  const fixture = await openRemote();
  const follow = fixture.client.follow(SESSION, { snapshot: { logId: LOG, messages: items(1, 10), hasOlder: false } });
  const connection = await caughtUp(fixture);
  let asked = await connection.nextOf("subscribe");
  const gap = (beforeSeq: number) => ({
    reason: "budget" as const,
    after_seq: 10,
    before_seq: beforeSeq,
    count: beforeSeq - 11,
  });
  connection.send(history(items(28, 30), { gap: gap(28), is_complete: false, ...answering(asked) }));
  for (const before of [28, 22, 16]) {
    asked = await connection.nextOf("subscribe");
    expect(asked).toMatchObject({ last_seq: 10, before_seq: before, log_id: LOG });
    const first = Math.max(11, before - 6);
    const rest = first > 11 ? gap(first) : null;
    connection.send(history(items(first, before - 1), { end_seq: 30, gap: rest, ...answering(asked) }));
  }
  await settled(fixture.client, connection);
  expect(follow.view.messages).toEqual(items(1, 30));
  expect(connection.unread.filter(({ type }) => type === "subscribe")).toEqual([]);
});

test("[CLIENT-4] stops when two answers in a row bring nothing new, and tries again with the next connection", async () => {
  const fixture = await openRemote();
  const follow = fixture.client.follow(SESSION);
  const connection = await caughtUp(fixture);
  connection.send(history(items(1, 2), answering(await connection.nextOf("subscribe"))));
  connection.send(history(items(6, 6), { live: true }));
  const settledAgain = eventOf(fixture.client, "historySettled");
  for (let n = 0; n < 2; n += 1) {
    const asked = await connection.nextOf("subscribe");
    expect(asked).toMatchObject({ last_seq: 2, before_seq: 6 });
    expect(follow.isSettled).toBe(false);
    connection.send(history([], { end_seq: 6, ...answering(asked) }));
  }
  expect(await settledAgain).toEqual({ sessionId: SESSION });
  expect(follow.isSettled).toBe(true);
  connection.send(history(items(7, 7), { live: true }));
  await settled(fixture.client, connection);
  expect(connection.unread.filter(({ type }) => type === "subscribe")).toEqual([]);
  expect(follow.view.messages.map(({ seq }) => seq)).toEqual([1, 2, 6, 7]);

  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  const again = await catchUpNext(fixture);
  const asked = await again.nextOf("subscribe");
  expect(asked).toMatchObject({ last_seq: 2 });
  again.send(history(items(3, 7), answering(asked)));
  await settled(fixture.client, again);
  expect(follow.view.messages).toEqual(items(1, 7));
});

test("[CLIENT-3] a socket that was too slow asks again from its cursor", async () => {
  const fixture = await openRemote();
  const follow = fixture.client.follow(SESSION);
  const connection = await caughtUp(fixture);
  connection.send(history(items(1, 2), answering(await connection.nextOf("subscribe"))));
  const gap = { reason: "slow_client" as const, after_seq: 2, before_seq: 6, count: 3 };
  connection.send(history([], { end_seq: 5, is_complete: false, gap }));
  const asked = await connection.nextOf("subscribe");
  expect(asked).toMatchObject({ last_seq: 2, log_id: LOG });
  expect(asked).not.toHaveProperty("before_seq");
  connection.send(history(items(3, 5), answering(asked)));
  await settled(fixture.client, connection);
  expect(follow.view.messages).toEqual(items(1, 5));
});

test("[CLIENT-3] a reset is told, and what is pushed then is of the new log", async () => {
  const fixture = await openRemote();
  const changes: HistoryChange[] = [];
  fixture.client.on("history", (change) => changes.push(change));
  fixture.client.follow(SESSION);
  const connection = await caughtUp(fixture);
  connection.send(history(items(1, 3), answering(await connection.nextOf("subscribe"))));
  const other = { log_id: "0000000000000001" };
  connection.send(history([item(1, { id: "n-1" })], { ...other, log_reset: true }));
  connection.send(history([item(2, { id: "n-2" })], { ...other, live: true }));
  await settled(fixture.client, connection);

  expect(changes.map(({ added, wasReset, isLive }) => [added.map(({ id }) => id), wasReset, isLive])).toEqual([
    [["m-1", "m-2", "m-3"], false, false],
    [["n-1"], true, false],
    [["n-2"], false, true],
  ]);
  expect(connection.unread.filter(({ type }) => type === "subscribe")).toEqual([]);
});

test("[CLIENT-3] what an older server pushes as session_updated is merged alike", async () => {
  const fixture = await openRemote();
  const follow = fixture.client.follow(SESSION);
  const connection = await caughtUp(fixture);
  connection.send(history(items(1, 2), answering(await connection.nextOf("subscribe"))));
  const live = eventOf(fixture.client, "history", ({ isLive }) => isLive);
  connection.send({
    type: "session_updated",
    session_id: SESSION,
    messages: items(3, 4),
    log_id: LOG,
    first_seq: 3,
    last_seq: 4,
  });
  expect((await live).added).toEqual(items(3, 4));
  expect(follow.view.messages).toEqual(items(1, 4));
});

test("older messages are loaded page by page, without moving the cursor", async () => {
  const fixture = await openRemote();
  const follow = fixture.client.follow(SESSION);
  const connection = await caughtUp(fixture);
  connection.send(history(items(7, 9), answering(await connection.nextOf("subscribe"))));
  await settled(fixture.client, connection);
  const loading = follow.loadOlder(6);
  const asked = await connection.nextOf("subscribe");
  expect(asked).toMatchObject({ before_seq: 7, limit: 6 });
  expect(asked).not.toHaveProperty("last_seq");
  connection.send(history(items(1, 6), { end_seq: 9, has_more: false, ...answering(asked) }));
  expect(await loading).toBe(6);
  expect(await follow.loadOlder()).toBe(0);
  expect(follow.view.messages).toEqual(items(1, 9));
  expect(follow.view.cursor?.seq).toBe(9);
});

test("a session that is not there is told, and asked for again when somebody wants it", async () => {
  const fixture = await openRemote();
  const follow = fixture.client.follow(SESSION);
  const connection = await caughtUp(fixture);
  const failed = eventOf(fixture.client, "historyFailed");
  const asked = await connection.nextOf("subscribe");
  connection.send({
    type: "error",
    code: "not_found",
    message: `Session not found: ${SESSION}`,
    retryable: false,
    ...answering(asked),
  });
  expect(await failed).toMatchObject({ sessionId: SESSION, error: { code: "not_found" } });
  await settled(fixture.client, connection);
  follow.retry();
  connection.send(history(items(1, 1), answering(await connection.nextOf("subscribe"))));
  await settled(fixture.client, connection);
  expect(follow.view.messages).toEqual(items(1, 1));
});

test("a session that is followed no more is unsubscribed, and what still comes of it is ignored", async () => {
  const fixture = await openRemote();
  const follow = fixture.client.follow(SESSION);
  const connection = await caughtUp(fixture);
  const asked = await connection.nextOf("subscribe");
  fixture.client.unfollow(SESSION);
  expect(await connection.nextOf("unsubscribe")).toEqual({ type: "unsubscribe", session_id: SESSION });
  connection.send(history(items(1, 1), answering(asked)));
  connection.send(history(items(2, 2), { live: true }));
  await settled(fixture.client, connection);
  expect(follow.view.messages).toEqual([]);
});
