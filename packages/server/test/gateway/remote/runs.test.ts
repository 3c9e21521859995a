import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RemoteError } from "@parlatory/protocol/remote";
import { SessionLockedError } from "../../../src/sessions/run-desk.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { accept, permissionOf, resultOf } from "../../support/remote/fake-runs.ts";
import {
  CLIENT,
  forget,
  newsOf,
  openRemoteWorld,
  settle,
  typesOf,
  type RemoteWorld,
} from "../../support/remote/remote-world.ts";

let world: RemoteWorld;
let session: string;

beforeEach(async () => {
  world = await openRemoteWorld();
  session = randomUUID();
  world.catalog.add(session, ["one"]);
});
afterEach(() => world.end());

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function everyoneOf(...clients: RawClient[]): Promise<string[][]> {
  for (const client of clients) await settle(client);
  return clients.map((client) => typesOf(client));
}

describe("prompts", () => {
  test("[NAME-4] [PROMPT-8] the ack is the first answer to a prompt, whatever became of it meanwhile", async () => {
    const client = await world.connect({ capabilities: ["session_events"] });
    world.runs.onSubmit = async (submission) => {
      const accepted = accept(submission, { sessionId: session });
      const { promptId } = accepted;
      world.runs.tell("onPromptStatus", { promptId, sessionId: session, state: "running" }, CLIENT);
      world.runs.tell("onResult", resultOf(session, CLIENT, { promptId }));
      return Promise.resolve(accepted);
    };
    client.send({ type: "prompt", text: "hello", session_id: session, correlation_id: "c" });
    await settle(client);
    expect(typesOf(client)).toEqual(["ack", "prompt_status", "response", "turn_complete"]);
    const [ack] = newsOf(client);
    expect(ack).toEqual({
      type: "ack",
      message: "Processing prompt...",
      session_id: session,
      prompt_id: expect.stringMatching(UUID_V4),
      created: false,
      agent: "echo",
      working_directory: "/home/anna/shop",
      mode_applied: "run",
      correlation_id: "c",
    });
    await client.close();
  });

  test("[NAME-3] [NAME-2] what the client says reaches the desk whole, ids in lower case", async () => {
    const client = await world.connect();
    client.send({ type: "set_directory", path: "/home/anna/shop" });
    const attachments = [
      { filename: "a.txt", media_type: "text/plain", content: "aGVsbG8=" },
      { resource: "notes/b.md" },
    ];
    const promptId = randomUUID();
    client.send({
      type: "prompt",
      text: "--help\n$(rm)",
      session_id: session.toUpperCase(),
      prompt_id: promptId.toUpperCase(),
      mode: "queue",
      system_prompt: " be brief ",
      attachments,
      force: true,
    });
    await client.find(({ type, prompt_id: id }) => type === "ack" && id !== undefined);
    expect(world.runs.submissions).toEqual([
      {
        asker: { clientSessionId: CLIENT, deviceId: "main", deviceName: "Main key" },
        text: "--help\n$(rm)",
        sessionId: session,
        resumeSessionId: undefined,
        newSessionId: undefined,
        workingDirectory: undefined,
        systemPrompt: " be brief ",
        promptId,
        agent: undefined,
        mode: "queue",
        attachments: [{ filename: "a.txt", mediaType: "text/plain", content: "aGVsbG8=" }, { resource: "notes/b.md" }],
        force: true,
        clientDirectory: "/home/anna/shop",
      },
    ]);
    await client.close();
  });

  test("[PROMPT-14] a result reaches the sockets of its client session and every subscriber, each once; acks and locks only the asker", async () => {
    const asker = await world.connect();
    const sibling = await world.connect();
    const follower = await world.connect({ session_id: "follower" });
    const stranger = await world.connect({ session_id: "stranger" });
    for (const client of [asker, follower]) {
      client.send({ type: "subscribe", session_id: session });
      await client.next("session_history");
      forget(client);
    }
    asker.send({ type: "prompt", text: "hello", session_id: session });
    await settle(asker);
    world.runs.onSubmit = () => {
      throw new SessionLockedError(session, { holder: "prompt", runId: session, since: 0, isRunAlive: true });
    };
    asker.send({ type: "prompt", text: "again", session_id: session });
    world.runs.tell("onResult", resultOf(session, CLIENT));
    expect(await everyoneOf(asker, sibling, follower, stranger)).toEqual([
      expect.arrayContaining(["ack", "session_locked", "response", "turn_complete"]),
      ["response", "turn_complete"],
      ["response", "turn_complete"],
      [],
    ]);
    expect(newsOf(asker)).toHaveLength(4);
    expect(newsOf(asker).find(({ type }) => type === "session_locked")).toEqual({
      type: "session_locked",
      message: "Session is currently processing a prompt. Please wait.",
      session_id: session,
      holder: "prompt",
      run_id: session,
      since: "1970-01-01T00:00:00.000Z",
      run_alive: true,
    });
    await Promise.all([asker, sibling, follower, stranger].map((client) => client.close()));
  });

  test("[PROMPT-13] [LOCK-5] [CONN-12] each outcome has its frames in its order", async () => {
    const client = await world.connect();
    const failed = { success: false, text: "", error: "Agent returned error: no", code: "agent_error" } as const;
    const outcomes = [
      [resultOf(session, CLIENT), ["response", "turn_complete"]],
      [resultOf(session, CLIENT, { ...failed, ending: "error" }), ["response", "error"]],
      [resultOf(session, CLIENT, { ...failed, ending: "lost", code: "server_restarted" }), ["response", "error"]],
      [
        resultOf(session, CLIENT, { ...failed, ending: "interrupted", aborted: true, code: "interrupted" }),
        ["response", "turn_complete"],
      ],
      [resultOf(session, CLIENT, { ...failed, ending: "killed", code: "killed" }), ["response", "error"]],
      [resultOf(session, CLIENT, { ...failed, ending: "cancelled", code: "cancelled", runId: null }), ["response"]],
    ] as const;
    for (const [result, types] of outcomes) {
      forget(client);
      world.runs.tell("onResult", result);
      await settle(client);
      expect({ ending: result.ending, types: typesOf(client) }).toEqual({ ending: result.ending, types: [...types] });
      const [response, after] = newsOf(client);
      expect(response).toMatchObject({
        message_id: result.messageId,
        success: result.success,
        run_id: result.runId,
        ...(result.success ? {} : { error: result.error, code: result.code }),
      });
      const { error: message, code, aborted } = result;
      const expected = {
        turn_complete: aborted === undefined ? { session_id: session } : { session_id: session, aborted },
        error: { session_id: session, message, code, retryable: code === "server_restarted" },
        none: {},
      };
      expect(after ?? {}).toMatchObject(expected[(after?.type ?? "none") as keyof typeof expected]);
    }
    await client.close();
  });

  test("[PROMPT-16] money without all its parts is not told to a client that stated no capabilities", async () => {
    const strict = await world.connect();
    const modern = await world.connect({ session_id: "modern", capabilities: ["lean"] });
    for (const client of [strict, modern]) {
      client.send({ type: "subscribe", session_id: session });
      await client.find(({ type }) => type === "session_history");
      forget(client);
    }
    world.runs.tell("onResult", resultOf(session, CLIENT, { cost: { totalCost: 0.5 } }));
    world.runs.tell("onResult", resultOf(session, CLIENT, { cost: { inputCost: 0, outputCost: 1, totalCost: 1 } }));
    await everyoneOf(strict, modern);
    const costs = (client: RawClient): unknown[] =>
      newsOf(client)
        .filter(({ type }) => type === "response")
        .map((frame) => [frame["cost"], frame["total_cost_usd"]]);
    const whole = [{ input_cost: 0, output_cost: 1, total_cost: 1 }, 1];
    expect(costs(strict)).toEqual([[undefined, 0.5], whole]);
    expect(costs(modern)).toEqual([[{ total_cost: 0.5 }, 0.5], whole]);
    await Promise.all([strict.close(), modern.close()]);
  });

  test("[PROMPT-9] a finished prompt that is sent again is answered by its state and its response", async () => {
    const client = await world.connect();
    const result = resultOf(session, CLIENT);
    world.runs.onSubmit = (submission) =>
      Promise.resolve({
        ...accept(submission, { sessionId: session }),
        outcome: "duplicate",
        state: "finished",
        result,
      });
    client.send({ type: "prompt", text: "hello", prompt_id: result.promptId, correlation_id: "c" });
    expect(await client.next("ack")).toMatchObject({ duplicate: true, state: "finished" });
    expect(await client.next("response")).toMatchObject({ message_id: result.messageId, correlation_id: "c" });
    await client.close();
  });

  test("[PROMPT-17] session_ready goes once to the client session that created a session, before session_created", async () => {
    const [creator, other] = [await world.connect(), await world.connect({ session_id: "other" })];
    const created = randomUUID();
    world.runs.onSubmit = (submission) => Promise.resolve(accept(submission, { created: true }));
    creator.send({ type: "prompt", text: "hello", new_session_id: created });
    await creator.next("ack");
    world.catalog.add(created, ["hello"]);
    world.catalog.grow(created, ["and more"]);
    expect(await everyoneOf(creator, other)).toEqual([
      ["ack", "session_ready", "session_created"],
      ["session_created"],
    ]);
    expect(newsOf(creator)[1]).toEqual({
      type: "session_ready",
      session_id: created,
      message: "Session is ready for subscription",
    });
    // After a restart the store knows who created a session that had no message yet.
    const old = randomUUID();
    await world.store.addSession({
      sessionId: old,
      agent: "echo",
      workingDirectory: "/",
      createdByClientSessionId: "other",
      createdAt: 0,
    });
    world.catalog.add(old, ["late"]);
    await creator.find((frame) => frame.type === "session_created" && frame["session_id"] === old);
    await other.find((frame) => frame.type === "session_ready" && frame["session_id"] === old);
    expect(newsOf(creator).filter(({ type }) => type === "session_ready")).toHaveLength(1);
    await Promise.all([creator.close(), other.close()]);
  });

  test("[CONN-8] [CONN-11] cancelling is answered by prompt_status, once, with or without session_events", async () => {
    for (const capabilities of [[], ["session_events"]]) {
      const client = await world.connect({ capabilities });
      client.send({ type: "cancel_prompt", prompt_id: randomUUID(), correlation_id: "c" });
      await settle(client);
      expect(newsOf(client)).toMatchObject([{ type: "prompt_status", state: "cancelled", correlation_id: "c" }]);
      await client.close();
    }
    const client = await world.connect();
    world.runs.before.set("cancelPrompt", () => {
      throw new RemoteError("conflict", "Prompt is not queued: x");
    });
    client.send({ type: "cancel_prompt", prompt_id: randomUUID() });
    expect(await client.next()).toMatchObject({ message: "Prompt is not queued: x", code: "conflict" });
    await client.close();
  });

  test("[CONN-8] interrupting is acknowledged, an idle session too", async () => {
    const client = await world.connect();
    for (const id of [session, "no-uuid"]) {
      client.send({ type: "interrupt_session", session_id: id });
      expect(await client.next()).toEqual({ type: "ack", message: "Interrupt requested" });
    }
    expect(world.runs.calls).toHaveLength(1);
    await client.close();
  });
});

describe("locks", () => {
  test("[LOCK-7] [LOCK-5] session_killed goes to the asker with its id, to its client session and to subscribers, once each", async () => {
    const asker = await world.connect();
    const follower = await world.connect({ session_id: "follower" });
    follower.send({ type: "subscribe", session_id: session });
    asker.send({ type: "subscribe", session_id: session });
    await Promise.all([follower, asker].map((client) => client.next("session_history")));
    asker.send({ type: "kill_session", session_id: session, keep_queue: true, correlation_id: "c" });
    await everyoneOf(asker, follower);
    const killed = { type: "session_killed", session_id: session, message: "Session process terminated" };
    expect(newsOf(asker).slice(1)).toEqual([{ ...killed, correlation_id: "c" }]);
    expect(newsOf(follower).slice(1)).toEqual([killed]);
    expect(world.runs.calls[0]).toMatchObject({ request: { keepQueue: true } });
    forget(asker);
    asker.send({ type: "kill_session", session_id: "no-uuid" });
    expect(await asker.next()).toEqual({ ...killed, session_id: "no-uuid" });
    world.runs.before.set("kill", () => {
      throw new RemoteError("internal", "Failed to kill session: EPERM");
    });
    asker.send({ type: "kill_session", session_id: session });
    expect(await asker.next()).toMatchObject({ message: "Failed to kill session: EPERM" });
    await Promise.all([asker.close(), follower.close()]);
  });

  test("[LOCK-8] unlocking answers what was there; a live run is named", async () => {
    const client = await world.connect();
    for (const id of [session, "no-uuid"]) {
      client.send({ type: "unlock_session", session_id: id });
      expect(await client.next()).toEqual({ type: "session_unlocked", session_id: id, was_locked: false });
    }
    world.runs.before.set("unlock", () => {
      throw new SessionLockedError(session, { holder: "compaction", isRunAlive: true });
    });
    client.send({ type: "unlock_session", session_id: session });
    expect(await client.next()).toMatchObject({ type: "session_locked", holder: "compaction", run_alive: true });
    await client.close();
  });
});

describe("compaction", () => {
  test("[COMPACT-2] without an id an error and a compaction_error come, with one text", async () => {
    const client = await world.connect();
    client.send({ type: "compact_session" });
    await settle(client);
    const text = "session_id required in compact_session message";
    expect(newsOf(client)).toMatchObject([
      { type: "error", message: text, code: "missing_field" },
      { type: "compaction_error", session_id: "", error: text },
    ]);
    await client.close();
  });

  test("[COMPACT-1] a client session's id means its current session, a session's own id wins", async () => {
    const client = await world.connect();
    const compacted = (): unknown => (world.runs.calls.at(-1)?.request as { sessionId: string } | undefined)?.sessionId;
    client.send({ type: "compact_session", session_id: CLIENT });
    expect(await client.next()).toEqual({
      type: "compaction_error",
      session_id: CLIENT,
      error: `Session not found: ${CLIENT}`,
    });
    client.send({ type: "prompt", text: "hello", session_id: session });
    client.send({ type: "compact_session", session_id: CLIENT });
    await settle(client);
    expect(compacted()).toBe(session);
    const other = randomUUID();
    world.catalog.add(other, ["x"]);
    await world.store.openClientSession(other, 0);
    await world.store.updateClientSession(other, { currentSessionId: session });
    client.send({ type: "compact_session", session_id: other });
    await settle(client);
    expect(compacted()).toBe(other);
    // Of a client session without a socket, too.
    await world.store.openClientSession("elsewhere", 0);
    await world.store.updateClientSession("elsewhere", { currentSessionId: session });
    client.send({ type: "compact_session", session_id: "elsewhere" });
    await settle(client);
    expect(compacted()).toBe(session);
    await client.close();
  });

  test("[COMPACT-6] the result reaches every socket of the asking client session and every subscriber", async () => {
    const asker = await world.connect();
    const sibling = await world.connect();
    const follower = await world.connect({ session_id: "follower" });
    const stranger = await world.connect({ session_id: "stranger" });
    follower.send({ type: "subscribe", session_id: session });
    await follower.next();
    forget(follower);
    asker.send({ type: "compact_session", session_id: session, correlation_id: "c" });
    await settle(asker);
    world.runs.tell("onCompaction", { ok: true, preTokens: 900, postTokens: 80 }, session, CLIENT);
    world.runs.tell("onCompaction", { ok: false, error: "Compaction failed: no" }, session, CLIENT);
    const both = ["compaction_complete", "compaction_error"];
    expect(await everyoneOf(asker, sibling, follower, stranger)).toEqual([both, both, both, []]);
    expect(newsOf(asker)[0]).toEqual({
      type: "compaction_complete",
      session_id: session,
      pre_tokens: 900,
      post_tokens: 80,
      correlation_id: "c",
    });
    expect(newsOf(sibling)[0]).not.toHaveProperty("correlation_id");
    await Promise.all([asker, sibling, follower, stranger].map((client) => client.close()));
  });

  test("[COMPACT-3] busy is session_locked, an agent that cannot is compaction_error", async () => {
    const client = await world.connect();
    world.runs.before.set("compact", () => {
      throw new SessionLockedError(session, { holder: "prompt" });
    });
    client.send({ type: "compact_session", session_id: session });
    expect(await client.next()).toMatchObject({ type: "session_locked", holder: "prompt" });
    world.runs.before.set("compact", () => {
      throw new RemoteError("unsupported", "Agent codex cannot compact");
    });
    client.send({ type: "compact_session", session_id: session });
    expect(await client.next()).toEqual({
      type: "compaction_error",
      session_id: session,
      error: "Agent codex cannot compact",
    });
    await client.close();
  });
});

describe("permissions", () => {
  test("[APPROVE-1] a question goes to every socket with approvals, followed or not; all pending ones are listed", async () => {
    const [one, two, blind] = [
      await world.connect({ capabilities: ["approvals"] }),
      await world.connect({ capabilities: ["approvals"], session_id: "two" }),
      await world.connect(),
    ];
    const requests = [permissionOf(session), permissionOf(session, { replaces: session, input: { toolInput: 1 } })];
    for (const request of requests) {
      world.runs.pending.push(request);
      world.runs.tell("onPermissionRequested", request);
    }
    await everyoneOf(blind);
    expect(typesOf(blind)).toEqual([]);
    for (const client of [one, two]) {
      await client.collect(2, ({ type }) => type === "permission_request");
      expect(client.frames[0]).toEqual({
        type: "permission_request",
        request_id: requests[0]?.requestId,
        session_id: session,
        run_id: requests[0]?.runId,
        tool_name: "Bash",
        input: { command: "npm publish" },
        summary: "Bash npm publish",
        created_at: "2026-03-01T09:00:00.000Z",
        expires_at: "2026-03-01T09:10:00.000Z",
      });
      // Relayed keys leave as they came.
      expect(client.frames[1]).toMatchObject({ input: { toolInput: 1 }, replaces: session });
    }
    forget(one);
    one.send({ type: "list_permissions", correlation_id: "list" });
    await one.find(({ type }) => type === "ack");
    expect(one.frames).toMatchObject([
      { type: "permission_request", correlation_id: "list" },
      { type: "permission_request" },
      { type: "ack", message: "2 pending" },
    ]);
    await Promise.all([one, two, blind].map((client) => client.close()));
  });

  test("[APPROVE-2] all sockets with approvals get one permission_resolved, the answerer included", async () => {
    const [one, two] = [
      await world.connect({ capabilities: ["approvals"] }),
      await world.connect({ capabilities: ["approvals"], session_id: "two" }),
    ];
    const blind = await world.connect();
    const request = permissionOf(session);
    world.runs.pending.push(request);
    const { requestId } = request;
    one.send({ type: "permission_response", request_id: requestId, decision: "allow", correlation_id: "c" });
    blind.send({ type: "permission_response", request_id: requestId, decision: "deny", message: "no" });
    await one.collect(2, ({ type }) => type === "permission_resolved");
    await blind.next("permission_resolved");
    expect(one.frames.map((frame) => frame["correlation_id"])).toEqual(["c", undefined]);
    expect(two.frames[0]).toMatchObject({
      request_id: requestId,
      decision: "allow",
      scope: "once",
      by: { device_id: "main", device_name: "Main key" },
      reason: "answered",
    });
    expect(world.runs.calls.map(({ request: asked }) => asked)).toMatchObject([
      { decision: "allow", updatedInput: undefined },
      { decision: "deny", message: "no" },
    ]);
    one.send({ type: "permission_response", request_id: requestId, decision: "allow", updated_input: [1] });
    expect(await one.find(({ type }) => type === "error")).toMatchObject({ code: "invalid_field" });
    one.send({ type: "permission_response", request_id: randomUUID(), decision: "allow" });
    expect(await one.find(({ code }) => code === "not_found")).toBeDefined();
    await Promise.all([one, two, blind].map((client) => client.close()));
  });

  test("[APPROVE-9] an input that does not fit is cut and says so; the whole is read in pages", async () => {
    const client = await world.connect({ capabilities: ["approvals"], size_kb: 4 });
    const input = { content: `é"\n${"x𝒳".repeat(20_000)}`, path: "/a", list: [1, { deep: "y".repeat(5_000) }] };
    const request = permissionOf(session, { input });
    world.runs.pending.push(request);
    world.runs.tell("onPermissionRequested", request);
    const shown = await client.next("permission_request");
    expect(shown).toMatchObject({ input_truncated: true, input: { path: "/a", list: [1, {}] } });
    let offset: number | null = 0;
    let text = "";
    for (let pages = 0; offset !== null; pages++) {
      client.send({ type: "get_permission_request", request_id: request.requestId, offset });
      const page = await client.next("permission_input");
      expect(page["offset"]).toBe(offset);
      text += String(page["input_json"]);
      offset = page["next_offset"] as number | null;
      expect(pages).toBeLessThan(100);
    }
    expect(JSON.parse(text)).toEqual(input);
    expect(world.lines.filter(({ level }) => level === "error")).toEqual([]);
    await client.close();
  });
});

describe("settings of a session", () => {
  test("[CONN-11] [SESS-6] modes, grants and names are answered by the session as it is then", async () => {
    const client = await world.connect({ capabilities: ["session_events"] });
    client.send({ type: "set_permission_mode", session_id: session, mode: "plan", correlation_id: "c" });
    expect(await client.find((frame) => frame["correlation_id"] === "c")).toMatchObject({
      type: "session_info",
      session: { session_id: session, permission_mode: "plan", log_id: expect.any(String) },
    });
    client.send({ type: "set_permission_mode", session_id: session, mode: "yolo" });
    expect(await client.find(({ type }) => type === "error")).toMatchObject({
      message: "Mode not allowed: yolo",
      code: "not_allowed",
    });
    client.send({ type: "revoke_grant", session_id: session, tool_name: "Bash", correlation_id: "g" });
    expect(await client.find((frame) => frame["correlation_id"] === "g")).toMatchObject({ type: "session_info" });
    await client.close();
  });

  test("[SESS-5] a name is inferred, and what is missing has its own error", async () => {
    const client = await world.connect();
    client.send({ type: "infer_session_name", session_id: session, message_text: "fix the cart" });
    expect(await client.next()).toEqual({ type: "session_name_inferred", session_id: session, name: "A name" });
    client.send({ type: "infer_session_name", message_text: "x" });
    expect(await client.next()).toEqual({ type: "infer_name_error", error: "session_id required" });
    client.send({ type: "infer_session_name", session_id: session, message_text: " " });
    expect(await client.next()).toMatchObject({ session_id: session, error: "message_text required" });
    world.runs.inferredName = "";
    client.send({ type: "infer_session_name", session_id: session, message_text: "''" });
    expect(await client.next()).toMatchObject({ type: "infer_name_error" });
    await client.close();
  });
});

test("[CONN-11] without session_events neither session_info nor prompt_status comes unasked", async () => {
  const [plain, modern] = [await world.connect(), await world.connect({ capabilities: ["session_events"] })];
  world.runs.tell("onPromptStatus", { promptId: randomUUID(), sessionId: session, state: "queued" }, CLIENT);
  world.runs.setStatus(session, { state: "running" });
  await modern.find(({ type }) => type === "session_info");
  await plain.find(({ type }) => type === "recent_sessions");
  expect(typesOf(plain)).toEqual(["recent_sessions"]);
  expect(typesOf(modern)).toEqual(expect.arrayContaining(["prompt_status", "session_info"]));
  await Promise.all([plain.close(), modern.close()]);
});
