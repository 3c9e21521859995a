import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { AgentEvent, SessionEvent } from "../../src/agent-event.ts";
import type { StartOptions } from "../../src/driver.ts";
import { createRemoteEchoDriver } from "../../src/echo/remote-echo-driver.ts";
import type { AgentSession, PromptRequest, Run } from "../../src/session.ts";
import { eventsOf, firstOf, submit } from "../support/agent-world.ts";

const host = { randomUuid: () => randomUUID() };
const promptId = "0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01";

/** Pauses that the test ends. */
class HeldPauses {
  readonly #waiting: { readonly ms: number; readonly resolve: () => void }[] = [];
  readonly #started: (() => void)[] = [];

  readonly delay = (ms: number, signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ ms, resolve });
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    this.#started.shift()?.();
    return promise;
  };

  /** Waits for the next pause and ends it; says how long it was to be. */
  async pass(): Promise<number> {
    const pause = await this.next();
    pause.resolve();
    return pause.ms;
  }

  async next() {
    if (this.#waiting.length === 0) await new Promise<void>((resolve) => this.#started.push(resolve));
    const pause = this.#waiting.shift();
    if (pause === undefined) throw new Error("no pause began");
    return pause;
  }
}

async function start(options: Partial<StartOptions> = {}, delay?: HeldPauses["delay"]): Promise<AgentSession> {
  return createRemoteEchoDriver(host, { delay }).start({ workingDirectory: "/", ...options });
}

async function outcomeOf(prompt: string, rest: Partial<PromptRequest> = {}) {
  return submit(await start(), prompt, rest).result;
}

const messagesOf = (events: readonly AgentEvent[]) => events.filter((event) => event.type === "message");

async function transcript(run: Run) {
  return messagesOf(await eventsOf(run)).map(({ role, blocks }) => ({ role, blocks }));
}

test.each([
  ["hello  there\n", "echo: hello  there\n"],
  ["", "echo: "],
  ["/sleep 0 done", "echo: done"],
  ["/sleep soon", "echo: /sleep soon"],
  ["/steps 2 0 all done", "echo: all done"],
  ["/ask tool {broken", "echo: /ask tool {broken"],
  ["/long 12", "echo echo ec"],
  ["/long 0", ""],
  ["/toString x", "echo: /toString x"],
])("[AGENT-15] %j is answered with %j", async (prompt, output) => {
  expect(await outcomeOf(prompt)).toMatchObject({ outcome: "completed", output, agentStopReason: "end_turn" });
});

test("[AGENT-15] the same prompts give the same messages and ids, which come from the prompts' ids", async () => {
  const prompts = ["hello", "/steps 2 0 x", '/ask Bash {"command": "ls \\"}\\" -l"} go'];
  const say = async (namespace: string) => {
    const session = await start({ newSessionId: randomUUID() });
    const all = [];
    for (const [index, prompt] of prompts.entries()) {
      const messageUuid = `${namespace}${index}f3c58-93a4-4f0d-8a55-2b7c1f7e9b01`;
      all.push(...messagesOf(await eventsOf(submit(session, prompt, { messageUuid }))));
    }
    return all;
  };
  const [first, again, others] = [await say("0d1"), await say("0d1"), await say("aaa")];
  expect(again).toEqual(first);
  expect(first.map(({ id }) => id)).toSatisfy((ids: string[]) => new Set(ids).size === ids.length);
  const version5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (const { id } of first) expect(id).toMatch(version5);
  expect(others.map(({ id }) => id)).not.toContain(first[0]?.id);
});

test("[AGENT-15] usage counts words, and every part of the cost is 0", async () => {
  const { usage, cost } = await outcomeOf("one two\nthree");
  expect(usage).toEqual({
    source: "words",
    inputTokens: 3,
    outputTokens: 4,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  });
  expect(cost).toEqual({ inputUsd: 0, outputUsd: 0, totalUsd: 0 });
});

test("[AGENT-15] [AGENT-2] events of a run: the prompt is seen, then text and whole messages, then the answer", async () => {
  const events = await eventsOf(submit(await start(), "hello", { messageUuid: promptId }));
  expect(events).toEqual([
    { type: "prompt_seen", messageUuid: promptId },
    { type: "text_delta", text: "echo: hello" },
    {
      type: "message",
      id: expect.any(String),
      role: "assistant",
      blocks: [{ type: "text", text: "echo: hello" }],
    },
    { type: "output_delta", text: "echo: hello" },
  ]);
});

test("[AGENT-15] /sleep waits as long as it says, and can be interrupted", async () => {
  const pauses = new HeldPauses();
  const session = await start({}, pauses.delay);
  const run = submit(session, "/sleep 1500 good  morning");
  expect(await pauses.pass()).toBe(1500);
  expect(await run.result).toMatchObject({ output: "echo: good  morning" });
  const stopped = submit(session, "/sleep 1500 x");
  await pauses.next();
  expect(await session.interrupt()).toBe(true);
  expect(await stopped.result).toMatchObject({ outcome: "cancelled", output: "", isReusable: true });
  expect(await session.interrupt()).toBe(false);
  const stop = new AbortController();
  const aborted = submit(session, "/sleep 1 x", { signal: stop.signal });
  await pauses.next();
  stop.abort();
  expect(await aborted.result).toMatchObject({ outcome: "cancelled" });
  expect(await submit(session, "still here").result).toMatchObject({ outcome: "completed" });
});

test("[AGENT-15] /steps has a boundary after each tool, where texts that were steered in are taken up", async () => {
  const pauses = new HeldPauses();
  const session = await start({}, pauses.delay);
  const run = submit(session, "/steps 2 70 end", { messageUuid: promptId });
  const steered = randomUUID();
  const first = await pauses.next();
  expect(await session.steer({ text: "and more", messageUuid: steered })).toBe("accepted");
  first.resolve();
  expect(await pauses.pass()).toBe(70);
  const events = await eventsOf(run);
  const told = events.map((event) => {
    if (event.type === "message") return event.blocks.map((block) => String(Reflect.get(Object(block), "type")));
    return event.type === "prompt_seen" ? event.messageUuid : event.type;
  });
  const tool = [["tool_use"], "tool_started", ["tool_result"], "tool_finished"];
  expect(told).toEqual([promptId, ...tool, steered, ...tool, "text_delta", ["text"], "output_delta"]);
  const { output, usage } = await run.result;
  expect({ output, words: usage.inputTokens }).toEqual({ output: "echo: end\necho: and more", words: 6 });
  expect(await session.steer({ text: "late", messageUuid: randomUUID() })).toBe("idle");
});

test("[AGENT-15] a step that is interrupted leaves no tool without a result", async () => {
  const pauses = new HeldPauses();
  const session = await start({}, pauses.delay);
  const run = submit(session, "/steps 2 70 end");
  await pauses.next();
  await session.interrupt();
  expect((await transcript(run)).at(-1)).toMatchObject({
    role: "user",
    blocks: [{ type: "tool_result", content: "interrupted", is_error: true }],
  });
  expect(await run.result).toMatchObject({ outcome: "cancelled" });
});

const asking = { permissionQuestions: { ask: { timeoutMs: 60_000 } } } as const;
const question = '/ask Bash {"command": "ls  -l"} go on';

test("[AGENT-15] [APPROVE-3] /ask asks: the answer, a changed input and the reason of a denial come back", async () => {
  const session = await start(asking);
  const answer = async (given: Parameters<AgentSession["answerPermission"]>[1]) => {
    const run = submit(session, question);
    const asked = await firstOf(run, "permission_question");
    expect(asked).toMatchObject({ toolName: "Bash", input: { command: "ls  -l" } });
    expect(session.answerPermission(asked.questionId, given)).toBe(true);
    expect(session.answerPermission(asked.questionId, given)).toBe(false);
    return run.result;
  };
  expect(await answer({ behavior: "allow" })).toMatchObject({ output: "allowed: go on", permissionDenials: [] });
  expect(await answer({ behavior: "allow", updatedInput: { a_b: 1 } })).toMatchObject({ output: "allowed: go on" });
  expect(await answer({ behavior: "deny", reason: "not now" })).toMatchObject({
    outcome: "completed",
    output: "denied: not now",
    permissionDenials: [{ toolName: "Bash", reason: "not now" }],
  });
});

test("[AGENT-15] [APPROVE-3] the tool's result shows the input it was run with", async () => {
  const session = await start({ permissionMode: "bypassPermissions", allowBypass: true });
  const results = async (run: Run) => (await transcript(run)).find(({ role }) => role === "user")?.blocks;
  expect(await results(submit(session, question))).toMatchObject([{ content: '{"command":"ls  -l"}' }]);
  const asked = await start(asking);
  const run = submit(asked, question);
  const seen: AgentEvent[] = [];
  for await (const event of run.events) {
    seen.push(event);
    if (event.type !== "permission_question") continue;
    asked.answerPermission(event.questionId, { behavior: "allow", updatedInput: { command: "true" } });
  }
  expect(messagesOf(seen).find(({ role }) => role === "user")?.blocks).toMatchObject([
    { type: "tool_result", content: '{"command":"true"}' },
  ]);
});

test("[AGENT-15] a question that is open at an interruption is no denial; without anybody to ask it is one", async () => {
  const session = await start(asking);
  const run = submit(session, question);
  await firstOf(run, "permission_question");
  await session.interrupt();
  expect(await run.result).toMatchObject({ outcome: "cancelled", permissionDenials: [] });
  expect(await outcomeOf(question)).toMatchObject({ output: expect.stringMatching(/^denied: nobody is there/) });
});

test("[AGENT-15] /fail is an agent error with its text, and the session goes on", async () => {
  const session = await start();
  expect(await submit(session, "/fail out of  paper").result).toMatchObject({
    outcome: "failed",
    error: { kind: "engine_failed", message: "out of paper" },
    isReusable: true,
  });
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed" });
});

test("[AGENT-15] /crash is the end of the agent without a result", async () => {
  const events: SessionEvent[] = [];
  const session = await start({ onEvent: (event) => events.push(event) });
  const { outcome, isReusable } = await submit(session, "/crash").result;
  expect({ outcome, isReusable }).toEqual({ outcome: "failed", isReusable: false });
  await session.ended;
  expect(events).toEqual([{ type: "ended", exitCode: 1, signal: null }]);
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "failed", isReusable: false });
  await session.close({ graceMs: 0 });
  expect(events).toHaveLength(1);
});

test("[AGENT-15] /long is a reply of so many bytes", async () => {
  const { output } = await outcomeOf("/long 100003");
  expect(Buffer.byteLength(output)).toBe(100_003);
});

test("[AGENT-15] a prompt given twice runs once, in another session of the id too", async () => {
  const driver = createRemoteEchoDriver(host);
  const first = await driver.start({ workingDirectory: "/", newSessionId: promptId });
  expect(first.agentSessionId).toBe(promptId);
  const messageUuid = randomUUID();
  await submit(first, "hello", { messageUuid }).result;
  await first.close({ graceMs: 0 });
  const resume = { agentSessionId: promptId, workingDirectory: "/" };
  const second = await driver.start({ workingDirectory: "/", resume });
  expect(await submit(second, "hello", { messageUuid }).result).toMatchObject({ isDuplicate: true, output: "" });
  expect(await submit(second, "hello").result).toMatchObject({ isDuplicate: false });
});

test("[AGENT-15] a session is taken up from what is handed over, and one that nobody knows is not", async () => {
  const agentSessionId = randomUUID();
  const resume = { agentSessionId, workingDirectory: "/" };
  await expect(start({ resume })).rejects.toMatchObject({ kind: "session_load_failed", target: agentSessionId });
  const session = await start({ resume: { ...resume, onLoadFailure: "replace", seedText: "we spoke of bees" } });
  expect(session.agentSessionId).toBe(agentSessionId);
  const compacted = await session.compact!({ messageUuid: randomUUID(), generation: 1 }).result;
  expect(compacted.compactions).toEqual([{ trigger: "manual", tokensBefore: 4, tokensAfter: 0 }]);
});

test("[AGENT-15] [COMPACT-4] a compaction counts the words since the last one; it can wait, fail and be interrupted", async () => {
  const pauses = new HeldPauses();
  const session = await start({}, pauses.delay);
  const compact = (instructions?: string) =>
    session.compact!({ messageUuid: randomUUID(), generation: 1, instructions });
  await submit(session, "one two").result;
  expect(await compact("/fail no room").result).toMatchObject({ outcome: "failed", error: { message: "no room" } });
  const interrupted = compact("/sleep 10 x");
  await pauses.next();
  expect(await session.steer({ text: "x", messageUuid: randomUUID() })).toBe("unsupported");
  await session.interrupt();
  expect(await interrupted.result).toMatchObject({ outcome: "cancelled", compactions: [] });
  const held = compact("/sleep 10 x");
  expect(await pauses.pass()).toBe(10);
  expect(await held.result).toMatchObject({ compactions: [{ tokensBefore: 5, tokensAfter: 0 }] });
  expect(await compact().result).toMatchObject({ compactions: [{ tokensBefore: 0 }] });
});

test("[AGENT-15] [AGENT-7] it has every mode, and bypass only where that is allowed", async () => {
  const events: SessionEvent[] = [];
  const session = await start({ onEvent: (event) => events.push(event) });
  expect(await session.setPermissionMode!("plan")).toBe(true);
  expect(await session.setPermissionMode!("bypassPermissions")).toBe(false);
  expect(events).toEqual([{ type: "mode_changed", mode: "plan" }]);
  await expect(start({ permissionMode: "bypassPermissions" })).rejects.toMatchObject({ kind: "engine_unsupported" });
  const { capabilities } = await createRemoteEchoDriver(host).probe();
  expect(capabilities.permissionModes).toEqual(["default", "plan", "acceptEdits", "bypassPermissions"]);
});

test("[AGENT-15] one prompt at a time; closing ends the one that runs", async () => {
  const pauses = new HeldPauses();
  const session = await start({}, pauses.delay);
  const run = submit(session, "/sleep 1 x");
  await pauses.next();
  expect(session.isIdle).toBe(false);
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "failed" });
  await session.close({ graceMs: 0 });
  expect(await run.result).toMatchObject({ outcome: "cancelled" });
  await session.ended;
});
