import { expect, test } from "vitest";
import type { Frame } from "../support/scripted-broker.ts";
import {
  OTHER_SESSION,
  SESSION,
  catchUpNext,
  caughtUp,
  cut,
  eventOf,
  history,
  items,
  listed,
  openRemote,
  promptAck,
  settled,
  type RemoteFixture,
} from "./support/remote-fixture.ts";
import type { ScriptedConnection } from "../support/scripted-broker.ts";

const locks = ({ client }: RemoteFixture): boolean[] =>
  [SESSION, OTHER_SESSION].map((id) => client.lockOf(id) !== undefined);

/** Prompts a session and has it accepted. */
async function prompted(
  fixture: RemoteFixture,
  sessionId = SESSION,
): Promise<{ connection: ScriptedConnection; prompt: Frame }> {
  const connection = await caughtUp(fixture);
  const handle = fixture.client.prompt({ text: "hello", sessionId });
  const prompt = await connection.nextOf("prompt");
  connection.send(promptAck(prompt));
  await handle.accepted;
  return { connection, prompt };
}

const unlocking = [
  { type: "turn_complete", session_id: SESSION, prompt_id: SESSION, run_id: SESSION },
  { type: "error", code: "agent_error", message: "Agent returned error: no", retryable: false, session_id: SESSION },
  { type: "compaction_complete", session_id: SESSION },
  { type: "compaction_error", session_id: SESSION, error: "Compaction failed: no" },
  { type: "session_killed", session_id: SESSION, message: "Session process terminated" },
  { type: "session_unlocked", session_id: SESSION, was_locked: true },
];

test.each(unlocking)(
  "[CLIENT-6] a session is locked on sending, that one only, and unlocked by $type",
  async (frame) => {
    const fixture = await openRemote();
    const { connection } = await prompted(fixture);
    expect(locks(fixture)).toEqual([true, false]);
    const told = eventOf(fixture.client, "lock");
    connection.send({ ...frame, session_id: OTHER_SESSION });
    await settled(fixture.client, connection);
    expect(locks(fixture)).toEqual([true, false]);

    connection.send(frame);
    expect(await told).toEqual({ sessionId: SESSION, lock: undefined });
    expect(locks(fixture)).toEqual([false, false]);
  },
);

test("[CLIENT-6] neither live messages nor an error about a session that still runs unlock it", async () => {
  const fixture = await openRemote();
  fixture.client.follow(SESSION);
  const { connection } = await prompted(fixture);
  connection.send(history(items(1, 2), { live: true }));
  connection.send({ type: "prompt_status", prompt_id: SESSION, session_id: SESSION, state: "running" });
  connection.send({
    type: "error",
    code: "conflict",
    message: "busy",
    retryable: false,
    details: { session_id: SESSION },
  });
  connection.send({
    type: "session_info",
    session: { session_id: SESSION, state: "idle", session_busy_elsewhere: false },
  });
  await settled(fixture.client, connection);
  expect(locks(fixture)).toEqual([true, false]);
});

test("[CLIENT-6] compacting locks, and a refusal of the prompt unlocks what nothing else runs in", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const compacting = fixture.client.sessions.compact(OTHER_SESSION, "keep the plan");
  const compact = await connection.nextOf("compact_session");
  expect(compact).toMatchObject({ session_id: OTHER_SESSION, instructions: "keep the plan" });
  const handle = fixture.client.prompt({ text: "", sessionId: SESSION });
  const prompt = await connection.nextOf("prompt");
  expect(locks(fixture)).toEqual([true, true]);

  const message = "text required in prompt message";
  connection.send({
    type: "error",
    code: "missing_field",
    message,
    retryable: false,
    correlation_id: prompt["correlation_id"],
  });
  connection.send({ type: "compaction_complete", session_id: OTHER_SESSION, pre_tokens: 90, post_tokens: 9 });
  expect(await compacting).toMatchObject({ pre_tokens: 90, post_tokens: 9 });
  await handle.accepted.catch(() => undefined);
  expect(locks(fixture)).toEqual([false, false]);
});

test("[CLIENT-6] a session that somebody else's run has is locked with its holder, until it is told idle", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  fixture.client.prompt({ text: "hello", sessionId: SESSION });
  const prompt = await connection.nextOf("prompt");
  const locked = {
    type: "session_locked",
    message: "…",
    session_id: SESSION,
    holder: "elsewhere",
    correlation_id: prompt["correlation_id"],
  };
  connection.send(locked);
  await settled(fixture.client, connection);
  expect(fixture.client.lockOf(SESSION)).toMatchObject({ holder: "elsewhere" });

  const info = (elsewhere: boolean) => ({
    type: "session_info",
    session: { session_id: SESSION, state: "idle", session_busy_elsewhere: elsewhere },
  });
  connection.send(info(true));
  await settled(fixture.client, connection);
  expect(locks(fixture)[0]).toBe(true);
  connection.send(info(false));
  await settled(fixture.client, connection);
  expect(locks(fixture)[0]).toBe(false);
});

test.each([
  ["idle", false],
  ["gone", false],
  ["running", true],
  ["waiting_permission", true],
  ["compacting", true],
  ["recovering", true],
] as const)("[CLIENT-6] after a reconnect a session that is listed as %s is locked: %s", async (state, isLocked) => {
  const fixture = await openRemote();
  const { connection } = await prompted(fixture);
  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  await catchUpNext(fixture, { sessions: [listed(SESSION, state)] });
  expect(locks(fixture)).toEqual([isLocked, false]);
});

test("[CLIENT-6] after a reconnect a session that is in no list is asked for", async () => {
  const fixture = await openRemote();
  const { connection } = await prompted(fixture);
  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  const again = await catchUpNext(fixture);
  const asked = await again.nextOf("get_session_info");
  expect(asked).toMatchObject({ session_id: SESSION });
  const unlocked = eventOf(fixture.client, "lock");
  const session = { session_id: SESSION, state: "idle", session_busy_elsewhere: false };
  again.send({ type: "session_info", session, correlation_id: asked["correlation_id"] });
  expect(await unlocked).toEqual({ sessionId: SESSION, lock: undefined });
});

test("[CLIENT-6] what a session was before a prompt was sent again does not unlock it", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  fixture.client.prompt({ text: "hello", sessionId: SESSION });
  await connection.nextOf("prompt");
  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  const again = await catchUpNext(fixture);
  const asked = await again.nextOf("get_session_info");
  await again.nextOf("prompt");
  const session = { session_id: SESSION, state: "idle", session_busy_elsewhere: false };
  again.send({ type: "session_info", session, correlation_id: asked["correlation_id"] });
  await settled(fixture.client, again);
  expect(locks(fixture)[0]).toBe(true);
});

test("[CLIENT-6] a lock of which nothing was heard for five minutes looks stuck, and can be removed", async () => {
  const fixture = await openRemote();
  const { connection } = await prompted(fixture);
  const { client, clock } = fixture;
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 20_000) {
      clock.advance(Math.min(20_000, left));
      await settled(client, connection);
    }
  };
  await pass(299_000);
  expect(client.lockOf(SESSION)?.looksStuck).toBe(false);
  connection.send({ type: "prompt_status", prompt_id: SESSION, session_id: SESSION, state: "running" });
  await settled(client, connection);
  await pass(299_000);
  expect(client.lockOf(SESSION)?.looksStuck).toBe(false);
  await pass(1_000);
  expect(client.lockOf(SESSION)?.looksStuck).toBe(true);

  const unlocking = client.sessions.unlock(SESSION);
  const asked = await connection.nextOf("unlock_session");
  connection.send({
    type: "session_unlocked",
    session_id: SESSION,
    was_locked: true,
    correlation_id: asked["correlation_id"],
  });
  expect(await unlocking).toMatchObject({ was_locked: true });
  expect(client.lockOf(SESSION)).toBeUndefined();
});
