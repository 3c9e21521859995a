import { describe, expect, test } from "vitest";
import { settlePromises } from "./support/fake-clock.ts";
import { routed, TurnWorld } from "./support/turn-world.ts";

const answering = (rest: ConstructorParameters<typeof TurnWorld>[0] = {}) =>
  new TurnWorld({ onSubmit: (run) => run.settle(), ...rest });

const promptsOf = ({ session }: TurnWorld) => session.runs.map(({ request }) => request.prompt);

describe("turns", () => {
  test("[LOOP-2] without a continuation there is one call, however many turns are allowed", async () => {
    const world = answering();

    expect(await world.run({ maxTurns: 5 })).toHaveLength(1);
    expect(promptsOf(world)).toEqual(["hello"]);
  });

  test("[LOOP-2] with a continuation every later turn has it verbatim, the empty one too", async () => {
    for (const continuationPrompt of ["go on", ""]) {
      const world = answering();
      await world.run({ continuationPrompt });
      expect(promptsOf(world)).toEqual(["hello", continuationPrompt, continuationPrompt]);
    }
  });

  test("[LOOP-1] [TURN-1] every turn has the same matches and denials", async () => {
    const world = answering();
    const results = await world.run({ continuationPrompt: "go on", routing: routed });

    expect(world.session.runs.map(({ request }) => request.routing)).toEqual([routed, routed, routed]);
    expect(results.map(({ permissionDenials }) => permissionDenials)).toEqual(Array(3).fill(routed.deniedTools));
  });

  test("[LOOP-3] stops after the limit, at any other reason, and runs nothing for 0", async () => {
    const world = answering({ limits: { maxTurns: 1 } });
    const results = await world.run({ continuationPrompt: "go on" });
    const none = answering();

    expect(results.map(({ stopReason }) => stopReason)).toEqual(["completed", "max_turns_reached"]);
    expect(await none.run({ maxTurns: 0 })).toEqual([]);
    expect(promptsOf(none)).toEqual([]);
  });

  test("[LOOP-8] without limit and interrupt only the engine's own reasons occur", async () => {
    const reasons = new Set<string>();
    for (const outcome of ["completed", "cancelled", "failed"] as const) {
      for (const limits of [{}, { maxTurns: 1 }, { maxBudgetTokens: 1 }]) {
        const world = new TurnWorld({ limits, onSubmit: (run) => run.settle({ outcome }) });
        for (const { stopReason } of await world.run({ continuationPrompt: "go on" })) reasons.add(stopReason);
      }
    }

    expect([...reasons].toSorted()).toEqual([
      ...["cancelled", "completed", "failed", "max_budget_reached", "max_turns_reached"],
    ]);
  });
});

describe("deadline and signal", () => {
  test("[LOOP-4] the engine has a signal if and only if something can stop the run, the same in every turn", async () => {
    const stoppable = answering({ stops: {} });
    const free = answering();
    await stoppable.run({ continuationPrompt: "go on" });
    await free.run();
    const signals = stoppable.session.runs.map(({ request }) => request.signal);

    expect(new Set(signals)).toEqual(new Set([stoppable.cancellation?.signal]));
    expect(signals).toHaveLength(3);
    expect(free.session.runs.map(({ request }) => request.signal)).toEqual([undefined]);
  });

  test.each([0, -1])(
    "[LOOP-5] [FI-13] a limit of %s ms: one synthetic result, and the engine is not called",
    async (limitMs) => {
      const world = answering({ stops: { limitMs } });

      expect(await world.run({ continuationPrompt: "go on", routing: routed })).toMatchObject([
        { stopReason: "timeout", cancelObserved: true, sessionReusable: true, matchedCommands: ["review"] },
      ]);
      expect(world.session.runs).toEqual([]);
      expect(world.cancellation?.signal.aborted).toBe(true);
    },
  );

  test("[LOOP-4] [LOOP-5] one deadline for all turns: a timed-out run has one timeout, the last", async () => {
    const world = new TurnWorld({ stops: { limitMs: 1000 } });
    const { results } = await world.start({ continuationPrompt: "go on", maxTurns: 9 });
    await world.clock.advance(600);
    world.session.lastRun.settle();
    await settlePromises();
    await world.clock.advance(600);

    expect((await results).map(({ stopReason, prompt }) => [stopReason, prompt])).toEqual([
      ["completed", "hello"],
      ["timeout", "go on"],
    ]);
    expect(world.conversation.messages).toEqual(["hello"]);
    expect(world.conversation.interruptedTurns).toBe(1);
  });

  test("[CAN-8] an interrupt between two turns: the next is cancelled without a call", async () => {
    const world = answering({ stops: {} });
    const turns = world.streamLoop({ continuationPrompt: "go on" });
    for (let event = 0; event < 3; event += 1) await turns.next();
    world.interrupt();
    let step = await turns.next();
    while (step.done !== true) step = await turns.next();

    expect(step.value).toMatchObject([
      { stopReason: "completed" },
      { stopReason: "cancelled", output: "", cancelObserved: true, sessionReusable: true },
    ]);
    expect(promptsOf(world)).toEqual(["hello"]);
  });

  test("[CAN-8] [TURN-7] a signal after the last commit changes nothing", async () => {
    const world = answering({ stops: {} });
    const results = await world.run();
    world.interrupt();

    expect(results).toMatchObject([{ stopReason: "completed", cancelObserved: false }]);
    expect(world.conversation.messages).toEqual(["hello"]);
  });
});

describe("the sequence", () => {
  test("[STR-1] [STR-4] numbers the turns from 1, and waits for its reader between them", async () => {
    const world = answering();
    const turns = world.streamLoop({ continuationPrompt: "go on", maxTurns: 2 });
    const numbers: number[] = [];
    for (let event = 0; event < 3; event += 1) {
      const step = await turns.next();
      if (step.done !== true) numbers.push(step.value.turnNumber);
    }
    await settlePromises();
    expect(promptsOf(world)).toEqual(["hello"]);

    for (let step = await turns.next(); step.done !== true; step = await turns.next()) {
      numbers.push(step.value.turnNumber);
    }
    expect(numbers).toEqual([1, 1, 1, 2, 2, 2]);
  });

  test("[STR-3] a reader that fails ends it, and nothing more is asked", async () => {
    const world = new TurnWorld();
    const { runTurns } = await import("../../src/turns/turn-loop.ts");
    const plan = {
      conversation: world.conversation,
      engine: (await import("./support/fake-engine.ts")).engineOf(world.session),
      prompt: "hello",
      routing: routed,
      maxTurns: 1,
      clock: world.clock,
      newMessageId: () => "id",
    };

    await expect(runTurns(plan, () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
    expect(world.session.runs).toEqual([]);
  });
});
