import { beforeEach, describe, expect, test } from "vitest";
import type { LeaseRow } from "../../../src/store/remote-store.ts";
import { asker, type RunsServer, type RunsWorld } from "../../support/runs-world/runs-world.ts";
import { useRunsWorld } from "../../support/runs-world/use-runs-world.ts";

const aWorld = useRunsWorld();
let world: RunsWorld;
let server: RunsServer;
let sessionId: string;

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

beforeEach(async () => {
  world = aWorld();
  server = await world.startServer();
});

async function aBusySession(text = "/hold first"): Promise<void> {
  ({ sessionId } = await server.prompt(text, { promptId: id(1) }));
  await world.until(() => world.main.held.has(id(1)));
}

const theLease = () => world.store.findLease(sessionId);

describe("the lease", () => {
  test("[LOCK-1] [LOCK-2] is taken before the agent has the prompt, names its owner, and lasts 15 s", async () => {
    await aBusySession();
    const { pid } = world.machine.servers.get(server.serverId)!;
    const start = Date.UTC(2026, 0, 1);
    expect(await theLease()).toEqual({
      sessionId,
      runId: server.desk.status(sessionId).runId,
      kind: "prompt",
      serverId: server.serverId,
      pid,
      pidStartedAt: String(pid),
      host: "here",
      takenAt: start,
      expiresAt: start + 15_000,
    });
  });

  test("[LOCK-2] is renewed every 5 s as long as the run goes on, and not after it", async () => {
    await aBusySession();
    await world.time.advance(60_000);
    expect((await theLease())?.expiresAt).toBe(world.time.now() + 15_000);
    expect(server.results()).toEqual([]);
    world.main.held.get(id(1))?.finish();
    await world.until(() => server.results().length === 1);
    expect(await theLease()).toBeUndefined();
    await world.time.advance(60_000);
    expect(await theLease()).toBeUndefined();
  });

  test("[LOCK-1] different sessions do not wait for each other", async () => {
    await aBusySession();
    await server.prompt("x");
    await world.until(() => server.results().length === 1);
    expect(world.main.held.get(id(1))?.isOver).toBe(false);
  });

  test("[LOCK-2] the end of an old run, or its kill, does not free a newer one", async () => {
    await aBusySession();
    const { runId } = server.desk.status(sessionId);
    await server.desk.interrupt(sessionId);
    await world.until(() => server.results().length === 1);
    await server.prompt("/hold", { sessionId, promptId: id(2) });
    await world.until(() => world.main.held.has(id(2)));
    await server.desk.kill({ sessionId, runId, keepQueue: false, asker });
    expect(await server.desk.unlock({ sessionId, runId, force: true, asker })).toEqual({ wasLocked: false });
    expect(world.main.held.get(id(2))?.isOver).toBe(false);
    expect(await world.store.releaseLease(sessionId, runId!)).toBe(false);
    expect((await theLease())?.runId).toBe(server.desk.status(sessionId).runId);
  });
});

describe("a lease that cannot be kept", () => {
  test("[LOCK-3] the store is away: the agent is gone before the lease can expire, and the run has failed", async () => {
    await aBusySession("/stubborn");
    server.outage.mode = "refusing";
    await world.time.advance(10_999);
    expect(world.machine.livingAgents).toHaveLength(1);
    await world.time.advance(1);
    expect(world.machine.livingAgents).toEqual([]);
    expect((await theLease())!.expiresAt).toBeGreaterThan(world.time.now());
    server.outage.mode = "up";
    await world.untilLater(() => server.results().length === 1);
    expect(server.results()[0]).toMatchObject({
      ending: "error",
      code: "io_error",
      error: "Agent returned error: the server could not keep the session's lock",
    });
    expect(await theLease()).toBeUndefined();
    world.errors.length = 0;
  });

  test("[LOCK-3] the machine slept: the agent is killed on waking, and the run has failed", async () => {
    await aBusySession("/stubborn");
    await world.time.leap(3_600_000);
    await world.until(() => server.results().length === 1);
    expect(world.main.starts[0]?.closes[0]).toBe(0);
    expect(server.results()[0]).toMatchObject({ ending: "error", code: "io_error" });
    world.errors.length = 0;
  });

  test("[LOCK-3] another server has taken it over: what it decided stands, and is told here too", async () => {
    world.can({ dedupesPrompts: false });
    world.crash(server);
    server = await world.startServer({ isStoreShared: true });
    await aBusySession("/stubborn");
    const lease = (await theLease())!;
    server.outage.mode = "refusing";
    await world.time.advance(16_000);
    const second = await world.startServer({ isStoreShared: true });
    await world.untilLater(() => second.results().length === 1);
    server.outage.mode = "up";
    await world.untilLater(() => server.results().length === 1);
    expect(server.results()).toEqual(second.results());
    expect(second.results()[0]).toMatchObject({ ending: "lost", runId: lease.runId });
    world.errors.length = 0;
  });
});

describe("a lease of a server that is gone", () => {
  test("[LOCK-4] [AGENT-13] its session is recovering until the old agent is dead, then free before the lease expired", async () => {
    await aBusySession();
    world.crash(server);
    const next = await world.startServer();
    expect(next.desk.status(sessionId).state).toBe("recovering");
    await expect(next.prompt("x", { sessionId })).rejects.toMatchObject({ lock: { holder: "recovery" } });
    await world.time.advance(9_000);
    expect(world.machine.livingAgents).toHaveLength(1);
    expect((await theLease())?.serverId).toBe(server.serverId);
    await world.untilLater(() => next.results().length === 1);
    expect(world.machine.agents[0]).toMatchObject({ isAlive: false, endedWithin: 2_000 });
    expect(world.time.now() - Date.UTC(2026, 0, 1)).toBeLessThan(15_000);
    expect(await theLease()).toBeUndefined();
  });

  test("[LOCK-4] one that runs on keeps its lease", async () => {
    await aBusySession();
    const second = await world.startServer({ isStoreShared: true });
    await expect(second.prompt("x", { sessionId })).rejects.toMatchObject({
      lock: { holder: "prompt", isRunAlive: true, runId: server.desk.status(sessionId).runId },
    });
    expect(world.main.held.get(id(1))?.isOver).toBe(false);
  });

  test("[LOCK-4] [AGENT-13] one of another machine waits until no agent of it is on record", async () => {
    const second = await world.startServer({ host: "there", isStoreShared: true });
    await aBusySession();
    world.crash(server);
    await world.time.advance(16_000);
    await expect(second.prompt("x", { sessionId, agent: "main" })).rejects.toMatchObject({
      lock: { holder: "recovery" },
    });
    const [row] = await world.store.listAgentProcesses("here");
    await world.store.removeAgentProcess(row!.host, row!.pid, row!.pidStartedAt);
    await world.untilLater(() => second.desk.status(sessionId).state === "idle");
    expect(await second.prompt("x", { sessionId })).toMatchObject({ outcome: "accepted" });
  });
});

describe("compaction", () => {
  test("[LOCK-6] [COMPACT-3] prompt and compaction exclude each other both ways", async () => {
    await aBusySession();
    await expect(server.desk.compact({ sessionId, asker })).rejects.toMatchObject({ lock: { holder: "prompt" } });
    world.main.held.get(id(1))?.finish();
    await world.until(() => server.results().length === 1);
    await server.desk.compact({ sessionId, instructions: "hold", asker });
    expect((await theLease())?.kind).toBe("compaction");
    expect(server.desk.status(sessionId).state).toBe("compacting");
    await expect(server.prompt("x", { sessionId })).rejects.toMatchObject({ lock: { holder: "compaction" } });
  });
});

describe("kill", () => {
  test("[LOCK-7] SIGTERM, 2 s, SIGKILL for the whole tree; what waits is cancelled, after the kill is told", async () => {
    await aBusySession("/stubborn");
    await server.prompt("x", { sessionId, promptId: id(2), mode: "queue" });
    await server.desk.kill({ sessionId, keepQueue: false, asker });
    expect(world.main.starts[0]?.closes[0]).toBe(2_000);
    const told = server.told.flatMap((one) => {
      if (one.type === "result") return [`${one.result.promptId.at(-1)} ${one.result.ending}`];
      return one.type === "killed" ? ["killed"] : [];
    });
    expect(told).toEqual(["killed", "1 killed", "2 cancelled"]);
    await world.until(() => server.desk.status(sessionId).state === "idle");
    expect(world.main.ran).toEqual([id(1)]);
    expect(server.notes).toContainEqual(expect.objectContaining({ event: "session_killed", actor: "device:dev-1" }));
  });

  test("[LOCK-7] keep_queue: what waits runs", async () => {
    await aBusySession();
    await server.prompt("x", { sessionId, promptId: id(2), mode: "queue" });
    await server.desk.kill({ sessionId, keepQueue: true, asker });
    await world.until(() => server.results().length === 2);
    expect(server.results().map(({ ending }) => ending)).toEqual(["killed", "success"]);
  });

  test("[LOCK-7] an unknown or idle session, or another run: the same answer, nothing killed", async () => {
    await server.desk.kill({ sessionId: id(9), keepQueue: false, asker });
    expect(server.told).toEqual([{ type: "killed", sessionId: id(9), clientSessionIds: ["client-1"] }]);
    await aBusySession();
    await server.desk.kill({ sessionId, runId: id(8), keepQueue: false, asker });
    expect(server.told.at(-1)).toMatchObject({ type: "killed", sessionId });
    expect(world.main.held.get(id(1))?.isOver).toBe(false);
  });

  test("[LOCK-7] a run of another server cannot be killed here, and that is said", async () => {
    await aBusySession();
    const second = await world.startServer({ isStoreShared: true });
    await expect(second.desk.kill({ sessionId, keepQueue: false, asker })).rejects.toThrow(
      "Failed to kill session: its run is of another server",
    );
  });

  test("[LOCK-7] a run that waits for its turn, and one whose agent starts, can be killed", async () => {
    world.crash(server);
    server = await world.startServer({ maxRuns: 1 });
    await aBusySession();
    const other = await server.prompt("x", { promptId: id(2) });
    await server.desk.kill({ sessionId: other.sessionId, keepQueue: false, asker });
    expect(server.results()).toMatchObject([{ promptId: id(2), ending: "killed" }]);
    expect(world.main.ran).toEqual([id(1)]);
  });
});

describe("unlock", () => {
  test("[LOCK-8] no lease", async () => {
    expect(await server.desk.unlock({ sessionId: id(9), force: false, asker })).toEqual({ wasLocked: false });
    expect(server.notes).toMatchObject([{ event: "session_unlocked", data: { outcome: "was_not_locked" } }]);
  });

  test("[LOCK-8] a live run is not unlocked, unless by force, which kills it first", async () => {
    await aBusySession();
    const request = { sessionId, asker };
    await expect(server.desk.unlock({ ...request, force: false })).rejects.toMatchObject({
      lock: { holder: "prompt", isRunAlive: true },
    });
    const { runId } = server.desk.status(sessionId);
    expect(await server.desk.unlock({ ...request, force: true })).toEqual({ wasLocked: true, killedRunId: runId });
    expect(server.results()[0]).toMatchObject({ ending: "killed" });
    expect(world.machine.livingAgents).toEqual([]);
    expect(server.notes.map(({ event, data }) => [event, data["outcome"]])).toEqual([
      ["session_unlocked", "refused"],
      ["session_unlocked", "unlocked"],
    ]);
  });

  test("[LOCK-8] a lease whose owner and agent are gone is released", async () => {
    await aBusySession();
    const lease: LeaseRow = { ...(await theLease())!, sessionId: id(9), runId: id(8), serverId: "gone", pid: 1 };
    await world.store.takeLease(lease, world.time.now());
    expect(await server.desk.unlock({ sessionId: id(9), force: false, asker })).toEqual({ wasLocked: true });
    expect(await world.store.findLease(id(9))).toBeUndefined();
  });

  test("[LOCK-8] not even force takes a lease from the living agent of another server", async () => {
    await aBusySession();
    const second = await world.startServer({ isStoreShared: true });
    await expect(second.desk.unlock({ sessionId, force: true, asker })).rejects.toMatchObject({
      lock: { isRunAlive: true },
    });
    expect(await theLease()).toMatchObject({ serverId: server.serverId });
  });
});

describe("driven elsewhere", () => {
  const foreign = (isFinal: boolean) =>
    world.files.append(sessionId, { id: crypto.randomUUID(), role: "user", text: "from a terminal", isFinal });

  beforeEach(async () => {
    ({ sessionId } = await server.prompt("x"));
    await world.until(() => server.results().length === 1);
    await world.time.advance(5_000);
  });

  test("[LOCK-9] an unfinished turn of somebody else is told, refuses a reject prompt and a compaction; force runs anyway", async () => {
    foreign(false);
    await server.catalog.refresh(sessionId);
    await world.until(() => server.desk.status(sessionId).isBusyElsewhere);
    await expect(server.prompt("x", { sessionId })).rejects.toMatchObject({ lock: { holder: "elsewhere" } });
    await expect(server.desk.compact({ sessionId, asker })).rejects.toMatchObject({ lock: { holder: "elsewhere" } });
    expect(await server.prompt("x", { sessionId, force: true })).toMatchObject({ modeApplied: "run" });
    await world.until(() => server.results().length === 2);
  });

  test("[LOCK-9] force runs before what waits for it to clear, which waits on", async () => {
    foreign(false);
    expect(await server.prompt("after", { sessionId, mode: "queue", promptId: id(2) })).toMatchObject({
      queuePosition: 1,
    });
    expect(await server.prompt("now", { sessionId, force: true, promptId: id(3) })).toMatchObject({
      modeApplied: "run",
    });
    await world.until(() => server.results().length === 2);
    expect(server.results()[1]).toMatchObject({ promptId: id(3), ending: "success" });
    foreign(true);
    await world.untilLater(() => server.results().length === 3);
    expect(server.results()[2]).toMatchObject({ promptId: id(2), ending: "success" });
  });

  test("[LOCK-9] it is seen without being told of: the file decides", async () => {
    foreign(false);
    await expect(server.prompt("x", { sessionId })).rejects.toMatchObject({ lock: { holder: "elsewhere" } });
  });

  test.each(["queue", "steer", "interrupt"])("[LOCK-9] a prompt in mode %s waits for it to clear", async (mode) => {
    foreign(false);
    expect(await server.prompt("after", { sessionId, mode, promptId: id(2) })).toMatchObject({ modeApplied: "queue" });
    await world.time.advance(60_000);
    expect(server.results()).toHaveLength(1);
    foreign(true);
    await world.untilLater(() => server.results().length === 2);
    expect(server.results()[1]).toMatchObject({ promptId: id(2), ending: "success" });
  });

  test("[LOCK-9] 120 s without growth clear it", async () => {
    foreign(false);
    await server.catalog.refresh(sessionId);
    await world.until(() => server.desk.status(sessionId).isBusyElsewhere);
    await world.time.advance(119_999);
    expect(server.desk.status(sessionId).isBusyElsewhere).toBe(true);
    await world.time.advance(1);
    await world.until(() => !server.desk.status(sessionId).isBusyElsewhere);
    expect(await server.prompt("x", { sessionId })).toMatchObject({ modeApplied: "run" });
  });

  test("[LOCK-9] what our own interrupted run left is not somebody else's", async () => {
    await server.prompt("/hold", { sessionId, promptId: id(2) });
    await world.until(() => world.main.held.has(id(2)));
    await server.desk.interrupt(sessionId);
    await world.until(() => server.results().length === 2);
    // The agent's last words come a moment after its result.
    await world.time.advance(50);
    foreign(false);
    expect(await server.prompt("x", { sessionId })).toMatchObject({ modeApplied: "run" });
  });
});
