import { expect, test } from "vitest";
import type { RemoteAnswer } from "../../src/remote/delivery/remote-answer.ts";
import type { RemoteReplayGap } from "../../src/remote/delivery/deliveries.ts";
import { RecentIds } from "../../src/receiving/received-ids.ts";
import {
  SESSION,
  TIME,
  catchUpNext,
  caughtUp,
  cut,
  eventOf,
  openRemote,
  replay,
  response,
  settled,
} from "./support/remote-fixture.ts";

const PROMPT = "0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01";
const MESSAGE = "c2f1a6de-1c53-4a2e-9d61-70c6e2a9b3f4";
const gap = {
  type: "replay_gap",
  message_id: "d2f1a6de-1c53-4a2e-9d61-70c6e2a9b3f4",
  dropped: 3,
  oldest_timestamp: TIME,
  newest_timestamp: TIME,
  reason: "count",
};

test("[CLIENT-2] a response, a replay and a replay_gap are acknowledged once they are stored, and not before", async () => {
  const storing = Promise.withResolvers<void>();
  const stored: (RemoteAnswer | RemoteReplayGap)[] = [];
  const fixture = await openRemote({
    storeAnswer: async (answer) => {
      stored.push(answer);
      await storing.promise;
    },
  });
  const connection = await caughtUp(fixture, {
    replays: [gap, replay(PROMPT, "e2f1a6de-1c53-4a2e-9d61-70c6e2a9b3f4")],
  });
  connection.send(response(PROMPT));
  await settled(fixture.client, connection);
  expect(connection.unread.filter(({ type }) => type === "message_ack")).toEqual([]);

  storing.resolve();
  const acks = [await connection.next(), await connection.next(), await connection.next()];
  expect(acks).toEqual(
    [gap.message_id, "e2f1a6de-1c53-4a2e-9d61-70c6e2a9b3f4", MESSAGE].map((id) => ({
      type: "message_ack",
      message_id: id,
    })),
  );
  expect(stored).toMatchObject([
    { dropped: 3, reason: "count" },
    { isReplay: true, success: true, text: "All 42 tests pass.", promptId: PROMPT },
    { isReplay: false, success: true, text: "All 42 tests pass.", sessionId: SESSION },
  ]);
});

test("[CLIENT-2] answers wait until it is known what was stored before; the connection does not", async () => {
  const storedAnswerIds = new RecentIds();
  const known = Promise.withResolvers<void>();
  const fixture = await openRemote({ storedAnswerIds, storedAnswersKnown: known.promise });
  const answers: RemoteAnswer[] = [];
  fixture.client.on("answer", (answer) => answers.push(answer));
  const connection = await caughtUp(fixture, { replays: [replay(PROMPT)] });
  await settled(fixture.client, connection);
  expect(fixture.client.state.name).toBe("ready");
  expect(connection.unread.filter(({ type }) => type === "message_ack")).toEqual([]);

  storedAnswerIds.remember([MESSAGE]);
  known.resolve();
  expect(await connection.nextOf("message_ack")).toEqual({ type: "message_ack", message_id: MESSAGE });
  expect(answers).toEqual([]);
});

test("[CLIENT-2] what is stored already is not given again, but acknowledged", async () => {
  const storedAnswerIds = new RecentIds();
  const fixture = await openRemote({ storedAnswerIds });
  const answers: RemoteAnswer[] = [];
  fixture.client.on("answer", (answer) => answers.push(answer));
  const connection = await caughtUp(fixture);
  connection.send(response(PROMPT));
  await connection.nextOf("message_ack");
  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  const again = await catchUpNext(fixture, { replays: [replay(PROMPT)] });

  expect(await again.nextOf("message_ack")).toEqual({ type: "message_ack", message_id: MESSAGE });
  expect(answers).toHaveLength(1);
  expect(storedAnswerIds.has(MESSAGE)).toBe(true);
});

test("[CLIENT-2] what comes again while it is being stored is stored once", async () => {
  const storing = Promise.withResolvers<void>();
  let count = 0;
  const fixture = await openRemote({
    storeAnswer: async () => {
      count += 1;
      await storing.promise;
    },
  });
  const connection = await caughtUp(fixture);
  connection.send(response(PROMPT));
  connection.send(response(PROMPT));
  await settled(fixture.client, connection);
  storing.resolve();
  await connection.nextOf("message_ack");
  expect(count).toBe(1);
});

test("[CLIENT-2] what could not be stored is not acknowledged, and is tried again when it is replayed", async () => {
  let isBroken = true;
  const fixture = await openRemote({
    storeAnswer: () => {
      if (isBroken) throw new Error("the disk is full");
    },
  });
  const connection = await caughtUp(fixture);
  const warned = eventOf(fixture.client, "warning");
  connection.send(response(PROMPT));
  expect(await warned).toMatchObject({ kind: "answer_unstored", messageId: MESSAGE });
  await settled(fixture.client, connection);
  expect(connection.unread.filter(({ type }) => type === "message_ack")).toEqual([]);

  isBroken = false;
  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  const answered = eventOf(fixture.client, "answer");
  const again = await catchUpNext(fixture, { replays: [replay(PROMPT)] });
  expect(await answered).toMatchObject({ messageId: MESSAGE, isReplay: true });
  await again.nextOf("message_ack");
});

test("[CLIENT-2] an answer that was stored when the connection was gone is acknowledged with the next one", async () => {
  const storing = Promise.withResolvers<void>();
  const fixture = await openRemote({ storeAnswer: () => storing.promise });
  const connection = await caughtUp(fixture);
  connection.send(response(PROMPT));
  await settled(fixture.client, connection);
  await cut(fixture, connection);
  const answered = eventOf(fixture.client, "answer");
  storing.resolve();
  await answered;
  fixture.clock.advance(1_000);
  const again = await catchUpNext(fixture, { replays: [replay(PROMPT)] });
  expect(await again.nextOf("message_ack")).toMatchObject({ message_id: MESSAGE });
});

test("[CLIENT-2] a failed answer says why, live and replayed alike", async () => {
  const fixture = await openRemote();
  const answers: RemoteAnswer[] = [];
  fixture.client.on("answer", (answer) => answers.push(answer));
  const failed = {
    ...replay(PROMPT, "e2f1a6de-1c53-4a2e-9d61-70c6e2a9b3f4"),
    message: {
      role: "assistant",
      text: "Interrupted",
      session_id: SESSION,
      timestamp: TIME,
      prompt_id: PROMPT,
      success: false,
    },
  };
  const connection = await caughtUp(fixture, { replays: [failed] });
  connection.send(
    response(PROMPT, { success: false, text: "half", error: "Interrupted", code: "interrupted", aborted: true }),
  );
  await connection.nextOf("message_ack");
  await connection.nextOf("message_ack");

  expect(answers).toMatchObject([
    { success: false, error: "Interrupted", text: "", isReplay: true },
    { success: false, error: "Interrupted", text: "half", code: "interrupted", isAborted: true, isReplay: false },
  ]);
});
