import { beforeEach, describe, expect, test } from "vitest";
import { asker, type RunsServer, type RunsWorld } from "../../support/runs-world/runs-world.ts";
import { useRunsWorld } from "../../support/runs-world/use-runs-world.ts";

const aWorld = useRunsWorld();
let world: RunsWorld;
let server: RunsServer;
let sessionId: string;

beforeEach(async () => {
  world = aWorld();
  server = await world.startServer();
  // As `connect` does, before there can be a prompt.
  await world.store.openClientSession(asker.clientSessionId, world.time.now());
  ({ sessionId } = await server.prompt("begin"));
  await world.until(() => server.results().length === 1);
});

const outcomes = () => server.told.flatMap((one) => (one.type === "compaction" ? [one] : []));
const outcome = async () => (await world.until(() => outcomes()[0])).outcome;

test("[COMPACT-4] [COMPACT-5] [LOCK-5] the agent's figures are told when the lock is free; the session stays what it was", async () => {
  const leases: Promise<unknown>[] = [];
  server.desk.listen({ onCompaction: () => leases.push(world.store.findLease(sessionId)) });
  await server.desk.compact({ sessionId, instructions: "keep the plan", asker });
  expect(await outcome()).toEqual({ ok: true, preTokens: 900, postTokens: 100 });
  expect(outcomes()[0]?.clientSessionId).toBe(asker.clientSessionId);
  expect(await Promise.all(leases)).toEqual([undefined]);
  expect(world.main.starts).toHaveLength(1);
  expect(world.files.records(sessionId)[0]?.text).toBe("begin");
});

describe("which session is meant", () => {
  test("[COMPACT-1] a client session's id means its current session", async () => {
    await server.desk.compact({ sessionId: asker.clientSessionId, asker });
    expect(await outcome()).toMatchObject({ ok: true });
    expect(world.main.starts[0]?.options.newSessionId).toBe(sessionId);
  });

  test("[COMPACT-1] [CRASH-4] also after a restart", async () => {
    await world.store.openClientSession(asker.clientSessionId, world.time.now());
    await world.store.updateClientSession(asker.clientSessionId, { currentSessionId: sessionId });
    world.crash(server);
    server = await world.startServer();
    await world.untilLater(() => server.desk.status(sessionId).state === "idle");
    await server.desk.compact({ sessionId: asker.clientSessionId, asker });
    expect(await outcome()).toMatchObject({ ok: true });
  });

  test("[COMPACT-1] a session's id wins when both exist", async () => {
    const second = await server.prompt("x", { asker: { ...asker, clientSessionId: sessionId } });
    await world.until(() => server.results().length === 2);
    await server.desk.compact({ sessionId, asker });
    await outcome();
    expect(world.files.records(sessionId).some(({ text }) => text === "/compact")).toBe(true);
    expect(world.files.records(second.sessionId).some(({ text }) => text === "/compact")).toBe(false);
  });

  test.each(["00000000-0000-4000-8000-00000000dead", "nobody"])("[COMPACT-3] %s is none", async (id) => {
    await expect(server.desk.compact({ sessionId: id, asker })).rejects.toMatchObject({
      message: `Session not found: ${id}`,
      code: "not_found",
    });
  });
});

test("[COMPACT-3] an agent that cannot", async () => {
  world.can({ canCompact: false });
  world.crash(server);
  server = await world.startServer();
  await expect(server.desk.compact({ sessionId, asker })).rejects.toMatchObject({
    message: "Agent main cannot compact",
    code: "unsupported",
  });
});

describe("a failure", () => {
  test("[COMPACT-4] the mere end of the turn is no success", async () => {
    await server.desk.compact({ sessionId, instructions: "nothing", asker });
    expect(await outcome()).toEqual({ ok: false, error: "Compaction failed: echo: /compact" });
  });

  test("[COMPACT-4] it ends at the latest after an hour, and after 10 s more by force", async () => {
    await server.desk.compact({ sessionId, instructions: "hold", asker });
    await world.until(() => world.main.held.size === 1);
    await world.time.advance(3_600_000);
    expect(await outcome()).toEqual({ ok: false, error: "Compaction failed: timed out after 3600 seconds" });
  });

  test("[COMPACT-4] [LOCK-7] a kill ends it; both are told", async () => {
    await server.desk.compact({ sessionId, instructions: "hold", asker });
    await world.until(() => world.main.held.size === 1);
    await server.desk.kill({ sessionId, keepQueue: false, asker });
    expect(await outcome()).toEqual({ ok: false, error: "Compaction failed: Session process terminated" });
    expect(server.told.filter(({ type }) => type === "killed")).toHaveLength(1);
    expect(await world.store.findLease(sessionId)).toBeUndefined();
  });

  test("[COMPACT-4] an agent that is not there", async () => {
    world.crash(server);
    server = await world.startServer();
    await world.untilLater(() => server.desk.status(sessionId).state === "idle");
    world.main.unavailable = "it was removed";
    world.crash(server);
    server = await world.startServer();
    await server.desk.compact({ sessionId, asker });
    expect(await outcome()).toEqual({ ok: false, error: "Compaction failed: it was removed" });
  });

  test("[CRASH-6] a store that is away refuses it", async () => {
    server.outage.mode = "refusing";
    await expect(server.desk.compact({ sessionId, asker })).rejects.toMatchObject({ code: "io_error" });
  });
});

test("[COMPACT-4] [CRASH-3] a compaction whose server died leaves a free session", async () => {
  await server.desk.compact({ sessionId, instructions: "hold", asker });
  await world.until(() => world.main.held.size === 1);
  world.crash(server);
  server = await world.startServer();
  await world.untilLater(() => server.desk.status(sessionId).state === "idle");
  expect(await server.prompt("x", { sessionId })).toMatchObject({ modeApplied: "run" });
});
