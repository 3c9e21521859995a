import { afterEach } from "vitest";
import type { RemoteMessageItem, RemoteServerMessage, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { createNodePlatform } from "../../../src/node/node-platform.ts";
import { RemoteClient } from "../../../src/remote/remote-client.ts";
import type { RemoteClientEvents } from "../../../src/remote/remote-client-events.ts";
import type { RemoteClientOptions } from "../../../src/remote/remote-client-options.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { ScriptedBroker, type Frame, type ScriptedConnection } from "../../support/scripted-broker.ts";

export const SESSION = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
export const OTHER_SESSION = "2f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
export const CLIENT_SESSION = "7b0c9f5e-2d41-4c7a-9a53-0e6f2f1f8a10";
export const LOG = "9c41d2ab03e7f515";
export const TIME = "2026-03-01T09:00:07.412Z";

export interface RemoteFixture {
  readonly server: ScriptedBroker;
  readonly clock: ManualClock;
  readonly client: RemoteClient;
  /** Of the jitter: 128 is the middle of its range. */
  readonly random: { byte: number };
}

const toClose: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

export function closeLater(close: () => Promise<void>): void {
  toClose.push(close);
}

export async function startServer(port = 0): Promise<ScriptedBroker> {
  const server = await ScriptedBroker.start(port, "/remote");
  closeLater(() => server.stop());
  return server;
}

export async function openRemote(changes: Partial<RemoteClientOptions> = {}): Promise<RemoteFixture> {
  const server = await startServer();
  const clock = new ManualClock();
  const random = { byte: 128 };
  return { server, clock, random, client: createRemote(server.url, clock, changes, random) };
}

export function createRemote(
  url: string,
  clock: ManualClock,
  changes: Partial<RemoteClientOptions> = {},
  random = { byte: 128 },
): RemoteClient {
  const node = createNodePlatform();
  const client = new RemoteClient({
    url,
    clientSessionId: CLIENT_SESSION,
    apiKey: "k".repeat(43),
    platform: {
      ...node,
      clock,
      randomBytes: (count) => (count === 2 ? new Uint8Array([random.byte, 0]) : node.randomBytes(count)),
    },
    ...changes,
  });
  closeLater(async () => {
    const closed = client.close();
    clock.advance(2_000);
    await closed;
  });
  return client;
}

export const hello: RemoteServerMessageOf<"hello"> = {
  type: "hello",
  message: "Welcome to Parlatory",
  version: "0.1.0",
  instructions: "Send connect message with session_id",
  auth_version: 1,
  protocol: 1,
  capabilities: [],
};

export function connectedFrame(connect: Frame, replayCount = 0): RemoteServerMessageOf<"connected"> {
  return {
    type: "connected",
    message: "Session registered",
    session_id: String(connect["session_id"]),
    capabilities: connect["capabilities"] as string[],
    server_version: "1.0.0",
    replay_count: replayCount,
    limits: { max_inbound_bytes: 33_554_432, max_size_kb: 16_384 },
    device_id: "dev-1",
  };
}

type Entry = RemoteServerMessageOf<"session_list">["sessions"][number];

export function listed(sessionId: string, state: Entry["state"] = "idle", changes: Partial<Entry> = {}): Entry {
  return {
    session_id: sessionId,
    name: "A session",
    working_directory: "/home/anna/shop",
    message_count: 1,
    preview: "hello",
    agent: "echo",
    state,
    session_busy_elsewhere: false,
    last_modified: 1_772_355_607_020,
    last_modified_at: TIME,
    ...changes,
  };
}

/** Hello, connect, and all that follows `connected`; answers the connect. */
export async function accept(
  connection: ScriptedConnection,
  { replays = [], sessions = [] }: { replays?: readonly object[]; sessions?: readonly Entry[] } = {},
): Promise<Frame> {
  connection.send(hello);
  const connect = await connection.nextOf("connect");
  connection.send(connectedFrame(connect, replays.length));
  for (const replay of replays) connection.send(replay);
  const recent = sessions.map(({ last_modified: _, last_modified_at: at, ...rest }) => ({
    ...rest,
    last_modified: at,
  }));
  connection.send({ type: "recent_sessions", sessions: recent, limit: 10 });
  connection.send({ type: "available_commands", working_directory: "/", project_commands: [], general_commands: [] });
  connection.send({ type: "session_list", sessions, total_count: sessions.length, has_more: false, next_cursor: null });
  return connect;
}

/** Connects and lets the client catch up. */
export async function caughtUp(
  fixture: RemoteFixture,
  options: Parameters<typeof accept>[1] = {},
): Promise<ScriptedConnection> {
  fixture.client.connect();
  return catchUpNext(fixture, options);
}

/** The same for a client that comes back by itself. */
export async function catchUpNext(
  { client, server }: RemoteFixture,
  options: Parameters<typeof accept>[1] = {},
): Promise<ScriptedConnection> {
  const connection = await server.nextConnection();
  const done = eventOf(client, "caughtUp");
  await accept(connection, options);
  await done;
  return connection;
}

/** Cuts the connection; resolves when the client has noticed and waits to come back. */
export async function cut({ client }: RemoteFixture, connection: ScriptedConnection): Promise<void> {
  const down = eventOf(client, "down");
  connection.cut();
  await down;
}

/** The next event of a kind, as far as `fits` allows. */
export function eventOf<Event extends keyof RemoteClientEvents>(
  client: RemoteClient,
  event: Event,
  fits: (value: RemoteClientEvents[Event]) => boolean = () => true,
): Promise<RemoteClientEvents[Event]> {
  return new Promise((resolve) => {
    const stop = client.on(event, (value) => {
      if (!fits(value)) return;
      stop();
      resolve(value);
    });
  });
}

/** Resolves when the client has taken everything that was sent to it so far. */
export async function settled(client: RemoteClient, connection: ScriptedConnection): Promise<void> {
  const marked = eventOf(client, "pong");
  connection.send({ type: "pong", server_time: TIME } satisfies RemoteServerMessage);
  await marked;
}

export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was expected to fail");
}

export function item(seq: number, changes: Partial<RemoteMessageItem> = {}): RemoteMessageItem {
  return {
    id: `m-${seq}`,
    role: seq % 2 === 1 ? "user" : "assistant",
    text: `text ${seq}`,
    timestamp: TIME,
    session_id: SESSION,
    seq,
    kind: seq % 2 === 1 ? "prompt" : "reply",
    parent_id: seq === 1 ? null : `m-${seq - 1}`,
    ...changes,
  };
}

export function items(first: number, last: number): RemoteMessageItem[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => item(first + index));
}

/** An answer or push that holds these messages of a log of `endSeq` messages. */
export function history(
  messages: readonly RemoteMessageItem[],
  changes: Partial<RemoteServerMessageOf<"session_history">> = {},
): RemoteServerMessageOf<"session_history"> {
  const first = messages[0];
  const last = messages.at(-1);
  const endSeq = changes.end_seq ?? last?.seq ?? 0;
  return {
    type: "session_history",
    session_id: SESSION,
    messages: [...messages],
    total_count: endSeq,
    oldest_message_id: first?.id ?? null,
    newest_message_id: last?.id ?? null,
    is_complete: true,
    has_more: (first?.seq ?? endSeq + 1) > 1,
    log_id: LOG,
    first_seq: first?.seq ?? null,
    last_seq: last?.seq ?? null,
    end_seq: endSeq,
    gap: null,
    live: false,
    ...changes,
  };
}

export function response(promptId: string, changes: Partial<RemoteServerMessageOf<"response">> = {}): object {
  return {
    type: "response",
    message_id: "c2f1a6de-1c53-4a2e-9d61-70c6e2a9b3f4",
    success: true,
    text: "All 42 tests pass.",
    session_id: SESSION,
    prompt_id: promptId,
    run_id: "0a0a0a0a-0000-4000-8000-000000000001",
    timestamp: TIME,
    ...changes,
  };
}

export function replay(promptId: string, messageId = "c2f1a6de-1c53-4a2e-9d61-70c6e2a9b3f4"): object {
  const message = {
    role: "assistant",
    text: "All 42 tests pass.",
    session_id: SESSION,
    timestamp: TIME,
    prompt_id: promptId,
    success: true,
  };
  return { type: "replay", message_id: messageId, message };
}

export function promptAck(prompt: Frame, changes: object = {}): object {
  return {
    type: "ack",
    message: "Processing prompt...",
    session_id: prompt["session_id"] ?? prompt["new_session_id"],
    prompt_id: prompt["prompt_id"],
    created: prompt["new_session_id"] !== undefined,
    agent: "echo",
    working_directory: "/home/anna/shop",
    mode_applied: "run",
    correlation_id: prompt["correlation_id"],
    ...changes,
  };
}
