import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentSession } from "../../src/session.ts";
import { AgentWorld, firstOf, living, submit, survivors } from "../support/agent-world.ts";

let world: AgentWorld;
let session: AgentSession;
beforeEach(async () => {
  world = new AgentWorld();
  session = await world.start(world.claude());
});
afterEach(async () => {
  await world.end();
});

test("[CAN-2] [CAN-4] [CAN-5] an agent that stalls acknowledges the signal, is idle, and takes the next prompt", async () => {
  const stop = new AbortController();
  const run = submit(session, "stall", { signal: stop.signal });
  expect(session.isIdle).toBe(true); // nothing came back yet
  stop.abort();
  await run.acknowledged;
  expect(await run.result).toMatchObject({
    outcome: "cancelled",
    agentStopReason: "aborted_streaming",
    output: "",
    isIdle: true,
    isReusable: true,
  });
  expect(await submit(session, "hello").result).toMatchObject({ output: "You said hello" });
});

test("[TURN-7] a signal that is set already does not reach the agent, and the session goes on", async () => {
  expect(await submit(session, "crash", { signal: AbortSignal.abort() }).result).toMatchObject({
    outcome: "cancelled",
    isIdle: true,
    isReusable: true,
  });
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed" });
});

test("[CAN-6] an agent that finishes in spite of the signal says so under the old generation", async () => {
  const stop = new AbortController();
  const run = submit(session, "late", { signal: stop.signal, generation: 41 });
  stop.abort();
  expect(await run.result).toMatchObject({ generation: 41, outcome: "completed", output: "finished in spite of it" });
});

test("[CAN-2] interrupt stops a turn; there is nothing to interrupt when none runs", async () => {
  expect(await session.interrupt()).toBe(false);
  const run = submit(session, "stall");
  expect(await session.interrupt()).toBe(true);
  expect(await run.result).toMatchObject({ outcome: "cancelled" });
});

test.each(["ignore", "block"])(
  "[CAN-3] an agent that does not react (%s) is gone within the grace period",
  async (prompt) => {
    const stop = new AbortController();
    const run = submit(session, prompt, { signal: stop.signal });
    stop.abort();
    const started = performance.now();
    await session.close({ graceMs: 100 });
    // The contract allows 250 ms over the grace period; the rest is for a busy machine.
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await run.result).toMatchObject({ outcome: "cancelled", isIdle: false, isReusable: false });
    expect(await survivors()).toEqual([]);
  },
);

test("[CAN-3] a second, impatient close does not wait for the first", async () => {
  void submit(session, "ignore");
  const started = performance.now();
  const patient = session.close({ graceMs: 60_000 });
  await session.close({ graceMs: 0 });
  await patient;
  expect(performance.now() - started).toBeLessThan(5000);
});

test("[CAN-3] what the agent started in other sessions, and without its environment, ends with it", async () => {
  const { output } = await submit(session, "offspring").result;
  const pids = output.split(" ").map(Number);
  expect(await living(pids)).toHaveLength(2);
  await session.close({ graceMs: 100 });
  expect(await living(pids)).toEqual([]);
});

test("[CAN-3] what a crashed agent leaves behind is ended too, as far as it carries the mark", async () => {
  const run = submit(session, "crash-offspring");
  const { text } = await firstOf(run, "text_delta");
  const [marked = 0, unmarked = 0] = text.split(" ").map(Number);
  expect(await run.result).toMatchObject({ outcome: "failed", error: { kind: "engine_failed" } });
  await session.ended;
  expect(await living([marked])).toEqual([]);
  // Its parent is gone and it has no mark: nothing tells whose it was. The test started it, so the test ends it.
  for (const pid of await living([unmarked])) process.kill(pid, "SIGKILL");
});
