import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentSession } from "../../src/session.ts";
import { AgentWorld, eventsOf, firstOf, living, submit, survivors } from "../support/agent-world.ts";

let world: AgentWorld;
let session: AgentSession;
beforeEach(async () => {
  world = new AgentWorld();
  session = await world.start(world.acp());
});
afterEach(async () => {
  await world.end();
});

test("[TURN-12] [TURN-10] the prompt goes out verbatim; answer and tokens of this run come back", async () => {
  for (const generation of [1, 2]) {
    expect(await submit(session, "hello\n🙂", { generation }).result).toEqual({
      generation,
      outcome: "completed",
      output: "You said hello\n🙂",
      agentStopReason: "end_turn",
      error: null,
      usage: { source: "agent", inputTokens: 5, outputTokens: 6, cacheReadTokens: 50, cacheWriteTokens: 1 },
      cost: { inputUsd: null, outputUsd: null, totalUsd: null },
      permissionDenials: [],
      compactions: [],
      isIdle: true,
      isReusable: true,
      isDuplicate: false,
    });
  }
});

test("[TURN-10] an agent that reports no tokens has usage none", async () => {
  const { usage } = await submit(session, "mode").result;
  expect(usage).toEqual({
    source: "none",
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: null,
    cacheWriteTokens: null,
  });
});

test("[STR-2] the answer is the text after the last tool", async () => {
  const events = await eventsOf(submit(session, "tools"));
  const said = events.flatMap((event) => (event.type === "text_delta" ? [event.text] : []));
  expect(said.join("")).toBe("I look. Done.");
  const told = ["tool_started", "tool_finished", "output_delta"];
  expect(events.filter((event) => told.includes(event.type))).toEqual([
    { type: "tool_started", toolUseId: "t1", toolName: "Read a file" },
    { type: "tool_finished", toolUseId: "t1", failed: false },
    { type: "output_delta", text: "Done." },
  ]);
});

test("[TURN-11] a question that nobody answers is denied and recorded", async () => {
  expect(await submit(session, "ask").result).toMatchObject({
    output: '{"outcome":"selected","optionId":"no"}',
    permissionDenials: [{ toolName: "Bash", reason: "nobody is there to answer the permission question" }],
  });
});

test("[TURN-11] a question is answered; one of a turn that is stopped is answered as cancelled", async () => {
  const asking = await world.start(world.acp(), { permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const run = submit(asking, "ask");
  const question = await firstOf(run, "permission_question");
  expect(question).toMatchObject({ toolName: "Bash", input: { command: "touch x" } });
  expect(asking.answerPermission(question.questionId, { behavior: "allow" })).toBe(true);
  expect(await run.result).toMatchObject({ output: '{"outcome":"selected","optionId":"yes"}', permissionDenials: [] });
  const stopped = submit(asking, "ask");
  await firstOf(stopped, "permission_question");
  await asking.interrupt();
  expect(await stopped.result).toMatchObject({ output: '{"outcome":"cancelled"}', permissionDenials: [] });
});

test("[TURN-12] an agent whose turn ends by a refused tool was not cancelled by anybody", async () => {
  const ending = await world.start(world.acp({ FAKE_MODE: "reject-ends" }));
  expect(await submit(ending, "ask").result).toMatchObject({ outcome: "completed", agentStopReason: "cancelled" });
});

test("[CAN-2] [CAN-4] [CAN-5] an agent that stalls is told to stop, is idle, and takes the next prompt", async () => {
  const stop = new AbortController();
  const run = submit(session, "stall", { signal: stop.signal });
  expect(session.isIdle).toBe(false);
  stop.abort();
  await run.acknowledged;
  expect(await run.result).toMatchObject({ outcome: "cancelled", agentStopReason: "cancelled", isReusable: true });
  expect(await submit(session, "hello").result).toMatchObject({ output: "You said hello" });
});

test("[CAN-5] a cancel that spoils the agent's session makes it not reusable", async () => {
  const spoiled = await world.start(world.acp({ FAKE_NAME: "@zed-industries/claude-agent-acp" }));
  const stop = new AbortController();
  const run = submit(spoiled, "stall", { signal: stop.signal });
  stop.abort();
  expect(await run.result).toMatchObject({ outcome: "cancelled", isIdle: true, isReusable: false });
});

test("[CAN-6] an agent that finishes in spite of the signal says so under the old generation", async () => {
  const stop = new AbortController();
  const run = submit(session, "late", { signal: stop.signal, generation: 41 });
  stop.abort();
  expect(await run.result).toMatchObject({ generation: 41, outcome: "completed", output: "finished in spite of it" });
});

test("[CAN-3] an agent that ignores cancel and SIGTERM is gone within the grace period", async () => {
  const stop = new AbortController();
  const run = submit(session, "ignore", { signal: stop.signal });
  stop.abort();
  const started = performance.now();
  await session.close({ graceMs: 100 });
  expect(performance.now() - started).toBeLessThan(1000);
  expect(await run.result).toMatchObject({ outcome: "cancelled", isIdle: false, isReusable: false });
  expect(await survivors()).toEqual([]);
});

test("[CAN-3] what the agent started in other sessions ends with it", async () => {
  const { output } = await submit(session, "offspring").result;
  const pids = output.split(" ").map(Number);
  expect(await living(pids)).toHaveLength(2);
  await session.close({ graceMs: 100 });
  expect(await living(pids)).toEqual([]);
});

test("[TURN-12] a message for the running turn goes to it", async () => {
  const steer = () => session.steer({ text: "faster", messageUuid: "unused" });
  expect(await steer()).toBe("idle");
  const run = submit(session, "stall");
  expect(await steer()).toBe("accepted");
  expect(await eventsOf(run)).toContainEqual({
    type: "text_delta",
    text: 'steered: [{"type":"text","text":"faster"}]',
  });
});

test("[ENV-6] lines that are no messages, and messages of later versions, change nothing", async () => {
  expect(await submit(session, "garbage").result).toMatchObject({ outcome: "completed", output: "fine" });
  expect(world.diagnostics()).toContain("expected a message of the Agent Client Protocol, got: Welcome!");
});

test("[ERR-3] engine_failed: it crashed, and a later prompt says so", async () => {
  expect(await submit(session, "crash").result).toMatchObject({
    outcome: "failed",
    error: { kind: "engine_failed", message: expect.stringContaining("exit status 3"), detail: { exit_code: 3 } },
    isReusable: false,
  });
  expect(await submit(session, "hello").result).toMatchObject({ error: { kind: "engine_failed" } });
});

test.each([
  ["auth_required", { code: -32000, message: "Authentication required" }],
  ["auth_required", { code: -32603, message: "unexpected status 401 Unauthorized: no such key" }],
  ["auth_required", { code: -32603, message: "Internal error: invalid x-api-key" }],
  ["auth_required", { code: -32603, message: "Incorrect API key provided: sk-x" }],
  ["rate_limited", { code: -32603, message: "Internal error", data: { errorKind: "rate_limit" } }],
  ["rate_limited", { code: -32603, message: "API Error: 429 slow down" }],
  ["engine_failed", { code: -32603, message: "Internal error", data: { details: "it broke" } }],
])("[ERR-3] %s: an error answer, after which the session goes on: %j", async (kind, error) => {
  const failed = await submit(session, `error ${JSON.stringify(error)}`).result;
  expect(failed).toMatchObject({ outcome: "failed", error: { kind }, isIdle: true, isReusable: true });
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed" });
});

test("[ERR-3] engine_failed: one prompt at a time", async () => {
  const first = submit(session, "stall");
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "failed", error: { kind: "engine_failed" } });
  expect(await session.interrupt()).toBe(true);
  expect(await first.result).toMatchObject({ outcome: "cancelled" });
});
