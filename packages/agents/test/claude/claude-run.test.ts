import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentSession } from "../../src/session.ts";
import { AgentWorld, eventsOf, firstOf, submit } from "../support/agent-world.ts";

let world: AgentWorld;
let session: AgentSession;
beforeEach(async () => {
  world = new AgentWorld();
  session = await world.start(world.claude());
});
afterEach(async () => {
  await world.end();
});

test("[TURN-12] the prompt goes out verbatim and the answer comes back", async () => {
  const prompt = "hello\n\u2028 \u0001 'world' 🙂";
  expect(await submit(session, prompt, { generation: 7 }).result).toEqual({
    generation: 7,
    outcome: "completed",
    output: `You said ${prompt}`,
    agentStopReason: "completed",
    error: null,
    usage: { source: "agent", inputTokens: 7, outputTokens: 3, cacheReadTokens: 100, cacheWriteTokens: 5 },
    cost: { inputUsd: null, outputUsd: null, totalUsd: null },
    permissionDenials: [],
    compactions: [],
    isIdle: true,
    isReusable: true,
    isDuplicate: false,
  });
});

test("[TURN-10] usage is of this run, although the agent's totals grow with the session", async () => {
  for (const prompt of ["one", "two", "three"]) {
    const { usage } = await submit(session, prompt).result;
    expect(usage).toEqual({
      source: "agent",
      inputTokens: 7,
      outputTokens: 3,
      cacheReadTokens: 100,
      cacheWriteTokens: 5,
    });
  }
});

test("[TURN-10] figures since the last result are preferred: they count what was interrupted too", async () => {
  const model = { inputTokens: 1, cacheCreationInputTokens: 2, cacheReadInputTokens: 4, outputTokens: 8 };
  const prompt = `result ${JSON.stringify({ model_usage_since_last_result: { a: model, b: model } })}`;
  const { usage } = await submit(session, prompt).result;
  expect(usage).toEqual({ source: "agent", inputTokens: 6, outputTokens: 16, cacheReadTokens: 8, cacheWriteTokens: 4 });
});

test("[STR-2] output deltas joined are the output; text on the way and tools are told apart from it", async () => {
  const messageUuid = randomUUID();
  const run = submit(session, "tools", { messageUuid });
  const reason = "not allowed here";
  expect(await eventsOf(run)).toEqual([
    { type: "prompt_seen", messageUuid },
    { type: "text_delta", text: "I look. " },
    { type: "tool_started", toolUseId: "t1", toolName: "Read" },
    { type: "tool_finished", toolUseId: "t1", failed: true },
    { type: "text_delta", text: "Done." },
    { type: "permission_denied", toolName: "Read", reason },
    { type: "output_delta", text: "Done." },
  ]);
  expect(await run.result).toMatchObject({ output: "Done.", permissionDenials: [{ toolName: "Read", reason }] });
});

test("[TURN-11] a question that nobody answers is denied and recorded", async () => {
  expect(await submit(session, "ask touch x").result).toMatchObject({
    outcome: "completed",
    output: "refused: nobody is there to answer the permission question",
    permissionDenials: [{ toolName: "Bash", reason: "nobody is there to answer the permission question" }],
  });
});

test("[TURN-11] a question is answered, once", async () => {
  const asking = await world.start(world.claude(), { permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const run = submit(asking, "ask touch x");
  const question = await firstOf(run, "permission_question");
  expect(question).toMatchObject({ toolName: "Bash", input: { command: "touch x" } });
  expect(asking.answerPermission(question.questionId, { behavior: "allow" })).toBe(true);
  expect(asking.answerPermission(question.questionId, { behavior: "deny", reason: "too late" })).toBe(false);
  expect(await run.result).toMatchObject({ output: 'ran {"command":"touch x"}', permissionDenials: [] });
});

test("[TURN-11] a question that is not answered in time is denied", async () => {
  const asking = await world.start(world.claude(), { permissionQuestions: { ask: { timeoutMs: 20 } } });
  expect((await submit(asking, "ask touch x").result).permissionDenials).toHaveLength(1);
});

test("[TURN-11] a question that is open when the turn is interrupted is answered, and is no denial", async () => {
  const asking = await world.start(world.claude(), { permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const run = submit(asking, "ask touch x");
  await firstOf(run, "permission_question");
  await asking.interrupt();
  const { output, isIdle } = await run.result;
  expect([output, isIdle]).toEqual(["refused: the turn is being stopped", true]);
});

test.each([
  ["auth_required", { api_error_status: 401, result: "Failed to authenticate" }],
  ["auth_required", { before: [{ type: "assistant", error: "authentication_failed" }], result: "Please run /login" }],
  ["rate_limited", { api_error_status: 429, result: "slow down" }],
  ["engine_failed", { api_error_status: 529, result: "Overloaded" }],
  ["engine_failed", { api_error_status: null, result: "Connection dropped" }],
  ["engine_failed", { subtype: "error_during_execution", errors: ["it broke"] }],
])("[ERR-3] %s: an error result, whose subtype may be success: %j", async (kind, result) => {
  const failed = await submit(
    session,
    `result ${JSON.stringify({ is_error: true, terminal_reason: "api_error", ...result })}`,
  ).result;
  expect(failed).toMatchObject({ outcome: "failed", error: { kind }, output: "", isIdle: true, isReusable: true });
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed" });
});

test("[ERR-3] rate_limited tells how long to wait, as far as the agent told", async () => {
  const limited = (...before: unknown[]) => ({ before, is_error: true, api_error_status: 429 });
  const retry = (retry_delay_ms: number, error_status: number) => {
    return { type: "system", subtype: "api_retry", attempt: 1, max_retries: 4, retry_delay_ms, error_status };
  };
  const run = submit(session, `result ${JSON.stringify(limited(retry(1112, 429), retry(60_000, 529)))}`);
  expect(await firstOf(run, "retry")).toMatchObject({ attempt: 1, maxAttempts: 4, delayMs: 1112, status: 429 });
  expect((await run.result).error).toMatchObject({ kind: "rate_limited", detail: { retry_after_ms: 1112 } });
  // A pause for another reason says nothing of the limit.
  const untold = await submit(session, `result ${JSON.stringify(limited(retry(60_000, 529)))}`).result;
  expect(untold.error).toMatchObject({ kind: "rate_limited", detail: { retry_after_ms: null } });
});

test("[SES-12] a compaction is announced and in the result", async () => {
  const compact_metadata = { trigger: "auto", pre_tokens: 2598, post_tokens: 100 };
  const before = [{ type: "system", subtype: "compact_boundary", compact_metadata }];
  const run = submit(session, `result ${JSON.stringify({ before, result: "" })}`);
  const compaction = { trigger: "auto", tokensBefore: 2598, tokensAfter: 100 };
  expect(await firstOf(run, "compaction")).toEqual({ type: "compaction", ...compaction });
  expect((await run.result).compactions).toEqual([compaction]);
});

test("[CAN-6] a message given twice runs once", async () => {
  const messageUuid = randomUUID();
  expect(await submit(session, "hello", { messageUuid }).result).toMatchObject({
    isDuplicate: false,
    output: "You said hello",
  });
  expect(await submit(session, "hello", { messageUuid }).result).toMatchObject({
    outcome: "completed",
    isDuplicate: true,
    output: "",
    usage: { inputTokens: 0, outputTokens: 0 },
    isIdle: true,
  });
});

test("[TURN-12] a message for the running turn goes to it, and to an idle session it does not", async () => {
  const steer = () => session.steer({ text: "faster", messageUuid: randomUUID() });
  expect(await steer()).toBe("idle");
  const run = submit(session, "stall");
  expect(await steer()).toBe("accepted");
  expect(await run.result).toMatchObject({ outcome: "completed", output: "steered: faster" });
});

test("[ENV-6] lines that are no events are logged and change nothing", async () => {
  expect(await submit(session, "garbage").result).toMatchObject({ outcome: "completed", output: "fine" });
  expect(world.diagnostics().filter((text) => text.startsWith("expected a JSON object"))).toHaveLength(5);
});

test("[ERR-3] engine_failed: it crashed, and a later prompt says so", async () => {
  expect(await submit(session, "crash").result).toMatchObject({
    outcome: "failed",
    error: { kind: "engine_failed", message: expect.stringContaining("exit status 3"), detail: { exit_code: 3 } },
    isIdle: false,
    isReusable: false,
  });
  await session.ended;
  expect(world.diagnostics()).toContain("something broke");
  expect(world.events).toContainEqual({ type: "ended", exitCode: 3, signal: null });
  expect(await submit(session, "hello").result).toMatchObject({ error: { kind: "engine_failed" } });
});

test("[ERR-3] engine_failed: one prompt at a time", async () => {
  const stop = new AbortController();
  const first = submit(session, "stall", { signal: stop.signal });
  const second = await submit(session, "hello").result;
  expect(second).toMatchObject({ outcome: "failed", error: { kind: "engine_failed" } });
  stop.abort();
  expect(await first.result).toMatchObject({ outcome: "cancelled" });
});
