import { expect, test } from "vitest";
import type { PromptStore, StoredPrompt } from "../../src/remote/prompts/prompt-store.ts";
import {
  OTHER_SESSION,
  SESSION,
  catchUpNext,
  caughtUp,
  cut,
  eventOf,
  failureOf,
  openRemote,
  promptAck,
  replay,
  response,
  settled,
  type RemoteFixture,
} from "./support/remote-fixture.ts";
import type { ScriptedConnection } from "../support/scripted-broker.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Keeps prompts as a disk would, one at a time, and can be held. */
function createStore(stored: StoredPrompt[] = []): PromptStore & { readonly kept: Map<string, StoredPrompt> } {
  const kept = new Map(stored.map((prompt) => [prompt.promptId, prompt]));
  return {
    kept,
    load: async () => [...kept.values()],
    put: async (prompt) => void kept.set(prompt.promptId, prompt),
    remove: async (promptId) => void kept.delete(promptId),
  };
}

async function reconnected(fixture: RemoteFixture, connection: ScriptedConnection, replays: object[] = []) {
  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  return catchUpNext(fixture, { replays });
}

test("[CLIENT-5] a prompt has its id and is kept before it is sent, and is forgotten with its outcome", async () => {
  const store = createStore();
  const holding = Promise.withResolvers<void>();
  store.put = async (prompt) => {
    await holding.promise;
    store.kept.set(prompt.promptId, prompt);
  };
  const fixture = await openRemote({ promptStore: store });
  const connection = await caughtUp(fixture);
  const handle = fixture.client.prompt({ text: "Run the tests", sessionId: SESSION, mode: "queue" });
  await settled(fixture.client, connection);
  expect(connection.unread).toEqual([]);
  expect(handle.promptId).toMatch(uuid);
  let isKept = false;
  void handle.kept.then(() => (isKept = true));
  await Promise.resolve();
  expect(isKept).toBe(false);

  holding.resolve();
  await handle.kept;
  const prompt = await connection.nextOf("prompt");
  expect(prompt).toEqual({
    type: "prompt",
    text: "Run the tests",
    session_id: SESSION,
    prompt_id: handle.promptId,
    mode: "queue",
    correlation_id: handle.promptId,
  });
  expect([...store.kept.keys()]).toEqual([handle.promptId]);
  connection.send(promptAck(prompt, { mode_applied: "queue", queue_position: 2 }));
  expect(await handle.accepted).toMatchObject({
    sessionId: SESSION,
    modeApplied: "queue",
    queuePosition: 2,
    isDuplicate: false,
  });

  connection.send(response(handle.promptId));
  expect(await handle.outcome).toMatchObject({ success: true, text: "All 42 tests pass." });
  await fixture.client.close();
  expect(store.kept.size).toBe(0);
});

test("[CLIENT-5] without a session a new one begins, under an id that is known at once", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const handle = fixture.client.prompt({
    text: "hello",
    agent: "echo",
    workingDirectory: "/tmp",
    systemPrompt: "be brief",
  });
  const prompt = await connection.nextOf("prompt");

  expect(handle.sessionId).toMatch(uuid);
  expect(prompt).toMatchObject({
    new_session_id: handle.sessionId,
    agent: "echo",
    working_directory: "/tmp",
    system_prompt: "be brief",
  });
  expect(prompt).not.toHaveProperty("session_id");
});

test("[CLIENT-5] after a connection that brought no ack it is sent again under the same id; after one that did, not", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const first = fixture.client.prompt({ text: "acknowledged", sessionId: SESSION });
  const second = fixture.client.prompt({ text: "not acknowledged", sessionId: OTHER_SESSION });
  connection.send(promptAck(await connection.nextOf("prompt")));
  await connection.nextOf("prompt");
  await first.accepted;

  const again = await reconnected(fixture, connection);
  const resent = await again.nextOf("prompt");
  expect(resent).toMatchObject({ prompt_id: second.promptId, text: "not acknowledged" });
  again.send(promptAck(resent, { duplicate: true, state: "running" }));
  expect(await second.accepted).toMatchObject({ isDuplicate: true });
  await settled(fixture.client, again);
  expect(again.unread.filter(({ type }) => type === "prompt")).toEqual([]);
});

test("[CLIENT-5] it is not sent again when its answer was waiting at the server", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const handle = fixture.client.prompt({ text: "hello", sessionId: SESSION });
  await connection.nextOf("prompt");
  const again = await reconnected(fixture, connection, [replay(handle.promptId)]);

  expect(await handle.outcome).toMatchObject({ isReplay: true, success: true });
  expect(await handle.accepted).toMatchObject({ promptId: handle.promptId, sessionId: SESSION });
  await settled(fixture.client, again);
  expect(again.unread.filter(({ type }) => type === "prompt")).toEqual([]);
});

test("[CLIENT-5] prompts written offline go out once each, in order, one after the other in a session", async () => {
  const fixture = await openRemote();
  const { client } = fixture;
  const texts = ["first", "second"];
  const handles = texts.map((text) => client.prompt({ text, sessionId: SESSION }));
  const elsewhere = client.prompt({ text: "elsewhere", sessionId: OTHER_SESSION });
  const queued = client.prompt({ text: "queued", sessionId: OTHER_SESSION, mode: "queue" });
  expect(client.prompts.map(({ state }) => state)).toEqual(["waiting", "waiting", "waiting", "waiting"]);

  const connection = await caughtUp(fixture);
  const sent = [
    await connection.nextOf("prompt"),
    await connection.nextOf("prompt"),
    await connection.nextOf("prompt"),
  ];
  expect(sent.map(({ text }) => text)).toEqual(["first", "elsewhere", "queued"]);
  for (const prompt of sent) connection.send(promptAck(prompt));
  await Promise.all([handles[0]?.accepted, elsewhere.accepted, queued.accepted]);
  await settled(client, connection);
  expect(connection.unread.filter(({ type }) => type === "prompt")).toEqual([]);

  connection.send(response(handles[0]?.promptId ?? ""));
  expect(await connection.nextOf("prompt")).toMatchObject({ text: "second" });
});

test("[CLIENT-5] prompts of an earlier run of the client go on where they were, before what is written now", async () => {
  const kept = (promptId: string, text: string, isAccepted: boolean): StoredPrompt => ({
    promptId,
    sessionId: SESSION,
    message: { type: "prompt", text, session_id: SESSION, prompt_id: promptId, mode: "queue" },
    writtenAt: 1,
    isAccepted,
    wasOffline: false,
  });
  const accepted = kept("0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01", "accepted", true);
  const waiting = kept("0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b02", "waiting", false);
  const store = createStore([accepted, waiting]);
  const fixture = await openRemote({ promptStore: store });
  const fresh = fixture.client.prompt({ text: "fresh", sessionId: SESSION, mode: "queue" });
  const answered = eventOf(fixture.client, "answer");
  const connection = await caughtUp(fixture, { replays: [replay(accepted.promptId)] });

  expect(await connection.nextOf("prompt")).toMatchObject({ prompt_id: waiting.promptId });
  expect(await connection.nextOf("prompt")).toMatchObject({ prompt_id: fresh.promptId });
  expect(await answered).toMatchObject({ promptId: accepted.promptId });
  expect(fixture.client.prompts.map(({ promptId }) => promptId)).toEqual([waiting.promptId, fresh.promptId]);
});

test("[CLIENT-5] a refused prompt is forgotten, and says why", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const refused = fixture.client.prompt({ text: "hello", sessionId: SESSION });
  const prompt = await connection.nextOf("prompt");
  const message = "Prompt queue is full";
  connection.send({
    type: "error",
    code: "queue_full",
    message,
    retryable: true,
    correlation_id: prompt["correlation_id"],
  });
  expect(await failureOf(refused.accepted)).toMatchObject({ code: "queue_full", message, retryable: true });
  expect(await failureOf(refused.outcome)).toMatchObject({ code: "queue_full" });

  const locked = fixture.client.prompt({ text: "hello", sessionId: SESSION });
  const next = await connection.nextOf("prompt");
  const lock = {
    type: "session_locked",
    message: "Session is currently processing a prompt. Please wait.",
    session_id: SESSION,
    holder: "prompt",
  };
  connection.send({ ...lock, correlation_id: next["correlation_id"] });
  expect(await failureOf(locked.outcome)).toMatchObject({
    code: "session_locked",
    retryable: true,
    lock: { holder: "prompt" },
  });
  expect(fixture.client.prompts).toEqual([]);
});

test("[CLIENT-5] a prompt that cannot be kept is not sent", async () => {
  const store = createStore();
  store.put = async () => {
    throw new Error("the disk is full");
  };
  const fixture = await openRemote({ promptStore: store });
  const connection = await caughtUp(fixture);
  const handle = fixture.client.prompt({ text: "hello", sessionId: SESSION });
  expect(await failureOf(handle.kept)).toMatchObject({ code: "io_error" });
  expect(await failureOf(handle.accepted)).toMatchObject({ code: "io_error" });
  await settled(fixture.client, connection);
  expect(connection.unread.filter(({ type }) => type === "prompt")).toEqual([]);
});

test("a prompt that was put into a running turn ends with that turn", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const steered = fixture.client.prompt({ text: "also this", sessionId: SESSION, mode: "steer" });
  connection.send(promptAck(await connection.nextOf("prompt"), { mode_applied: "steer" }));
  await steered.accepted;
  connection.send(response("0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01", { merged_prompt_ids: [steered.promptId] }));
  expect(await steered.outcome).toMatchObject({ text: "All 42 tests pass." });
});

test("a steered prompt whose turn ended while there was no connection ends with the replay of that turn", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const steered = fixture.client.prompt({ text: "also this", sessionId: SESSION, mode: "steer" });
  connection.send(promptAck(await connection.nextOf("prompt")));
  await steered.accepted;
  connection.send({ type: "prompt_status", prompt_id: steered.promptId, session_id: SESSION, state: "steered" });
  await settled(fixture.client, connection);
  await reconnected(fixture, connection, [replay("0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01")]);
  expect(await steered.outcome).toMatchObject({ isReplay: true });
});

test("a prompt is taken back at once where it was not sent, and at the server where it was", async () => {
  const fixture = await openRemote();
  const early = fixture.client.prompt({ text: "early", sessionId: SESSION });
  await fixture.client.cancelPrompt(early.promptId);
  expect(await failureOf(early.outcome)).toMatchObject({ code: "cancelled" });

  const connection = await caughtUp(fixture);
  const queued = fixture.client.prompt({ text: "queued", sessionId: SESSION, mode: "queue" });
  connection.send(promptAck(await connection.nextOf("prompt"), { mode_applied: "queue" }));
  await queued.accepted;
  const cancelling = fixture.client.cancelPrompt(queued.promptId);
  const asked = await connection.nextOf("cancel_prompt");
  expect(asked).toMatchObject({ prompt_id: queued.promptId });
  connection.send(response(queued.promptId, { success: false, text: "", error: "Cancelled", code: "cancelled" }));
  const status = { type: "prompt_status", prompt_id: queued.promptId, session_id: SESSION, state: "cancelled" };
  connection.send({ ...status, correlation_id: asked["correlation_id"] });
  await cancelling;
  expect(await queued.outcome).toMatchObject({ success: false, code: "cancelled" });
});

test("what waits is bounded, and given up when the client is closed", async () => {
  const fixture = await openRemote({ maxPrompts: 1 });
  const first = fixture.client.prompt({ text: "one", sessionId: SESSION });
  const second = fixture.client.prompt({ text: "two", sessionId: SESSION });
  expect(await failureOf(second.accepted)).toMatchObject({ code: "limit_reached", retryable: false });

  await fixture.client.close();
  expect(await failureOf(first.outcome)).toMatchObject({ code: "client_ended" });
  expect(await failureOf(fixture.client.prompt({ text: "three" }).accepted)).toMatchObject({ code: "client_ended" });
});

test("[CLIENT-5] prompts of another client that is gone go out in the order of writing, and are not taken twice", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const left = ["0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01", "0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b02"].map(
    (promptId): StoredPrompt => ({
      promptId,
      sessionId: SESSION,
      message: { type: "prompt", text: promptId, session_id: SESSION, prompt_id: promptId, mode: "queue" },
      writtenAt: 1,
      isAccepted: false,
      wasOffline: true,
    }),
  );
  fixture.client.adopt(left);
  fixture.client.adopt(left);
  for (const { promptId } of left) {
    const prompt = await connection.nextOf("prompt");
    expect(prompt).toMatchObject({ prompt_id: promptId });
    connection.send(promptAck(prompt));
  }
  await settled(fixture.client, connection);
  expect(connection.unread).toEqual([]);
  expect(fixture.client.ownPrompts(SESSION).map(({ promptId }) => promptId)).toEqual(
    left.map(({ promptId }) => promptId),
  );
});

test("[CLIENT-2] an answer that another client of this client session took ends the prompt here too", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const handle = fixture.client.prompt({ text: "hello", sessionId: SESSION });
  connection.send(promptAck(await connection.nextOf("prompt")));
  await handle.accepted;
  fixture.client.settle({
    messageId: "m1",
    sessionId: SESSION,
    promptId: handle.promptId,
    runId: undefined,
    success: true,
    text: "done",
    error: undefined,
    code: undefined,
    isAborted: false,
    isTruncated: false,
    usage: undefined,
    cost: undefined,
    totalCostUsd: undefined,
    timestamp: "2026-03-01T09:00:00.000Z",
    mergedPromptIds: [],
    isReplay: true,
  });
  expect(await handle.outcome).toMatchObject({ success: true, text: "done" });
  expect(fixture.client.prompts).toEqual([]);
  expect(fixture.client.ownPrompts(SESSION)).toEqual([]);
});
