import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { PromptSubmission } from "../../../src/sessions/run-requests.ts";
import { asker, type RunsServer, type RunsWorld } from "../../support/runs-world/runs-world.ts";
import { useRunsWorld } from "../../support/runs-world/use-runs-world.ts";

const fresh = "11111111-2222-4333-8444-555555555555";
const other = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const promptId = "99999999-2222-4333-8444-555555555555";

const aWorld = useRunsWorld();
let world: RunsWorld;
let server: RunsServer;

beforeEach(async () => {
  world = aWorld();
  server = await world.startServer();
});

/** A session that has had a turn. */
async function aSession(more: Partial<PromptSubmission> = {}): Promise<string> {
  const { sessionId } = await server.prompt("begin", { newSessionId: fresh, ...more });
  await world.until(() => server.results().length > 0);
  return sessionId;
}

describe("what is refused, first failure first", () => {
  const bad = "not-a-uuid";
  // Each request fails at its own check and at every one behind it.
  const behind = { newSessionId: fresh, agent: "nobody", mode: "shout", workingDirectory: "nowhere" };
  const image = { filename: "a/b", mediaType: "image/png", content: "AAAA" };
  const cases: [string, Partial<PromptSubmission>, string][] = [
    ["text", { ...behind, text: " \n", sessionId: other }, "text required in prompt message"],
    ["text that is none", { ...behind, text: 7, attachments: [image] }, "text required in prompt message"],
    ["both ids", { ...behind, resumeSessionId: other }, "Cannot specify both new_session_id and resume_session_id"],
    ["both ids", { ...behind, sessionId: other }, "Cannot specify both new_session_id and resume_session_id"],
    [
      "two ids",
      { ...behind, newSessionId: undefined, sessionId: other, resumeSessionId: fresh },
      "Cannot specify both session_id and resume_session_id",
    ],
    ["its form", { ...behind, newSessionId: bad }, "new_session_id must be a UUID"],
    ["agent", { ...behind, attachments: [image] }, "Unknown agent: nobody"],
    ["mode", { ...behind, agent: "main", attachments: [image] }, "Unknown prompt mode: shout"],
    [
      "attachment",
      { ...behind, agent: "main", mode: "queue", attachments: [image] },
      "Invalid attachment: invalid filename",
    ],
    ["directory", { ...behind, agent: "main", mode: "queue" }, "Path must be absolute: nowhere"],
  ];

  test.each(cases)("[PROMPT-1] %s", async (_check, submission, message) => {
    await expect(server.prompt("do it", submission)).rejects.toThrow(message);
    expect(await world.store.listOpenPrompts()).toEqual([]);
    expect(await world.store.listSessions()).toEqual([]);
  });

  test("[PROMPT-1] a conflict of prompt ids comes before the agent, and after the form of the session's id", async () => {
    await server.prompt("one", { promptId });
    await expect(server.prompt("two", { promptId, agent: "nobody" })).rejects.toMatchObject({
      code: "prompt_id_conflict",
      message: "prompt_id was already used for another prompt",
    });
    await expect(server.prompt("two", { promptId, newSessionId: bad })).rejects.toThrow("must be a UUID");
  });

  test("[PROMPT-1] [CONN-12] a refusal names the session while nothing of it runs, and only then", async () => {
    const sessionId = await aSession();
    await expect(server.prompt("x", { sessionId, mode: "shout" })).rejects.toMatchObject({ sessionId });
    await server.prompt("/hold", { sessionId });
    await expect(server.prompt("x", { sessionId, mode: "shout" })).rejects.toMatchObject({
      sessionId: undefined,
      details: { session_id: sessionId },
    });
  });

  test("[PROMPT-1] [PROMPT-8] a prompt that was refused may be tried again under its id", async () => {
    await expect(server.prompt("x", { promptId, mode: "shout" })).rejects.toThrow("Unknown prompt mode");
    expect(await server.prompt("x", { promptId })).toMatchObject({ outcome: "accepted", promptId });
  });
});

test("[PROMPT-2] an id that is no UUID is no session", async () => {
  await expect(server.prompt("x", { sessionId: "s1" })).rejects.toMatchObject({
    message: "Session not found: s1",
    code: "not_found",
  });
});

test("[PROMPT-2] a session nobody here knows is handed to the agent, and fails when that does not know it either", async () => {
  const accepted = await server.prompt("x", { resumeSessionId: other.toUpperCase() });
  expect(accepted).toMatchObject({ outcome: "accepted", created: false, sessionId: other });
  const [result] = await world.until(() => server.results().length > 0 && server.results());
  expect(result).toMatchObject({ success: false, error: `Session not found: ${other}`, code: "not_found" });
  expect(world.main.starts).toEqual([]);
  expect(server.catalog.get(other)).toBeUndefined();
});

test("[PROMPT-2] a session whose file has gone is not begun afresh under its id", async () => {
  const sessionId = await aSession();
  await server.desk.kill({ sessionId, keepQueue: false, asker });
  world.files.remove(sessionId);
  const again = await world.startServer();
  world.crash(server);
  await again.prompt("x", { sessionId });
  const [result] = await world.until(() => again.results().length > 0 && again.results());
  expect(result).toMatchObject({ success: false, error: `Session not found: ${sessionId}` });
});

test("[PROMPT-3] a new id that is known already continues that session", async () => {
  const first = await server.prompt("one", { newSessionId: fresh.toUpperCase(), sessionId: fresh });
  expect(first).toMatchObject({ created: true, sessionId: fresh });
  await world.until(() => server.results().length === 1);
  const second = await server.prompt("two", { newSessionId: fresh });
  expect(second).toMatchObject({ created: false, sessionId: fresh });
  await world.until(() => server.results().length === 2);
  expect(world.files.records(fresh).map(({ text }) => text)).toEqual(["one", "echo: one", "two", "echo: two"]);
});

test("[PROMPT-5] the prompt's session becomes the current one of its client session", async () => {
  await world.store.openClientSession(asker.clientSessionId, world.time.now());
  const { sessionId } = await server.prompt("x");
  const { row } = await world.store.openClientSession(asker.clientSessionId, world.time.now());
  expect(row.currentSessionId).toBe(sessionId);
});

describe("the directory", () => {
  test("[PROMPT-6] of a new session: the prompt's, else the client's, else the default", async () => {
    const otherDirectory = join(world.folder, "other");
    const named = await server.prompt("x", { workingDirectory: otherDirectory, clientDirectory: world.work });
    const client = await server.prompt("x", { clientDirectory: otherDirectory });
    const neither = await server.prompt("x");
    expect([named, client, neither].map(({ workingDirectory }) => workingDirectory)).toEqual([
      otherDirectory,
      otherDirectory,
      world.work,
    ]);
    const missing = join(world.folder, "missing");
    await expect(server.prompt("x", { workingDirectory: missing })).rejects.toThrow(
      `Directory does not exist: ${missing}`,
    );
  });

  test("[PROMPT-6] of a known session: its own, whatever the prompt says", async () => {
    const sessionId = await aSession();
    const elsewhere = { sessionId, workingDirectory: join(world.folder, "other") };
    expect(await server.prompt("x", elsewhere)).toMatchObject({ workingDirectory: world.work });
    await world.until(() => server.results().length === 2);
    for (const workingDirectory of [join(world.folder, "missing"), "[from project: -x]"]) {
      expect(await server.prompt("x", { sessionId, workingDirectory, mode: "queue" })).toMatchObject({
        workingDirectory: world.work,
      });
    }
  });

  test("[PROMPT-6] an agent that can resume elsewhere does, now and later", async () => {
    world.can({ canResumeElsewhere: true });
    const moved = await RunsWorldServer();
    const { sessionId } = await moved.prompt("begin", { newSessionId: fresh });
    await world.until(() => moved.results().length === 1);
    const otherDirectory = join(world.folder, "other");
    expect(await moved.prompt("x", { sessionId, workingDirectory: otherDirectory })).toMatchObject({
      workingDirectory: otherDirectory,
    });
    await world.until(() => moved.results().length === 2);
    expect(await moved.prompt("y", { sessionId })).toMatchObject({ workingDirectory: otherDirectory });
    await world.until(() => moved.results().length === 3);
    expect(world.main.starts.map(({ options }) => options.workingDirectory)).toEqual([world.work, otherDirectory]);
  });

  test("[PROMPT-6] a session whose directory is gone is refused", async () => {
    const path = join(world.folder, "short-lived");
    await mkdir(path);
    const sessionId = await aSession({ workingDirectory: path });
    await rm(path, { recursive: true });
    await expect(server.prompt("x", { sessionId })).rejects.toThrow(`Directory does not exist: ${path}`);
  });

  async function RunsWorldServer(): Promise<RunsServer> {
    world.crash(server);
    return (server = await world.startServer());
  }
});

test("[PROMPT-7] [AGENT-11] a system prompt is trimmed, told to be in force, and kept", async () => {
  const { sessionId, systemPromptApplied } = await server.prompt("x", {
    newSessionId: fresh,
    systemPrompt: " be brief \n",
  });
  expect(systemPromptApplied).toBe(true);
  await world.until(() => server.results().length === 1);
  expect(world.main.starts[0]?.options.systemPrompt).toBe("be brief");

  const blank = await server.prompt("y", { sessionId, systemPrompt: "  " });
  expect(blank).not.toHaveProperty("systemPromptApplied");
  await world.until(() => server.results().length === 2);
  expect(world.main.starts).toHaveLength(1);

  expect(await server.prompt("z", { sessionId, systemPrompt: "be long" })).toMatchObject({ systemPromptApplied: true });
  await world.until(() => server.results().length === 3);
  expect(world.main.starts[0]?.closes).toEqual([2_000]);
  expect(world.main.starts[1]?.options).toMatchObject({
    systemPrompt: "be long",
    resume: { agentSessionId: sessionId },
  });
  expect(await world.store.findSession(sessionId)).toMatchObject({ systemPrompt: "be long" });
});

test("[PROMPT-7] one that an agent takes only at the start is told not to be in force later", async () => {
  world.can({ systemPrompt: "start" });
  world.crash(server);
  server = await world.startServer();
  const sessionId = await aSession();
  expect(await server.prompt("x", { sessionId, systemPrompt: "be brief" })).toMatchObject({
    systemPromptApplied: false,
  });
  await world.until(() => server.results().length === 2);
  expect(world.main.starts).toHaveLength(1);
  expect(await world.store.findSession(sessionId)).not.toHaveProperty("systemPrompt");
});

test("[PROMPT-8] [PROMPT-17] when it is acknowledged it is durable, and its session known, before the agent has it", async () => {
  const accepted = server.prompt("/hold", { newSessionId: fresh, promptId });
  const { toldBefore, ranBefore } = await accepted.then(() => ({
    toldBefore: [...server.told],
    ranBefore: [...world.main.ran],
  }));
  expect({ toldBefore, ranBefore }).toEqual({ toldBefore: [], ranBefore: [] });
  const { sessionId } = await accepted;
  const row = await world.store.findPrompt(promptId);
  expect(row).toMatchObject({ sessionId, clientSessionId: asker.clientSessionId });
  expect(row?.requestJson).toContain('"text":"/hold"');
  expect(server.catalog.noted.get(sessionId)).toMatchObject({ agent: "main", workingDirectory: world.work });
  expect(await world.store.findSession(sessionId)).toMatchObject({
    createdByClientSessionId: asker.clientSessionId,
  });
});

describe("the same prompt again", () => {
  test("[PROMPT-9] is not run again; once it is finished its result comes under the same message id", async () => {
    const more = { newSessionId: fresh, promptId };
    await server.prompt("/hold on", more);
    expect(await server.prompt("/hold on", more)).toMatchObject({ outcome: "duplicate", promptId });
    (await world.until(() => world.main.held.get(promptId))).finish("done");
    const [result] = await world.until(() => server.results().length > 0 && server.results());
    expect(await server.prompt("/hold on", { ...more, promptId: promptId.toUpperCase() })).toMatchObject({
      outcome: "duplicate",
      state: "finished",
      created: true,
      workingDirectory: world.work,
      result: { messageId: result?.messageId, text: "done" },
    });
    expect(world.main.ran).toEqual([promptId]);
  });

  test("[PROMPT-9] tells that it waits, that it runs, that it failed", async () => {
    const sessionId = await aSession();
    const waits = "99999999-0000-4333-8444-555555555555";
    await server.prompt("/hold", { sessionId, promptId });
    await server.prompt("/fail it", { sessionId, promptId: waits, mode: "queue" });
    await world.until(() => world.main.held.has(promptId));
    expect(await server.prompt("/hold", { sessionId, promptId })).toMatchObject({ state: "running" });
    expect(await server.prompt("/fail it", { sessionId, promptId: waits, mode: "queue" })).toMatchObject({
      state: "queued",
      modeApplied: "queue",
    });
    world.main.held.get(promptId)?.finish();
    await world.until(() => server.results().length === 3);
    expect(await server.prompt("/fail it", { sessionId, promptId: waits })).toMatchObject({ state: "failed" });
  });

  test("[PROMPT-9] with another text, target or attachment it is another prompt", async () => {
    const more = { newSessionId: fresh, promptId };
    await server.prompt("x", more);
    const conflict = { code: "prompt_id_conflict", message: "prompt_id was already used for another prompt" };
    const content = { filename: "a.txt", mediaType: "text/plain", content: "AAAA" };
    await expect(server.prompt("y", more)).rejects.toMatchObject(conflict);
    await expect(server.prompt("x", { ...more, newSessionId: other })).rejects.toMatchObject(conflict);
    await expect(server.prompt("x", { ...more, attachments: [content] })).rejects.toMatchObject(conflict);
  });

  test("[PROMPT-9] sent twice at the same moment it runs once", async () => {
    const more = { newSessionId: fresh, promptId };
    const both = await Promise.all([server.prompt("x", more), server.prompt("x", more)]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(["accepted", "duplicate"]);
    await world.until(() => server.results().length === 1);
    expect(world.main.ran).toEqual([promptId]);
  });
});

describe("attachments", () => {
  const text = { filename: "notes.txt", mediaType: "text/plain", content: Buffer.from("hello").toString("base64") };
  const image = { filename: "a.png", mediaType: "image/png", content: "AAAA" };

  test("[PROMPT-20] what the agent takes goes as content, the rest is saved and named at the end", async () => {
    const resource = join(world.work, "there.bin");
    await writeFile(resource, "");
    await server.prompt("look", { attachments: [image, text, { resource }] });
    await world.until(() => server.results().length === 1);
    expect(server.saved).toEqual([{ filename: "notes.txt", content: "hello", storageLocation: world.work }]);
    const saved = join(world.work, ".parlatory/resources/notes.txt");
    expect(world.main.requests[0]).toMatchObject({
      prompt: `look\n\nAttached files:\n- ${saved}\n- ${resource}`,
      attachments: [image],
    });
  });

  test("[PROMPT-20] they are enough for a prompt without text", async () => {
    await server.prompt("", { text: undefined, attachments: [image] });
    await world.until(() => server.results().length === 1);
    expect(world.main.requests[0]).toMatchObject({ prompt: "", attachments: [image] });
  });

  const big = "A".repeat(4 * Math.ceil((20 * 1024 * 1024 + 3) / 3));
  const refused: [string, PromptSubmission["attachments"], string][] = [
    ["too many", Array.from({ length: 21 }, () => image), "at most 20 are taken, not 21"],
    ["too large", [{ ...image, content: big }], "together they are larger than 20 MiB"],
    ["no base64", [{ ...image, content: "AAA" }], "the content of a.png is not base64"],
    ["no media type", [{ ...image, mediaType: "png" }], "a.png has no media type"],
    ["a way out", [{ ...image, filename: ".." }], "invalid filename"],
    ["no file", [{ resource: "/nowhere/at/all" }], "there is no file /nowhere/at/all"],
    ["a relative path", [{ resource: "there.bin" }], "Path must be absolute: there.bin"],
  ];
  test.each(refused)("[PROMPT-20] %s", async (_what, attachments, reason) => {
    await expect(server.prompt("look", { attachments })).rejects.toThrow(`Invalid attachment: ${reason}`);
  });

  test("[PROMPT-20] a text of more than 1 MiB is refused", async () => {
    await expect(server.prompt("ä".repeat(512 * 1024 + 1))).rejects.toThrow("text must be at most 1 MiB");
    expect(await server.prompt("ä".repeat(512 * 1024))).toMatchObject({ outcome: "accepted" });
  });
});

test("[AGENT-1] a session keeps its agent", async () => {
  const sessionId = await aSession();
  await expect(server.prompt("x", { sessionId, agent: "plain" })).rejects.toMatchObject({
    message: "Session belongs to agent main",
    code: "conflict",
  });
  expect(await server.prompt("x", { sessionId, agent: "main" })).toMatchObject({ agent: "main" });
});
