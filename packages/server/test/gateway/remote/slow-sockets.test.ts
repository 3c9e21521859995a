import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RawClient, RawFrame } from "../../support/raw-client.ts";
import { linesOf } from "../../support/remote/fake-commands.ts";
import { resultOf } from "../../support/remote/fake-runs.ts";
import { CLIENT, newsOf, openRemoteWorld, settle, type RemoteWorld } from "../../support/remote/remote-world.ts";

let world: RemoteWorld;
let session: string;

beforeEach(async () => {
  world = await openRemoteWorld();
  session = randomUUID();
  world.catalog.add(session, ["one"]);
});
afterEach(() => world.end());

const TEXT = "x".repeat(20_000);

/** What waits in the server for the client of this client session to read. */
function waiting(): number {
  const [peer] = world.pushes.audience.peersOf(CLIENT);
  return peer?.outbox.waitingBytes ?? 0;
}

async function follow(client: RawClient): Promise<RawFrame> {
  client.send({ type: "subscribe", session_id: session });
  return client.next("session_history");
}

/** Grows the session until so much waits for the client, which does not read. */
async function clog(client: RawClient, bytes: number): Promise<number> {
  client.webSocket.pause();
  let messages = 1;
  while (waiting() < bytes) {
    world.catalog.grow(session, [TEXT]);
    messages++;
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  return messages;
}

test("[RLIM-5] at 8 MiB live messages are forgotten; drained, a socket with stream is told what it missed and asks from its cursor", async () => {
  const client = await world.connect({ capabilities: ["stream", "lean"] });
  const first = await follow(client);
  const delivered = await clog(client, 8 * 1024 * 1024);
  const most = waiting();
  for (let n = 0; n < 100; n++) world.catalog.grow(session, [TEXT]);
  expect(waiting()).toBeLessThanOrEqual(most + 64 * 1024);
  client.webSocket.resume();
  const notice = await client.find((frame) => (frame["gap"] as RawFrame | null)?.["reason"] === "slow_client");
  const end = delivered + 100;
  expect(notice).toMatchObject({
    messages: [],
    is_complete: false,
    end_seq: end,
    gap: { after_seq: delivered, before_seq: end + 1, count: 100 },
  });
  world.catalog.grow(session, ["after"]);
  expect(await client.find((frame) => frame["first_seq"] === end + 1)).toMatchObject({ live: true });
  client.send({ type: "subscribe", session_id: session, last_seq: delivered, log_id: first["log_id"], limit: 5 });
  expect(await client.find((frame) => frame["cursor_found"] === true)).toMatchObject({ end_seq: end + 1 });
  await client.close();
});

test("[RLIM-5] drained, a client without stream gets a fresh history from its last delivered message", async () => {
  const client = await world.connect();
  await follow(client);
  const delivered = await clog(client, 8 * 1024 * 1024);
  world.catalog.grow(session, ["missed one"]);
  world.catalog.grow(session, ["missed two"]);
  client.webSocket.resume();
  const fresh = await client.find((frame) => frame.type === "session_history" && frame["cursor_found"] === true);
  expect((fresh["messages"] as { text: string }[]).map(({ text }) => text)).toEqual(["missed one", "missed two"]);
  expect(fresh).toMatchObject({ first_seq: delivered + 1, end_seq: delivered + 2 });
  world.catalog.grow(session, ["after"]);
  expect(
    await client.find((frame) => frame.type === "session_updated" && frame["first_seq"] === delivered + 3),
  ).toBeDefined();
  await client.close();
});

test("[RLIM-5] [PROMPT-14] answers and responses are never dropped, however slow the socket is", async () => {
  const client = await world.connect({ capabilities: ["stream", "lean"] });
  await follow(client);
  await clog(client, 8 * 1024 * 1024);
  const results = Array.from({ length: 20 }, () => resultOf(session, CLIENT));
  for (const result of results) world.runs.tell("onResult", result);
  client.webSocket.resume();
  await settle(client);
  const got = newsOf(client).filter(({ type }) => type === "response");
  expect(got.map((frame) => frame["message_id"])).toEqual(results.map(({ messageId }) => messageId));
  await client.close();
});

test("[RLIM-5] a socket for which 32 MiB wait is terminated, and disturbs no other", async () => {
  const other = await world.connect({ session_id: "other" });
  const client = await world.connect({ capabilities: ["stream"] });
  client.webSocket.pause();
  const text = "x".repeat(180_000);
  for (let n = 0; waiting() < 33 * 1024 * 1024 && n < 400; n++) {
    world.runs.tell("onResult", resultOf(session, CLIENT, { text }));
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  await vi.waitUntil(() => world.pushes.audience.peersOf(CLIENT).size === 0);
  client.webSocket.resume();
  expect(await client.closed).toMatchObject({ code: 1006 });
  await settle(other);
  await other.close();
});

test("[RLIM-5] a client that asks for much and reads nothing gets its pages one after another, and is not terminated", async () => {
  world.catalog.grow(
    session,
    Array.from({ length: 300 }, () => TEXT),
  );
  const client = await world.connect({ capabilities: ["stream", "lean"], size_kb: 16_384 });
  client.webSocket.pause();
  for (let n = 0; n < 12; n++) client.send({ type: "subscribe", session_id: session, correlation_id: `${n}` });
  await vi.waitUntil(() => waiting() > 4 * 1024 * 1024);
  client.webSocket.resume();
  const pages = await client.collect(12, ({ type }) => type === "session_history");
  expect(pages.map((page) => page["correlation_id"])).toEqual(Array.from({ length: 12 }, (_, n) => `${n}`));
  await client.close();
});

test("[CMD-12] a socket with 4 MiB waiting loses live lines and is told which; another gets them all", async () => {
  const slow = await world.connect();
  const quick = await world.connect();
  slow.send({ type: "execute_command", command_id: "lint", working_directory: "/home/anna" });
  await slow.next("command_started");
  const [command] = world.commands.started;
  if (command === undefined) throw new Error("nothing runs");
  slow.webSocket.pause();
  const [peer] = world.pushes.audience.peersOf(CLIENT);
  let lines = 0;
  while ((peer?.outbox.waitingBytes ?? 0) <= 4 * 1024 * 1024) {
    world.commands.print(command, linesOf([TEXT], ++lines));
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  const delivered = lines;
  for (let n = 0; n < 50; n++) world.commands.print(command, linesOf([TEXT], ++lines));
  slow.webSocket.resume();
  const gap = await slow.find(({ type }) => type === "command_output_gap");
  expect(gap).toEqual({
    type: "command_output_gap",
    command_session_id: command.commandSessionId,
    from_seq: delivered + 1,
    to_seq: lines,
  });
  world.commands.print(command, linesOf(["after"], ++lines));
  world.commands.complete(command);
  await slow.find(({ type }) => type === "command_complete");
  const seqs = newsOf(slow)
    .filter(({ type }) => type === "command_output")
    .map((frame) => frame["seq"]);
  expect(seqs).toEqual([...Array.from({ length: delivered }, (_, n) => n + 1), lines]);
  await quick.find(({ type }) => type === "command_complete");
  expect(newsOf(quick).filter(({ type }) => type === "command_output")).toHaveLength(lines);
  await Promise.all([slow.close(), quick.close()]);
});

test("[CMD-12] what was lost is told before the command's end, also while the socket still does not read", async () => {
  const client = await world.connect();
  client.send({ type: "execute_command", command_id: "lint", working_directory: "/home/anna" });
  await client.next("command_started");
  const [command] = world.commands.started;
  if (command === undefined) throw new Error("nothing runs");
  client.webSocket.pause();
  let lines = 0;
  while (waiting() <= 4 * 1024 * 1024) {
    world.commands.print(command, linesOf([TEXT], ++lines));
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  world.commands.print(command, linesOf(["lost"], lines + 1));
  world.commands.complete(command);
  client.webSocket.resume();
  await client.find(({ type }) => type === "command_complete");
  expect(newsOf(client).slice(-2)).toMatchObject([
    { type: "command_output_gap", from_seq: lines + 1, to_seq: lines + 1 },
    { type: "command_complete", exit_code: 0 },
  ]);
  await client.close();
});
