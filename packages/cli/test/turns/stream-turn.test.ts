import { createEchoDriver } from "@parlatory/agents/echo";
import { describe, expect, test } from "vitest";
import { settlePromises } from "./support/fake-clock.ts";
import { engineOf, FakeSession } from "./support/fake-engine.ts";
import { routed, TurnWorld } from "./support/turn-world.ts";
import { timeoutOutput } from "../../src/turns/stream-turn.ts";

const agent = { isolation: "process", transactional: false, usageSource: "agent" } as const;

async function echo() {
  return engineOf(await createEchoDriver().start({ workingDirectory: "/" }));
}

describe("order of events", () => {
  test("[STR-1] [STR-2] echo: announced, answered in one delta, stopped", async () => {
    const world = new TurnWorld();
    const [result] = await world.run({ engine: await echo(), routing: routed });
    const output = "Prompt: hello\nMatched commands: review\nMatched tools: BashTool\nPermission denials: 1";

    expect(world.events).toEqual([
      { type: "message_start", session_id: "s1", prompt: "hello" },
      { type: "command_match", commands: ["review"] },
      { type: "tool_match", tools: ["BashTool"] },
      { type: "permission_denial", denials: ["BashTool"] },
      { type: "message_delta", text: output },
      {
        type: "message_stop",
        usage: { input_tokens: 1, output_tokens: 11 },
        stop_reason: "completed",
        transcript_size: 1,
      },
    ]);
    expect(result).toMatchObject({ output, permissionDenials: routed.deniedTools, cancelObserved: false });
    expect(world.conversation.denials).toEqual(routed.deniedTools);
  });

  test("[STR-1] [SES-12] what is empty is not announced, a compaction is", async () => {
    const world = new TurnWorld({ limits: { compactAfterTurns: 1 }, onSubmit: (run) => run.settle() });
    await world.run({ continuationPrompt: "more", maxTurns: 2 });

    expect(world.events.map(({ type }) => type)).toEqual([
      ...["message_start", "message_delta", "message_stop"],
      ...["message_start", "message_delta", "compaction", "message_stop"],
    ]);
    expect(world.events.at(-2)).toEqual({ type: "compaction", dropped: 1, kept: 1 });
  });

  test("[STR-3] matches are announced even if the turn is then refused", async () => {
    const world = new TurnWorld({ limits: { maxTurns: 0 } });
    await world.run({ routing: routed });

    expect(world.events.map(({ type }) => type)).toEqual([
      ...["message_start", "command_match", "tool_match", "permission_denial", "message_delta", "message_stop"],
    ]);
    expect(world.session.runs).toEqual([]);
  });

  test("[STR-1] [STR-3] lazy: nothing is asked before the announcement is taken, and abandoned it commits nothing", async () => {
    const world = new TurnWorld({ onSubmit: (run) => run.settle() });
    const turn = world.stream({ routing: routed });
    for (let event = 0; event < 4; event += 1) await turn.next();
    await settlePromises();
    expect(world.session.runs).toHaveLength(0);

    await turn.return(undefined as never);
    await settlePromises();
    expect(world.session.runs).toHaveLength(0);
    expect(world.conversation.messages).toEqual([]);
  });

  test("[STR-3] abandoned while the engine runs it commits nothing, and the engine is told", async () => {
    const world = new TurnWorld({ capabilities: agent });
    const turn = world.stream();
    await turn.next();
    const second = turn.next();
    await settlePromises();
    world.session.lastRun.emit({ type: "permission_denied", toolName: "Bash", reason: "no" });
    expect(await second).toMatchObject({ value: { type: "permission_denial" } });

    await turn.return(undefined as never);
    world.session.lastRun.settle();
    await settlePromises();
    expect(world.conversation.messages).toEqual([]);
    expect(world.session.interrupts).toBe(1);
  });

  test("[STR-2] an agent's denials come when they happen, the last of them too", async () => {
    const denial = (toolName: string) => ({ type: "permission_denied", toolName, reason: "no" }) as const;
    const world = new TurnWorld({ capabilities: agent });
    const { results } = await world.start();
    const { lastRun } = world.session;
    lastRun.emit(denial("Bash"));
    await settlePromises();
    expect(world.events).toEqual([
      { type: "message_start", session_id: "s1", prompt: "hello" },
      { type: "permission_denial", denials: ["Bash"] },
    ]);

    lastRun.emit({ type: "text_delta", text: "thinking" });
    lastRun.emit(denial("Write"));
    lastRun.settle({ output: "done", permissionDenials: [denial("Bash"), denial("Write")] });
    await results;
    expect(world.events.slice(2)).toMatchObject([
      { type: "permission_denial", denials: ["Write"] },
      { type: "message_delta", text: "done" },
      { type: "message_stop" },
    ]);
  });
});

describe("results of an engine", () => {
  test("[TURN-4] [TURN-6] each refusal echoes the call's denials, shows the usage before, and records nothing", async () => {
    const world = new TurnWorld({ limits: { maxBudgetTokens: 3 }, onSubmit: (run) => run.settle() });
    const [first] = await world.run({ routing: routed });
    const [over] = await world.run({ routing: routed });
    world.conversation.limits = { ...world.conversation.limits, maxTurns: 1 };
    const [full] = await world.run({ routing: routed });
    const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: null };

    expect(first).toMatchObject({ stopReason: "completed", usage });
    expect(over).toMatchObject({
      stopReason: "max_budget_reached",
      output: "answer to hello",
      usage,
      permissionDenials: routed.deniedTools,
      sessionReusable: true,
    });
    expect(full).toMatchObject({
      stopReason: "max_turns_reached",
      output: "Max turns reached before processing prompt: hello",
      usage,
      permissionDenials: routed.deniedTools,
      sessionReusable: true,
    });
    expect(world.conversation.denials).toEqual(routed.deniedTools);
    expect(world.conversation.messages).toEqual(["hello"]);
  });

  test("[TURN-9] 995 words complete, 996 are refused; the 167th hello is the first refused", async () => {
    const words = (count: number) => Array(count).fill("word").join(" ");
    const outcomes: string[] = [];
    for (const prompt of [words(995), words(996)]) {
      const [result] = await new TurnWorld().run({ engine: await echo(), prompt });
      outcomes.push(result?.stopReason ?? "");
    }
    const world = new TurnWorld({ limits: { maxTurns: 500 } });
    const results = await world.run({ engine: await echo(), continuationPrompt: "hello", maxTurns: 500 });

    expect(outcomes).toEqual(["completed", "max_budget_reached"]);
    expect(results).toHaveLength(167);
    expect(results.at(-1)?.stopReason).toBe("max_budget_reached");
  });

  test("[TURN-13] an agent over its budget is not even started", async () => {
    let starts = 0;
    const world = new TurnWorld({ capabilities: agent, limits: { maxBudgetTokens: 0 } });
    const { Engine } = await import("../../src/turns/engine.ts");
    const engine = new Engine({
      isAgent: true,
      start: () => {
        starts += 1;
        return Promise.resolve(world.session);
      },
    });
    const [result] = await world.run({ engine });

    expect(result).toMatchObject({ stopReason: "max_budget_reached", output: "", sessionReusable: true });
    expect(starts).toBe(0);
  });

  test("[TURN-13] a turn that takes an agent over its budget is committed, and is the last", async () => {
    const world = new TurnWorld({
      capabilities: agent,
      limits: { maxBudgetTokens: 2 },
      onSubmit: (run) => run.settle(),
    });
    const results = await world.run({ continuationPrompt: "more" });

    expect(results).toMatchObject([{ stopReason: "max_budget_reached", output: "answer to hello" }]);
    expect(world.conversation.messages).toEqual(["hello"]);
  });

  test("[TURN-12] the agent's own word is kept, and a failure keeps its error and commits nothing", async () => {
    const { AgentError } = await import("@parlatory/agents");
    const error = new AgentError({ kind: "rate_limited", target: "agent", message: "later" });
    const ended = new TurnWorld({ onSubmit: (run) => run.settle({ agentStopReason: "end_turn" }) });
    const failed = new TurnWorld({
      capabilities: agent,
      onSubmit: (run) => run.settle({ outcome: "failed", output: "", error, isReusable: false }),
    });

    expect(await ended.run()).toMatchObject([{ stopReason: "completed", agentStopReason: "end_turn", error: null }]);
    expect(await failed.run()).toMatchObject([{ stopReason: "failed", error, sessionReusable: false, output: "" }]);
    expect(failed.conversation.messages).toEqual([]);
  });

  test("[CAN-4] [CAN-9] a cancel the engine made itself is observed; nobody stopped the run", async () => {
    const world = new TurnWorld({
      stops: {},
      onSubmit: (run) => run.settle({ outcome: "cancelled", output: "half" }),
    });

    expect(await world.run({ continuationPrompt: "more" })).toMatchObject([
      { stopReason: "cancelled", output: "half", cancelObserved: true, sessionReusable: true, lateResult: null },
    ]);
    expect(world.cancellation?.stop).toBeUndefined();
    expect(world.conversation.interruptedTurns).toBe(1);
  });
});

describe("a stop while the engine runs", () => {
  test("[CAN-2] [LOOP-6] [CAN-4] the deadline, and an engine that ignores it", async () => {
    const world = new TurnWorld({ stops: { limitMs: 1000 } });
    const { results } = await world.start({ routing: routed });
    await world.clock.advance(1099);
    expect(world.session.lastRun.request.signal?.aborted).toBe(true);
    await world.clock.advance(1);

    expect(await results).toMatchObject([
      {
        prompt: "hello",
        output: timeoutOutput,
        stopReason: "timeout",
        matchedCommands: ["review"],
        matchedTools: ["BashTool"],
        permissionDenials: [],
        usage: { inputTokens: 0, outputTokens: 0 },
        cancelObserved: false,
        sessionReusable: false,
        lateResult: null,
        durationMs: 1100,
      },
    ]);
  });

  test("[CAN-6] [FI-10] what settles in the grace period is dropped, and what settles later too", async () => {
    const world = new TurnWorld({ stops: { limitMs: 1000 } });
    const { results } = await world.start();
    await world.clock.advance(1050);
    world.session.lastRun.settle({ agentStopReason: "end_turn" });

    expect(await results).toMatchObject([
      {
        stopReason: "timeout",
        output: timeoutOutput,
        cancelObserved: true,
        sessionReusable: true,
        lateResult: "discarded",
        agentStopReason: "end_turn",
      },
    ]);
    expect(world.conversation.messages).toEqual([]);
    expect(world.conversation.usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });

    const late = new TurnWorld({ stops: { limitMs: 1000 } });
    const lateRun = await late.start();
    await late.clock.advance(1100);
    await lateRun.results;
    late.session.lastRun.settle();
    await settlePromises();
    expect(late.conversation.messages).toEqual([]);
  });

  test("[CAN-4] an acknowledgement counts, and a moment is left for the word that follows it", async () => {
    const world = new TurnWorld({ stops: { limitMs: 1000, graceMs: 5000 } });
    const { results } = await world.start();
    await world.clock.advance(1000);
    world.session.lastRun.acknowledge();
    await world.clock.advance(250);

    expect(await results).toMatchObject([{ stopReason: "timeout", cancelObserved: true, sessionReusable: true }]);
    expect(world.clock.monotonicMs()).toBe(2250);
  });

  test("[CAN-5] a coding agent must have been seen idle", async () => {
    const outcomes: boolean[] = [];
    for (const isIdle of [true, false]) {
      const world = new TurnWorld({ capabilities: agent, stops: {} });
      const { results } = await world.start();
      world.interrupt();
      world.session.isIdle = isIdle;
      world.session.lastRun.settle({ outcome: "cancelled" });
      const [result] = await results;
      expect(result).toMatchObject({ stopReason: "cancelled", cancelObserved: true });
      outcomes.push(result?.sessionReusable ?? false);
    }

    expect(outcomes).toEqual([true, false]);
  });

  test("[CAN-5] a session that the driver calls spoiled is not reusable", async () => {
    const world = new TurnWorld({ capabilities: agent, stops: {} });
    const { results } = await world.start();
    world.interrupt();
    world.session.lastRun.settle({ outcome: "cancelled", isReusable: false });

    expect(await results).toMatchObject([{ cancelObserved: true, sessionReusable: false }]);
  });

  test("[CAN-8] an interrupt: the engine's own cancel, or a synthetic one with empty output", async () => {
    const own = new TurnWorld({ stops: {} });
    const ownRun = await own.start();
    own.interrupt();
    own.session.lastRun.settle({ outcome: "cancelled", output: "so far" });
    const silent = new TurnWorld({ stops: {} });
    const silentRun = await silent.start({ routing: routed });
    silent.interrupt();
    await silent.clock.advance(100);

    expect(await ownRun.results).toMatchObject([{ stopReason: "cancelled", output: "so far", cancelObserved: true }]);
    expect(await silentRun.results).toMatchObject([
      {
        stopReason: "cancelled",
        output: "",
        matchedTools: ["BashTool"],
        usage: { inputTokens: 0, outputTokens: 0 },
        cancelObserved: false,
        sessionReusable: false,
      },
    ]);
  });

  test("[TURN-4] [CAN-6] [CAN-8] what finished in spite of an interrupt: shown by a transactional engine, dropped of an agent", async () => {
    const outputs: string[] = [];
    for (const capabilities of [{}, agent]) {
      const world = new TurnWorld({ capabilities, stops: {} });
      const { results } = await world.start();
      world.interrupt();
      world.session.lastRun.settle();
      const [result] = await results;
      expect(result).toMatchObject({ stopReason: "cancelled", lateResult: "discarded", cancelObserved: true });
      expect(world.conversation.messages).toEqual([]);
      outputs.push(result?.output ?? "");
    }

    expect(outputs).toEqual(["answer to hello", ""]);
  });

  test("[LOOP-5] a deadline that passed while nobody looked drops what came after it", async () => {
    const world = new TurnWorld({ stops: { limitMs: 1000 } });
    const { results } = await world.start();
    world.clock.jump(1001);
    world.session.lastRun.settle();

    expect(await results).toMatchObject([{ stopReason: "timeout", lateResult: "discarded", cancelObserved: true }]);
    expect(world.conversation.messages).toEqual([]);
  });

  test("[CAN-6] the generation of a run is that of its beginning, and is over with the stop", async () => {
    const world = new TurnWorld({ stops: {} });
    const { results } = await world.start();
    const { generation } = world.session.lastRun.request;
    world.interrupt();

    expect(world.conversation.generation).toBe(generation + 1);
    world.session.lastRun.settle();
    await results;
  });
});

describe("the start of an engine", () => {
  test("[LOOP-4] [LOOP-5] counts: a stop while it starts calls nothing", async () => {
    const { Engine } = await import("../../src/turns/engine.ts");
    const world = new TurnWorld({ stops: { limitMs: 1000 } });
    let wasAborted = false;
    const engine = new Engine({
      isAgent: true,
      start: (signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener("abort", () => {
            wasAborted = true;
            reject(new Error("aborted"));
          });
        }),
    });
    const { results } = await world.start({ engine });
    await world.clock.advance(1000);

    expect(await results).toMatchObject([{ stopReason: "timeout", cancelObserved: true, sessionReusable: false }]);
    expect(wasAborted).toBe(true);
  });

  test("[CAN-3] a start that does not end is given up with the grace period", async () => {
    const { Engine } = await import("../../src/turns/engine.ts");
    const world = new TurnWorld({ stops: { limitMs: 1000 } });
    const engine = new Engine({ isAgent: true, start: () => new Promise(() => undefined) });
    const { results } = await world.start({ engine });
    await world.clock.advance(1100);

    expect(await results).toMatchObject([{ stopReason: "timeout" }]);
  });

  test("[CAN-2] [CAN-3] the end: in peace when nothing stopped the run, at once when it did", async () => {
    const calm = new TurnWorld({ stops: {}, capabilities: agent, onSubmit: (run) => run.settle() });
    const busy = new TurnWorld({ stops: { limitMs: 10 }, capabilities: agent });
    const engines = { calm: engineOf(calm.session), busy: engineOf(busy.session) };
    await calm.run({ engine: engines.calm });
    const { results } = await busy.start({ engine: engines.busy });
    busy.session.isIdle = false;
    await busy.clock.advance(200);
    await results;
    if (calm.cancellation !== undefined) await engines.calm.end(calm.clock, calm.cancellation);
    if (busy.cancellation !== undefined) await engines.busy.end(busy.clock, busy.cancellation);
    expect([calm.clock.openTimers, busy.clock.openTimers]).toEqual([0, 0]);

    expect(calm.session.closes).toEqual([1000]);
    expect(busy.session.closes).toEqual([0]);
  });

  test("[CAN-3] an end that hangs is not waited for, and a stop meanwhile hurries it", async () => {
    class Hanging extends FakeSession {
      override async close(options: { readonly graceMs: number }): Promise<void> {
        await super.close(options);
        await new Promise(() => undefined);
      }
    }
    const world = new TurnWorld({ stops: {} });
    const session = new Hanging({ isolation: "worker" }, (run) => run.settle());
    const engine = engineOf(session);
    await world.run({ engine });
    let isOver = false;
    if (world.cancellation !== undefined) void engine.end(world.clock, world.cancellation).then(() => (isOver = true));
    world.interrupt();
    await settlePromises();
    expect(session.closes).toEqual([1000, 0]);

    await world.clock.advance(1120);
    expect(isOver).toBe(true);
  });
});
