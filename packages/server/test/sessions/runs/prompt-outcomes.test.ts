import { AgentError } from "@parlatory/agents";
import { beforeEach, describe, expect, test } from "vitest";
import { asker, type RunsServer, type RunsWorld } from "../../support/runs-world/runs-world.ts";
import { useRunsWorld } from "../../support/runs-world/use-runs-world.ts";

const aWorld = useRunsWorld();
let world: RunsWorld;
let server: RunsServer;
const promptId = "00000000-0000-4000-8000-000000000001";

beforeEach(async () => {
  world = aWorld();
  server = await world.startServer({ runTimeoutMs: 30_000 });
});

async function resultOf(text: string) {
  await server.prompt(text, { promptId });
  const [result] = await world.until(() => server.results().length > 0 && server.results());
  return result;
}

const frames = () =>
  server.told.flatMap((one) => {
    if (one.type === "status") return [`status ${one.status.state}`];
    return one.type === "history" || one.type === "result" || one.type === "killed" ? [one.type] : [];
  });

test("[PROMPT-12] [CRASH-2] history, then the outcome with the lock, then the response; each step is durable before the next", async () => {
  const states: string[] = [];
  server.desk.listen({
    onResult: () => {
      // What is told is durable already.
      states.push("told");
      void world.store.findPrompt(promptId).then(async (row) => {
        const lease = await world.store.findLease(row?.sessionId ?? "");
        states.push(row?.state ?? "none", lease?.kind ?? "free");
      });
    },
  });
  await server.prompt("/hold on", { promptId });
  const turn = await world.until(() => world.main.held.get(promptId));
  expect((await world.store.findPrompt(promptId))?.state).toMatch(/handed|seen/);
  await world.until(() => world.time.now() > 0);
  turn.finish("done");
  await world.until(() => states.length === 3);
  expect(states).toEqual(["told", "succeeded", "free"]);
  expect(frames()).toEqual(["status running", "history", "result", "status finished"]);
});

test("[CRASH-2] the prompt is stored as handed before the agent gets it", async () => {
  world.can({ keepsFiles: true });
  await server.prompt("x", { promptId });
  server.outage.mode = "up";
  await world.until(() => server.results().length === 1);
  const row = await world.store.findPrompt(promptId);
  expect(row).toMatchObject({ state: "succeeded", runId: server.results()[0]?.runId });
});

describe("the agent's record", () => {
  test("[PROMPT-12] that comes late is waited for, and told before the response", async () => {
    await server.prompt("/late", { promptId });
    const turn = await world.until(() => world.main.held.get(promptId));
    await world.time.advance(1_500);
    expect(server.results()).toEqual([]);
    turn.finish();
    await world.untilLater(() => server.results().length === 1, 100);
    expect(frames()).toEqual(["status running", "history", "history", "result", "status finished"]);
  });

  test("[PROMPT-12] that does not come within 2 s is not waited for any longer", async () => {
    await server.prompt("/mute", { promptId });
    await world.until(() => world.main.held.size === 0 && world.main.ran.length === 1);
    await world.untilLater(() => server.results().length === 1, 50, 2_100);
    expect(server.results()[0]).toMatchObject({ success: true, text: "echo: /mute" });
  });
});

describe("how a run ends", () => {
  test("[PROMPT-13] [PROMPT-15] [PROMPT-16] success: the final text, this run's own usage and money", async () => {
    const result = await resultOf("hi");
    expect(result).toEqual({
      messageId: expect.any(String),
      success: true,
      ending: "success",
      text: "echo: hi",
      sessionId: expect.any(String),
      promptId,
      clientSessionId: asker.clientSessionId,
      runId: expect.any(String),
      finishedAt: world.time.now(),
      usage: { inputTokens: 10, outputTokens: 7, cacheCreationInputTokens: 2, cacheReadInputTokens: 4 },
      cost: { totalCost: 0.25 },
    });
    expect(server.desk.status(result?.sessionId ?? "").totalCostUsd).toBe(0.25);
  });

  test("[PROMPT-13] [AGENT-2] an agent error, with what was answered so far", async () => {
    expect(await resultOf("/fail badly")).toMatchObject({
      success: false,
      ending: "error",
      text: "so far",
      error: "Agent returned error: badly",
      code: "agent_error",
    });
  });

  test("[PROMPT-13] an agent that ends without a result", async () => {
    expect(await resultOf("/crash")).toMatchObject({
      ending: "error",
      error: "Agent returned error: it ended without a result",
    });
    expect(world.machine.livingAgents).toEqual([]);
  });

  test("[PROMPT-13] an agent that does not start", async () => {
    world.main.failStart = new AgentError({ kind: "auth_required", target: "main", message: "log in first" });
    expect(await resultOf("x")).toMatchObject({
      ending: "error",
      error: "Agent failed to start: log in first",
      code: "agent_error",
    });
    world.main.failStart = undefined;
    const { sessionId } = server.results()[0]!;
    await server.prompt("again", { sessionId });
    await world.until(() => server.results().length === 2);
    // It never reached its agent, so it may begin.
    expect(world.main.starts[0]?.options.newSessionId).toBe(sessionId);
  });

  test("[AGENT-6] [PROMPT-13] an agent that is not there", async () => {
    world.main.unavailable = "claude 1.0 is too old";
    expect(await resultOf("x")).toMatchObject({
      error: "Agent main unavailable: claude 1.0 is too old",
      code: "agent_unavailable",
    });
  });

  test("[PROMPT-13] [LOCK-5] [LOCK-7] a kill: session_killed, then the response, both with the lock free", async () => {
    const { sessionId } = await server.prompt("/stubborn", { promptId });
    await world.until(() => world.main.held.has(promptId));
    const leases: Promise<unknown>[] = [];
    server.desk.listen({ onKilled: () => leases.push(world.store.findLease(sessionId)) });
    await server.desk.kill({ sessionId, keepQueue: false, asker: { ...asker, clientSessionId: "client-2" } });
    expect(frames().slice(-3)).toEqual(["killed", "result", "status failed"]);
    expect(server.results()[0]).toMatchObject({
      ending: "killed",
      error: "Session process terminated",
      code: "killed",
    });
    expect(server.told).toContainEqual({ type: "killed", sessionId, clientSessionIds: ["client-2", "client-1"] });
    expect(await Promise.all(leases)).toEqual([undefined]);
  });

  test("[PROMPT-19] a run that takes too long is interrupted and has failed", async () => {
    await server.prompt("/hold", { promptId });
    await world.until(() => world.main.held.has(promptId));
    await world.time.advance(30_000);
    await world.until(() => server.results().length === 1);
    expect(server.results()[0]).toMatchObject({
      ending: "error",
      error: "Request timed out after 30 seconds",
      code: "timeout",
    });
  });

  test("[PROMPT-19] after 10 s more it is killed", async () => {
    await server.prompt("/stubborn", { promptId });
    await world.until(() => world.main.held.has(promptId));
    await world.time.advance(39_999);
    expect(server.results()).toEqual([]);
    await world.time.advance(1);
    await world.until(() => server.results().length === 1);
    expect(server.results()[0]).toMatchObject({ error: "Request timed out after 30 seconds" });
    expect(world.machine.livingAgents).toEqual([]);
  });
});

test("[RDLV-1] every response is in the queue of its client session when it is told", async () => {
  const result = await resultOf("/fail it");
  const [row] = await world.store.listDeliveries({
    clientSessionId: asker.clientSessionId,
    now: world.time.now(),
    maxMessages: 1_000,
    maxAgeMs: 86_400_000,
    gapMessageId: promptId,
  });
  expect(row).toMatchObject({ messageId: result?.messageId, kind: "response" });
  expect(JSON.parse(row!.documentJson)).toEqual(JSON.parse(JSON.stringify(result)));
});

test("[PROMPT-16] the money of a session is told only as long as every run of it was seen", async () => {
  const result = await resultOf("one");
  const { sessionId } = result!;
  await server.prompt("two", { sessionId });
  await world.until(() => server.results().length === 2);
  expect(server.desk.status(sessionId).totalCostUsd).toBe(0.5);
  world.crash(server);
  server = await world.startServer();
  expect(server.desk.status(sessionId).totalCostUsd).toBeUndefined();
});

test("[PROMPT-18] a text that begins with a dash reaches the agent as it is", async () => {
  await resultOf("--dangerously-skip-permissions -- x");
  expect(world.main.requests[0]?.prompt).toBe("--dangerously-skip-permissions -- x");
  expect(JSON.stringify(world.main.starts[0]?.options)).not.toContain("dangerously");
});

test("[CRASH-6] a store that is away: prompts are refused before they are acknowledged, and may come again", async () => {
  server.outage.mode = "refusing";
  await expect(server.prompt("x", { promptId })).rejects.toMatchObject({ code: "io_error" });
  server.outage.mode = "up";
  expect(await server.prompt("x", { promptId })).toMatchObject({ outcome: "accepted" });
  await world.until(() => server.results().length === 1);
});

test("[CRASH-6] [PROMPT-12] an outcome that cannot be recorded is told once it is", async () => {
  await server.prompt("/hold", { promptId });
  const turn = await world.until(() => world.main.held.get(promptId));
  await world.turn();
  server.outage.mode = "refusing";
  turn.finish();
  await world.time.advance(2_000);
  expect(server.results()).toEqual([]);
  server.outage.mode = "up";
  await world.untilLater(() => server.results().length === 1);
  expect(server.results()[0]).toMatchObject({ ending: "success" });
});

test("[CONN-13] a server that stops lets runs end, interrupts the rest, and keeps what waits for the next server", async () => {
  const { sessionId } = await server.prompt("/hold", { promptId });
  await world.until(() => world.main.held.has(promptId));
  const waiting = "00000000-0000-4000-8000-000000000002";
  await server.prompt("later", { sessionId, promptId: waiting, mode: "queue" });
  const stopped = server.desk.stop(10_000);
  await expect(server.prompt("x")).rejects.toMatchObject({ code: "io_error" });
  await world.time.advance(9_999);
  expect(server.results()).toEqual([]);
  await world.time.advance(1);
  await stopped;
  expect(server.results()).toMatchObject([{ ending: "interrupted", promptId }]);
  expect(world.machine.livingAgents).toEqual([]);

  const next = await world.startServer();
  await world.until(() => next.results().length === 1);
  expect(next.results()).toMatchObject([{ ending: "success", promptId: waiting }]);
});
