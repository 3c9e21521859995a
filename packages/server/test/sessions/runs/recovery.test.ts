import { beforeEach, describe, expect, test } from "vitest";
import { asker, type RunsServer, type RunsWorld } from "../../support/runs-world/runs-world.ts";
import { useRunsWorld } from "../../support/runs-world/use-runs-world.ts";

const aWorld = useRunsWorld();
let world: RunsWorld;
let server: RunsServer;
let sessionId: string;

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const lost = {
  success: false,
  ending: "lost",
  error: "Server restarted before the prompt finished",
  code: "server_restarted",
  text: "",
};

beforeEach(async () => {
  world = aWorld();
  server = await world.startServer();
});

async function aBusySession(text = "/hold first", more = {}): Promise<void> {
  ({ sessionId } = await server.prompt(text, { promptId: id(1), ...more }));
  await world.until(() => world.main.held.has(id(1)) || world.plain.held.has(id(1)));
}

async function restart(): Promise<RunsServer> {
  world.crash(server);
  server = await world.startServer();
  return server;
}

const results = (n: number) => world.untilLater(() => server.results().length === n);

describe("what a killed server left", () => {
  test("[CRASH-1] [CRASH-3] accepted prompts run, in their order", async () => {
    await aBusySession();
    await server.prompt("two", { sessionId, promptId: id(2), mode: "queue" });
    await server.prompt("three", { sessionId, promptId: id(3), mode: "queue" });
    await restart();
    expect(server.desk.status(sessionId).queuedPrompts).toBe(2);
    await results(3);
    expect(server.results().map(({ promptId, ending }) => [promptId, ending])).toEqual([
      [id(1), "lost"],
      [id(2), "success"],
      [id(3), "success"],
    ]);
    expect(world.main.ran).toEqual([id(1), id(2), id(3)]);
    expect(world.main.overlaps).toEqual([]);
  });

  test("[CRASH-3] absent from the file: it is handed over again under its id", async () => {
    ({ sessionId } = await server.prompt("x", { promptId: id(1) }));
    // Killed after `handed` became durable, and before the agent had anything.
    await world.until(() => server.results().length === 1);
    const { sessionId: other } = await server.prompt("again", { promptId: id(2) });
    world.crash(server);
    await world.store.movePrompt({ promptId: id(2), from: ["accepted"], to: "handed" });
    world.main.ran.length = 0;
    server = await world.startServer();
    await results(1);
    expect(server.results()[0]).toMatchObject({ promptId: id(2), ending: "success", text: "echo: again" });
    expect(world.main.ran).toEqual([id(2)]);
    expect(world.files.records(other).map(({ id: record }) => record)[0]).toBe(id(2));
  });

  test("[CRASH-3] [AGENT-13] in the file with a finished turn: success, built from the file, no cost", async () => {
    await aBusySession();
    const turn = world.main.held.get(id(1));
    await restart();
    // The turn goes on without its server and ends by itself.
    await world.time.advance(1_000);
    turn?.finish("done all the same");
    await results(1);
    expect(server.results()[0]).toMatchObject({
      promptId: id(1),
      success: true,
      ending: "success",
      text: "done all the same",
      usage: { inputTokens: 3, outputTokens: 5 },
    });
    expect(server.results()[0]).not.toHaveProperty("cost");
    expect(world.time.now() - Date.UTC(2026, 0, 1)).toBeLessThan(3_000);
    expect(world.main.ran).toEqual([id(1)]);
  });

  test("[CRASH-3] in the file and unfinished: failed, and nothing is sent again", async () => {
    await aBusySession("/stubborn");
    await restart();
    await results(1);
    expect(server.results()[0]).toMatchObject({ promptId: id(1), ...lost });
    expect(world.main.ran).toEqual([id(1)]);
    expect(
      await world.store.listDeliveries({
        clientSessionId: asker.clientSessionId,
        now: world.time.now(),
        maxMessages: 9,
        maxAgeMs: 1e9,
        gapMessageId: id(9),
      }),
    ).toHaveLength(1);
  });

  test("[CRASH-3] an agent that cannot tell a repeated prompt gets none again", async () => {
    world.can({ dedupesPrompts: false });
    await restart();
    const { sessionId: other } = await server.prompt("x", { promptId: id(2) });
    world.crash(server);
    await world.store.movePrompt({ promptId: id(2), from: ["accepted"], to: "handed" });
    world.main.ran.length = 0;
    server = await world.startServer();
    await results(1);
    expect(server.results()[0]).toMatchObject({ promptId: id(2), sessionId: other, ...lost });
    expect(world.main.ran).toEqual([]);
  });

  test("[CRASH-3] an agent that is not there any more cannot be asked: failed", async () => {
    await aBusySession();
    world.main.unavailable = "it was removed";
    await restart();
    await results(1);
    expect(server.results()[0]).toMatchObject(lost);
  });

  test("[CRASH-3] a steered prompt ends with the turn that took it up", async () => {
    await aBusySession();
    await server.prompt("also", { sessionId, promptId: id(2), mode: "steer" });
    const turn = world.main.held.get(id(1));
    await restart();
    turn?.finish("both done");
    await results(1);
    expect(server.results()[0]).toMatchObject({ promptId: id(1), ending: "success" });
    expect(await world.store.findPrompt(id(2))).toMatchObject({ state: "steered" });
  });

  test("[CRASH-3] a steered prompt of a turn that was cut off has failed as that one has", async () => {
    await aBusySession("/stubborn");
    await server.prompt("also", { sessionId, promptId: id(2), mode: "steer" });
    await restart();
    await results(2);
    expect(Object.fromEntries(server.results().map(({ promptId, ending }) => [promptId, ending]))).toEqual({
      [id(1)]: "lost",
      [id(2)]: "lost",
    });
  });

  test("[CRASH-3] [HIST-1] an agent without files: what was said on the way to an answer is none", async () => {
    ({ sessionId } = await server.prompt("/hold", { promptId: id(1), agent: "plain" }));
    const turn = await world.until(() => world.plain.held.get(id(1)));
    turn.emit({ type: "message", id: id(50), role: "assistant", blocks: [{ type: "text", text: "Let me look." }] });
    await world.until(() => world.files.records(sessionId).length === 2);
    await restart();
    await results(1);
    expect(server.results()[0]).toMatchObject(lost);
  });

  test("[AGENT-13] an idle agent that outlived its server is ended, and nothing is told", async () => {
    ({ sessionId } = await server.prompt("x", { promptId: id(1) }));
    await world.until(() => server.results().length === 1);
    await restart();
    await world.until(() => world.machine.livingAgents.length === 0);
    await world.until(() => server.desk.status(sessionId).state === "idle");
    expect(server.results()).toEqual([]);
    expect(await world.store.listAgentProcesses("here")).toEqual([]);
  });

  test("[AGENT-13] agents are on record from before they are used until they are gone", async () => {
    await aBusySession();
    const [process] = world.machine.agents;
    expect(await world.store.listAgentProcesses("here")).toMatchObject([
      { pid: process?.pid, mark: process?.mark, sessionId, runId: server.desk.status(sessionId).runId },
    ]);
    await server.desk.kill({ sessionId, keepQueue: false, asker });
    await world.until(() => server.desk.status(sessionId).state === "idle");
    expect(await world.store.listAgentProcesses("here")).toEqual([]);
  });

  test("[AGENT-13] an agent that cannot be recorded is not used", async () => {
    const accepted = server.prompt("x", { promptId: id(1) });
    await accepted;
    server.outage.mode = "refusing";
    await world.time.advance(1_000);
    server.outage.mode = "up";
    await results(1);
    expect(server.results()[0]).toMatchObject({ ending: "error", code: "io_error" });
    expect(world.main.ran).toEqual([]);
    expect(world.machine.livingAgents).toEqual([]);
  });

  test("[LOCK-7] [LOCK-4] a kill does not wait for the patience of a recovery", async () => {
    await aBusySession();
    await server.prompt("two", { sessionId, promptId: id(2), mode: "queue" });
    await restart();
    await server.desk.kill({ sessionId, keepQueue: false, asker });
    expect(world.time.now()).toBe(Date.UTC(2026, 0, 1));
    expect(server.results().map(({ ending }) => ending)).toEqual(["lost", "cancelled"]);
    expect(world.machine.livingAgents).toEqual([]);
  });
});

test("[CRASH-4] modes, grants, queue and open questions are as they were", async () => {
  await aBusySession("/ask Bash");
  await world.until(() => server.desk.listPermissions().length === 1);
  const [request] = server.desk.listPermissions();
  await server.desk.answerPermission({ requestId: request!.requestId, decision: "allow", scope: "session", asker });
  await world.until(() => server.results().length === 1);
  await server.desk.setPermissionMode(sessionId, "plan", asker);
  await world.store.addGrant(sessionId, "Edit", 1);
  await restart();
  expect(server.desk.status(sessionId)).toMatchObject({ permissionMode: "plan", grantedTools: ["Edit"] });
});

describe("[CRASH-5] servers on one store", () => {
  test("[CRASH-5] [LOCK-1] a prompt for a session that another server runs waits, runs after it, and is told where it came", async () => {
    world.crash(server);
    server = await world.startServer({ isStoreShared: true });
    const second = await world.startServer({ isStoreShared: true });
    await aBusySession();
    expect(await second.prompt("two", { sessionId, promptId: id(2), mode: "queue" })).toMatchObject({
      modeApplied: "queue",
      queuePosition: 1,
    });
    await world.time.advance(3_000);
    expect(second.desk.status(sessionId).state).toBe("running");
    expect(world.main.ran).toEqual([id(1)]);
    world.main.held.get(id(1))?.finish();
    await world.untilLater(() => second.results().some(({ promptId }) => promptId === id(2)));
    expect(world.main.ran).toEqual([id(1), id(2)]);
    expect(world.main.overlaps).toEqual([]);
  });

  test("[CRASH-5] [CRASH-3] the prompts of one that died are settled by another on its machine", async () => {
    world.crash(server);
    server = await world.startServer({ isStoreShared: true });
    const second = await world.startServer({ isStoreShared: true });
    await aBusySession("/stubborn");
    world.crash(server);
    await world.untilLater(() => second.results().length === 1);
    expect(second.results()[0]).toMatchObject({ promptId: id(1), ...lost });
    expect(world.machine.livingAgents).toEqual([]);
  });

  test("[CRASH-5] [APPROVE-2] a question is asked on every server, and the first answer counts wherever it is given", async () => {
    world.crash(server);
    server = await world.startServer({ isStoreShared: true });
    const second = await world.startServer({ isStoreShared: true });
    await aBusySession("/ask Bash");
    await world.untilLater(() => second.told.some(({ type }) => type === "asked"));
    const [request] = second.desk.listPermissions();
    await second.desk.answerPermission({ requestId: request!.requestId, decision: "allow", scope: "once", asker });
    await world.untilLater(() => server.results().length === 1);
    expect(world.main.answers).toEqual([{ behavior: "allow" }]);
    expect(server.told.filter(({ type }) => type === "resolved")).toHaveLength(1);
    expect(second.told.filter(({ type }) => type === "resolved")).toHaveLength(1);
  });
});
