import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RemoteError } from "@parlatory/protocol/remote";
import { StoreUnavailableError } from "../../../src/store/store.ts";
import { RawClient, type RawFrame } from "../../support/raw-client.ts";
import { permissionOf, resultOf } from "../../support/remote/fake-runs.ts";
import {
  CLIENT,
  MAIN_KEY,
  forget,
  newsOf,
  openRemoteWorld,
  settle,
  typesOf,
  type RemoteWorld,
} from "../../support/remote/remote-world.ts";

let world: RemoteWorld;

beforeEach(async () => {
  world = await openRemoteWorld();
});
afterEach(() => world.end());

const connect = (more: Record<string, unknown> = {}): RawFrame => ({
  type: "connect",
  session_id: CLIENT,
  api_key: MAIN_KEY,
  ...more,
});

const SEQUENCE = ["connected", "recent_sessions", "available_commands", "session_list"];

describe("the greeting", () => {
  test("[CONN-1] [CONN-5] [NAME-1] hello comes unasked, at /remote and at /, with all that the server can do", async () => {
    const hello = {
      type: "hello",
      message: "Welcome to Parlatory",
      version: "0.1.0",
      instructions: "Send connect message with session_id",
      auth_version: 1,
      protocol: 1,
      capabilities: [
        ...["stream", "blocks", "lean", "approvals", "session_events", "output_batch"],
        ...["modes", "paging", "kill_command", "resources", "worktrees", "push"],
      ],
    };
    for (const path of ["/remote", "/", "/?token=x"]) {
      const client = await RawClient.open(`ws://127.0.0.1:${world.port}${path}`);
      expect(await client.next()).toEqual(hello);
      await client.close();
    }
    await expect(RawClient.open(`ws://127.0.0.1:${world.port}/remotes`)).rejects.toThrow("404");
  });

  test("[CONN-5] connect is answered by the sequence, and by nothing in between, whatever happens meanwhile", async () => {
    world.catalog.add(randomUUID(), ["one"]);
    const result = resultOf(randomUUID(), CLIENT);
    await world.deliver(result);
    world.runs.pending.push(permissionOf(randomUUID()));
    const { promise, resolve } = Promise.withResolvers<void>();
    world.commands.gate = promise;
    const client = await world.open();
    client.send(connect({ capabilities: ["approvals"] }));
    client.send({ type: "ping" });
    // While the commands are looked for, a session appears and a prompt ends.
    await vi.waitUntil(() => world.commands.discoveries.length > 0);
    world.catalog.add(randomUUID(), ["two"]);
    const later = resultOf(randomUUID(), CLIENT);
    world.runs.tell("onResult", later);
    resolve();
    await settle(client);
    const frames = newsOf(client).filter(({ type }) => type !== "pong" && type !== "hello");
    const [connected, replay, , commands] = frames;
    expect(frames.map(({ type }) => type).slice(0, 6)).toEqual([
      "connected",
      "replay",
      "recent_sessions",
      "available_commands",
      "session_list",
      "permission_request",
    ]);
    expect(frames.slice(6, 8).map(({ type }) => type)).toEqual(["response", "turn_complete"]);
    expect(connected).toEqual({
      type: "connected",
      message: "Session registered",
      session_id: CLIENT,
      capabilities: ["approvals"],
      server_version: "9.9.9",
      replay_count: 1,
      limits: { max_inbound_bytes: 33_554_432, max_size_kb: 16_384 },
      device_id: "main",
    });
    expect(replay).toMatchObject({ message_id: result.messageId });
    expect(frames[6]).toMatchObject({ message_id: later.messageId });
    expect(commands).toMatchObject({ working_directory: "/home/anna", project_commands: [] });
    await client.close();
  });

  test("[CONN-6] without session_id there is an error and the socket stays; a bad one is named too", async () => {
    const client = await world.open();
    client.send(connect({ session_id: undefined }));
    expect(await client.next()).toEqual({
      type: "error",
      message: "session_id required in connect message",
      code: "missing_field",
      retryable: false,
    });
    client.send(connect({ session_id: "no spaces allowed" }));
    expect(await client.next()).toMatchObject({ code: "invalid_field" });
    client.send(connect({ session_id: "x".repeat(129) }));
    expect(await client.next()).toMatchObject({ code: "invalid_field" });
    client.send(connect({ session_id: "window:1.a_b-c" }));
    expect(await client.next("connected")).toMatchObject({ session_id: "window:1.a_b-c" });
    await client.close();
  });

  test("[CONN-6] [NAME-4] the directory of a client session outlives the socket and finds its project's commands", async () => {
    const client = await world.connect({ session_id: CLIENT.toUpperCase() });
    client.send({ type: "set-directory", path: "~/shop/../shop/" });
    expect(await client.next()).toEqual({ type: "ack", message: "Directory set" });
    expect(await client.next()).toMatchObject({
      type: "available_commands",
      working_directory: "/home/anna/shop",
      project_commands: [{ id: "lint" }],
    });
    client.send({ type: "set_directory", path: "/nowhere" });
    expect(await client.next()).toMatchObject({ message: "Directory does not exist: /nowhere", code: "not_found" });
    client.send({ type: "set_directory", path: "shop" });
    expect(await client.next()).toMatchObject({ message: "Path must be absolute: shop" });
    client.send({ type: "set_directory" });
    expect(await client.next()).toMatchObject({ message: "path required in set_directory message" });
    await client.close();
    const again = await world.open();
    again.send(connect());
    expect(await again.find(({ type }) => type === "available_commands")).toMatchObject({
      working_directory: "/home/anna/shop",
      project_commands: [{ id: "lint" }],
    });
    await again.close();
  });

  test("[CONN-7] a second connect needs no key, repeats the sequence and keeps what it does not restate", async () => {
    const session = randomUUID();
    world.catalog.add(session);
    const client = await world.connect({ capabilities: ["stream"], size_kb: 100 });
    client.send({ type: "subscribe", session_id: session });
    await client.next("session_history");
    client.send({ type: "connect", session_id: CLIENT });
    expect(await client.next("connected")).toMatchObject({ capabilities: ["stream"] });
    await settle(client);
    expect(typesOf(client).slice(1)).toEqual(SEQUENCE);
    forget(client);
    world.catalog.grow(session, ["more"]);
    expect(await client.next("session_history")).toMatchObject({ live: true });
    client.send({ type: "connect", session_id: CLIENT, capabilities: [] });
    await settle(client);
    forget(client);
    world.catalog.grow(session, ["even more"]);
    expect(await client.next()).toMatchObject({ type: "session_updated" });
    client.send({ type: "connect", session_id: "another" });
    await settle(client);
    forget(client);
    world.catalog.grow(session, ["unheard"]);
    await settle(client);
    expect(typesOf(client).filter((type) => type.startsWith("session_"))).toEqual([]);
    await client.close();
  });

  test("[CONN-11] only capabilities that are known are in force", async () => {
    const client = await world.open();
    client.send(connect({ capabilities: ["lean", "modes", "telepathy", "stream", "lean"] }));
    expect(await client.next()).toMatchObject({ capabilities: ["stream", "lean"] });
    await client.close();
  });
});

describe("replays", () => {
  test("[RDLV-3] [RDLV-4] [RDLV-6] what is not acknowledged comes again with every connect, in its order, and only then", async () => {
    const results = [1, 2, 3].map((n) => resultOf(randomUUID(), CLIENT, { text: `answer ${n}` }));
    for (const result of results) await world.deliver(result);
    const client = await world.open();
    client.send(connect());
    await client.find(({ type }) => type === "session_list");
    const replays = (): RawFrame[] => client.frames.filter(({ type }) => type === "replay");
    expect(client.frames[1]).toMatchObject({ type: "connected", replay_count: 3 });
    expect(replays().map((frame) => frame["message_id"])).toEqual(results.map(({ messageId }) => messageId));
    expect(replays()[0]).toEqual({
      type: "replay",
      message_id: results[0]?.messageId,
      message: {
        role: "assistant",
        text: "answer 1",
        session_id: results[0]?.sessionId,
        timestamp: "2026-03-01T09:00:00.000Z",
        prompt_id: results[0]?.promptId,
        success: true,
      },
    });
    // The listener hears of one that the connect has told already: it is not sent a second time.
    world.runs.tell("onResult", results[2] ?? resultOf("", ""));
    await settle(client);
    expect(replays()).toHaveLength(3);
    expect(typesOf(client)).not.toContain("response");
    client.send({ type: "message-ack", message_id: results[1]?.messageId });
    client.send({ type: "message_ack", message_id: "unknown" });
    await settle(client);
    forget(client);
    await world.services.deliveries.acknowledge("another", results[0]?.messageId ?? "");
    client.send(connect());
    expect(await client.next("connected")).toMatchObject({ replay_count: 2 });
    await settle(client);
    expect(replays().map((frame) => frame["message_id"])).toEqual([results[0]?.messageId, results[2]?.messageId]);
    await client.close();
  });

  test("[RDLV-3] a failed answer is replayed with its error as text, a hole in the queue before everything", async () => {
    const failed = resultOf(randomUUID(), CLIENT, {
      success: false,
      text: "half",
      error: "Agent returned error: no",
      code: "agent_error",
      ending: "error",
    });
    await world.deliver(failed);
    const client = await world.open();
    client.send(connect());
    expect(await client.find(({ type }) => type === "replay")).toMatchObject({
      message: { success: false, text: "Agent returned error: no", error: "Agent returned error: no" },
    });
    await client.close();
  });

  test("[CRASH-6] without the database a client connects and reads; what waits for it comes when the database is back", async () => {
    let isDown = false;
    await world.end();
    world = await openRemoteWorld({
      wrapStore: (store) =>
        new Proxy(store, {
          get: (target, name) => {
            const value = Reflect.get(target, name, target) as unknown;
            const isAway = isDown && (name === "openClientSession" || name === "listDeliveries");
            if (typeof value !== "function") return value;
            if (isAway) return () => Promise.reject(new StoreUnavailableError("away"));
            return (...args: unknown[]): unknown => Reflect.apply(value, target, args);
          },
        }),
    });
    const session = randomUUID();
    world.catalog.add(session);
    const result = resultOf(session, CLIENT);
    await world.deliver(result);
    isDown = true;
    const client = await world.open();
    client.send(connect());
    expect(await client.next("connected")).toMatchObject({ replay_count: 0 });
    client.send({ type: "subscribe", session_id: session });
    expect(await client.find(({ type }) => type === "session_history")).toMatchObject({ total_count: 1 });
    world.runs.onSubmit = () => Promise.reject(new StoreUnavailableError("away"));
    client.send({ type: "prompt", text: "hello", session_id: session });
    expect(await client.find(({ type }) => type === "error")).toMatchObject({ code: "io_error", retryable: true });
    isDown = false;
    expect(await client.find(({ type }) => type === "replay")).toMatchObject({ message_id: result.messageId });
    await client.close();
  });

  test("[CRASH-6] before the database has answered at all, connect is refused with io_error and the socket stays", async () => {
    world.world.isStoreThere = false;
    const client = await world.open();
    client.send(connect({ correlation_id: "c" }));
    expect(await client.next()).toMatchObject({ code: "io_error", retryable: true, correlation_id: "c" });
    world.world.isStoreThere = true;
    client.send(connect());
    await client.next("connected");
    await client.close();
  });
});

describe("frames", () => {
  test("[CONN-3] what is no message of a known type is answered with its reason and never ends a connected socket", async () => {
    const client = await world.connect();
    const answers: [string, string, string][] = [
      ["{", "Error processing message: ", "invalid_json"],
      ["[1]", "Unknown message type: ", "unknown_type"],
      ["null", "Unknown message type: ", "unknown_type"],
      ['{"type":5}', "Unknown message type: ", "unknown_type"],
      ['{"type":"recipe_start"}', "Unknown message type: recipe_start", "unknown_type"],
    ];
    for (const [text, message, code] of answers) {
      client.send(text);
      const answer = await client.next("error");
      expect(answer).toMatchObject({ code, retryable: false });
      // The parser's own words are its own.
      const said = String(answer["message"]);
      expect(code === "invalid_json" ? said.slice(0, message.length) : said).toBe(message);
    }
    client.webSocket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });
    expect(await client.next("error")).toMatchObject({ code: "invalid_json" });
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
    await client.close();
  });

  test("[CONN-4] [NAME-1] null is absence, unknown fields are ignored, a bad field is named with what it must be", async () => {
    const client = await world.connect();
    client.send({ type: "get_session_list", limit: null, cursor: null, colour: "red" });
    expect(await client.next()).toMatchObject({ type: "session_list" });
    client.send({ type: "get_session_list", limit: 0 });
    expect(await client.next()).toMatchObject({
      message: "limit must be an integer from 1 to 200 in get_session_list message",
      code: "invalid_field",
    });
    client.send({ type: "kill_session" });
    expect(await client.next()).toMatchObject({
      message: "session_id required in kill_session message",
      code: "missing_field",
    });
    await client.close();
  });

  test("[CONN-8] every direct answer echoes the correlation id, errors too; pushes do not", async () => {
    const client = await world.connect();
    for (const message of [
      { type: "ping" },
      { type: "nonsense" },
      { type: "get_session_list" },
      { type: "subscribe" },
      { type: "set_max_message_size", size_kb: 300 },
      { type: "get_available_commands", working_directory: "/home/anna" },
      { type: "unsubscribe", session_id: randomUUID() },
      { type: "connect", session_id: CLIENT },
    ]) {
      const id = randomUUID();
      client.send({ ...message, correlation_id: id });
      const answer = await client.find((frame) => frame["correlation_id"] === id);
      expect({ asked: message.type, type: answer.type }).toEqual({ asked: message.type, type: expect.any(String) });
    }
    client.send({ type: "ping", correlation_id: "x".repeat(65) });
    expect(await client.find(({ code }) => code === "invalid_field")).not.toHaveProperty("correlation_id");
    await settle(client);
    forget(client);
    world.catalog.add(randomUUID());
    expect(await client.next("session_created")).not.toHaveProperty("correlation_id");
    await client.close();
  });

  test("[CONN-9] [CONN-10] messages are acknowledged in their order, and no work delays a ping", async () => {
    const client = await world.connect();
    const { promise, resolve } = Promise.withResolvers<void>();
    const session = randomUUID();
    world.runs.onSubmit = async (submission) => {
      if (submission.text === "slow") await promise;
      return {
        outcome: "accepted",
        sessionId: session,
        promptId: submission.promptId ?? "",
        created: false,
        agent: "echo",
        workingDirectory: "/home/anna",
        modeApplied: "run",
      };
    };
    client.send({ type: "prompt", text: "slow", session_id: session, correlation_id: "first" });
    client.send({ type: "prompt", text: "quick", session_id: session, correlation_id: "second" });
    client.send({ type: "nonsense", correlation_id: "third" });
    client.send({ type: "ping" });
    expect(await client.next()).toMatchObject({
      type: "pong",
      server_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    resolve();
    await settle(client);
    expect(
      newsOf(client)
        .slice(1)
        .map((frame) => frame["correlation_id"]),
    ).toEqual(["first", "second", "third"]);
    await client.close();
  });

  test("[RLIM-7] an unexpected failure is an internal error whose reference is in the log; the socket stays", async () => {
    const client = await world.connect();
    world.runs.before.set("interrupt", () => {
      throw new Error("a defect with /secret/path");
    });
    client.send({ type: "interrupt_session", session_id: randomUUID() });
    const answer = await client.next("error");
    expect(answer).toMatchObject({ code: "internal", retryable: true });
    const [, reference] = /^Internal error \((.+)\)$/.exec(String(answer["message"])) ?? [];
    const line = world.lines.find(({ fields }) => fields?.["reference"] === reference);
    expect(line).toMatchObject({ level: "error", fields: { type: "interrupt_session" } });
    world.runs.before.set("interrupt", () => {
      throw new RemoteError("timeout", "Request timed out after 5 seconds", { details: { session_id: "s" } });
    });
    client.send({ type: "interrupt_session", session_id: randomUUID() });
    expect(await client.next("error")).toEqual({
      type: "error",
      message: "Request timed out after 5 seconds",
      code: "timeout",
      retryable: true,
      details: { session_id: "s" },
    });
    await client.close();
  });
});
