import { beforeEach, describe, expect, test } from "vitest";
import { SessionLockedError } from "../../../src/sessions/run-desk.ts";
import { asker, type RunsServer, type RunsWorld } from "../../support/runs-world/runs-world.ts";
import { useRunsWorld } from "../../support/runs-world/use-runs-world.ts";

const aWorld = useRunsWorld();
let world: RunsWorld;
let server: RunsServer;
let sessionId: string;
let firstId: string;

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

beforeEach(async () => {
  world = aWorld();
  server = await world.startServer();
});

/** A session whose first prompt runs until the test ends it. */
async function aBusySession(text = "/hold first", on = server): Promise<void> {
  firstId = id(1);
  ({ sessionId } = await on.prompt(text, { promptId: firstId }));
  await world.until(() => world.main.held.has(firstId));
}

const more = (n: number, mode: string, text = `prompt ${n}`): Promise<unknown> =>
  server.prompt(text, { sessionId, promptId: id(n), mode });
const finish = (n: number) => world.main.held.get(id(n))?.finish();
const statuses = (n: number) =>
  server.told.flatMap((one) => (one.type === "status" && one.status.promptId === id(n) ? [one.status.state] : []));
const order = () => server.results().map(({ promptId, ending }) => [promptId, ending]);

describe("[PROMPT-10] on an idle session every mode just runs", () => {
  test.each(["reject", "queue", "steer", "interrupt"])("[PROMPT-10] %s", async (mode) => {
    expect(await server.prompt("x", { mode })).toMatchObject({ modeApplied: "run" });
    await world.until(() => server.results().length === 1);
  });
});

test("[PROMPT-10] [LOCK-5] reject: the holder is told, nothing is recorded; after the end it is free at once", async () => {
  await aBusySession();
  const refused = more(2, "reject");
  await expect(refused).rejects.toBeInstanceOf(SessionLockedError);
  await expect(refused).rejects.toMatchObject({ sessionId, lock: { holder: "prompt", isRunAlive: true } });
  expect(await world.store.findPrompt(id(2))).toBeUndefined();

  // Asked in the very moment in which the end is told.
  const again = Promise.withResolvers<unknown>();
  server.desk.listen({ onResult: () => again.resolve(more(2, "reject")) });
  finish(1);
  expect(await again.promise).toMatchObject({ outcome: "accepted", modeApplied: "run" });
});

test("[PROMPT-10] [PROMPT-12] queue: first in, first out, each after the outcome of the one before", async () => {
  await aBusySession();
  expect(await more(2, "queue")).toMatchObject({ modeApplied: "queue", queuePosition: 1 });
  expect(await more(3, "queue")).toMatchObject({ modeApplied: "queue", queuePosition: 2 });
  expect(server.desk.status(sessionId).queuedPrompts).toBe(2);
  finish(1);
  await world.until(() => server.results().length === 3);
  expect(world.main.ran).toEqual([id(1), id(2), id(3)]);
  const steps = server.told.flatMap((one) => {
    if (one.type === "result") return [`result ${one.result.text}`];
    return one.type === "status" && one.status.state === "running" ? [`run ${one.status.promptId.at(-1)}`] : [];
  });
  expect(steps).toEqual([
    "run 1",
    "result echo: /hold first",
    "run 2",
    "result echo: prompt 2",
    "run 3",
    "result echo: prompt 3",
  ]);
  expect(statuses(2)).toEqual(["queued", "running", "finished"]);
});

describe("steer", () => {
  test("[PROMPT-10] [PROMPT-13] goes into the running turn, whose response names it", async () => {
    await aBusySession();
    expect(await more(2, "steer", "also this")).toMatchObject({ modeApplied: "steer" });
    expect(world.main.held.get(id(1))?.steered).toEqual(["also this"]);
    await world.until(() => statuses(2).length > 0);
    expect(statuses(2)).toEqual(["steered"]);
    expect(await server.prompt("also this", { sessionId, promptId: id(2), mode: "steer" })).toMatchObject({
      outcome: "duplicate",
      state: "steered",
      modeApplied: "steer",
    });
    finish(1);
    await world.until(() => server.results().length === 1);
    expect(server.results()[0]).toMatchObject({ promptId: id(1), mergedPromptIds: [id(2)] });
    expect(await world.store.findPrompt(id(2))).toMatchObject({ state: "steered" });
    await world.until(() => server.desk.status(sessionId).state === "idle");
    expect(server.results()).toHaveLength(1);
    const waiting = await deliveries();
    expect(waiting.map(({ messageId }) => messageId)).toEqual([server.results()[0]?.messageId]);
  });

  test("[PROMPT-10] is queued when the agent cannot", async () => {
    world.can({ canSteer: false });
    await aBusySession();
    expect(await more(2, "steer")).toMatchObject({ modeApplied: "queue", queuePosition: 1 });
    finish(1);
    await world.until(() => server.results().length === 2);
    expect(order()).toEqual([
      [id(1), "success"],
      [id(2), "success"],
    ]);
  });

  test("[PROMPT-10] is queued during a compaction", async () => {
    ({ sessionId } = await server.prompt("x"));
    await world.until(() => server.results().length === 1);
    await server.desk.compact({ sessionId, instructions: "hold", asker });
    const turn = await world.until(() => [...world.main.held.values()][0]);
    expect(await more(2, "steer")).toMatchObject({ modeApplied: "queue" });
    turn.finish();
    await world.until(() => server.results().length === 2);
  });

  test("[PROMPT-7] a system prompt that comes with it is told not to be in force", async () => {
    await aBusySession();
    const steered = await server.prompt("x", { sessionId, mode: "steer", systemPrompt: "be brief" });
    expect(steered).toMatchObject({ modeApplied: "steer", systemPromptApplied: false });
  });

  test("[PROMPT-20] [PROMPT-10] its attachments are saved and named", async () => {
    await aBusySession();
    const attachments = [{ filename: "a.png", mediaType: "image/png", content: "AAAA" }];
    await server.prompt("look", { sessionId, mode: "steer", attachments });
    expect(world.main.held.get(id(1))?.steered[0]).toContain(".parlatory/resources/a.png");
  });
});

describe("interrupt", () => {
  test("[PROMPT-10] [PROMPT-13] ends the running turn aborted, and runs before those that waited", async () => {
    await aBusySession();
    await more(2, "queue");
    expect(await more(3, "interrupt")).toMatchObject({ modeApplied: "interrupt", queuePosition: 1 });
    await world.until(() => server.results().length === 3);
    expect(order()).toEqual([
      [id(1), "interrupted"],
      [id(3), "success"],
      [id(2), "success"],
    ]);
    expect(server.results()[0]).toMatchObject({
      success: false,
      error: "Interrupted",
      aborted: true,
      code: "interrupted",
    });
  });

  test("[PROMPT-10] an agent that cannot be interrupted is closed and resumed", async () => {
    world.can({ canInterrupt: false });
    await aBusySession();
    await more(2, "interrupt");
    await world.until(() => server.results().length === 2);
    expect(order()).toEqual([
      [id(1), "interrupted"],
      [id(2), "success"],
    ]);
    expect(world.main.starts[0]?.closes[0]).toBe(2_000);
    expect(world.main.starts[1]?.options.resume?.agentSessionId).toBe(sessionId);
  });

  test("[PROMPT-10] an agent that does not obey is closed after 10 s", async () => {
    await aBusySession("/stubborn");
    await more(2, "interrupt");
    await world.turn();
    await world.time.advance(9_999);
    expect(server.results()).toEqual([]);
    await world.time.advance(1);
    await world.until(() => server.results().length === 2);
    expect(order()).toEqual([
      [id(1), "interrupted"],
      [id(2), "success"],
    ]);
  });

  test("[PROMPT-11] waits for a compaction", async () => {
    ({ sessionId } = await server.prompt("x"));
    await world.until(() => server.results().length === 1);
    await server.desk.compact({ sessionId, instructions: "hold", asker });
    const turn = await world.until(() => [...world.main.held.values()][0]);
    await more(2, "queue");
    expect(await more(3, "interrupt")).toMatchObject({ queuePosition: 1 });
    await world.time.advance(60_000);
    expect(turn.isOver).toBe(false);
    turn.finish();
    await world.until(() => server.results().length === 3);
    expect(
      order()
        .map(([promptId]) => promptId)
        .slice(1),
    ).toEqual([id(3), id(2)]);
    expect(server.told).toContainEqual(
      expect.objectContaining({ type: "compaction", outcome: expect.objectContaining({ ok: true }) }),
    );
  });
});

test("[PROMPT-13] an interruption by hand ends the turn aborted; an idle session and another run take no harm", async () => {
  await aBusySession();
  await server.desk.interrupt(sessionId, id(77));
  expect(world.main.held.get(firstId)?.isOver).toBe(false);
  await server.desk.interrupt(sessionId);
  await world.until(() => server.results().length === 1);
  expect(server.results()[0]).toMatchObject({ ending: "interrupted", runId: expect.any(String) });
  await world.until(() => server.desk.status(sessionId).state === "idle");
  await server.desk.interrupt(sessionId);
});

test("[PROMPT-11] the 21st waiting prompt is refused, and not recorded", async () => {
  await aBusySession();
  for (let n = 2; n <= 21; n++) await more(n, "queue");
  await expect(more(22, "queue")).rejects.toMatchObject({ message: "Prompt queue is full", code: "queue_full" });
  await expect(more(22, "interrupt")).rejects.toMatchObject({ code: "queue_full" });
  expect(await world.store.findPrompt(id(22))).toBeUndefined();
  finish(1);
  await world.until(() => server.results().length === 21);
});

test("[PROMPT-11] beyond max_runs a prompt has its lock and waits, queued; a slot that gets free is its", async () => {
  world.crash(server);
  server = await world.startServer({ maxRuns: 1 });
  await aBusySession();
  const accepted = await server.prompt("/hold", { promptId: id(2) });
  expect(accepted).toMatchObject({ modeApplied: "run" });
  await world.until(() => statuses(2).length === 1);
  expect(statuses(2)).toEqual(["queued"]);
  expect(await world.store.findLease(accepted.sessionId)).toMatchObject({ kind: "prompt" });
  await expect(server.prompt("x", { sessionId: accepted.sessionId })).rejects.toBeInstanceOf(SessionLockedError);
  expect(await server.prompt("/hold", { promptId: id(2) })).toMatchObject({ state: "queued" });
  expect(world.main.ran).toEqual([id(1)]);
  finish(1);
  await world.until(() => world.main.held.has(id(2)));
  expect(statuses(2)).toEqual(["queued", "running"]);
});

describe("cancel", () => {
  test("[PROMPT-13] [RDLV-1] takes a waiting prompt back: response, then its status, and its place in the queue of messages", async () => {
    await aBusySession();
    await more(2, "queue");
    expect(await server.desk.cancelPrompt(id(2))).toMatchObject({ promptId: id(2), state: "cancelled" });
    expect(server.told.slice(-3).map((one) => one.type)).toEqual(["result", "status", "session"]);
    expect(server.results()[0]).toMatchObject({
      promptId: id(2),
      success: false,
      error: "Cancelled",
      code: "cancelled",
      runId: null,
    });
    expect(await deliveries()).toHaveLength(1);
    finish(1);
    await world.until(() => server.results().length === 2);
    expect(world.main.ran).toEqual([id(1)]);
  });

  test("[PROMPT-11] [PROMPT-13] also one that waits for max_runs, whose lock is free then", async () => {
    world.crash(server);
    server = await world.startServer({ maxRuns: 1 });
    await aBusySession();
    const waiting = await server.prompt("x", { promptId: id(2) });
    await world.until(() => statuses(2).length === 1);
    expect(await server.desk.cancelPrompt(id(2))).toMatchObject({ state: "cancelled" });
    expect(await world.store.findLease(waiting.sessionId)).toBeUndefined();
  });

  test.each([1, 9])("[PROMPT-13] prompt %i, which does not wait, is not cancelled", async (n) => {
    await aBusySession();
    await expect(server.desk.cancelPrompt(id(n))).rejects.toMatchObject({ message: `Prompt is not queued: ${id(n)}` });
  });
});

function deliveries() {
  const { clientSessionId } = asker;
  const bounds = { maxMessages: 1_000, maxAgeMs: 86_400_000, gapMessageId: id(999) };
  return world.store.listDeliveries({ clientSessionId, now: world.time.now(), ...bounds });
}
