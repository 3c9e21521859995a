import { beforeEach, describe, expect, test } from "vitest";
import { cleanTitle } from "../../../src/sessions/runs/name-inference.ts";
import { asker, type RunsServer, type RunsWorld } from "../../support/runs-world/runs-world.ts";
import { useRunsWorld } from "../../support/runs-world/use-runs-world.ts";

const aWorld = useRunsWorld();
let world: RunsWorld;
let server: RunsServer;
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

beforeEach(async () => {
  world = aWorld();
  server = await world.startServer();
});

async function again(change: Parameters<RunsWorld["startServer"]>[0] = {}): Promise<void> {
  world.crash(server);
  server = await world.startServer(change);
}

/** A prompt and its result. */
async function turn(text: string, more: Parameters<RunsServer["prompt"]>[1] = {}) {
  const before = server.results().length;
  const { sessionId } = await server.prompt(text, more);
  await world.until(() => server.results().length > before);
  await world.until(() => server.desk.status(sessionId).state === "idle");
  return { sessionId, result: server.results().at(-1)! };
}

describe("which agent", () => {
  test("[AGENT-1] auto: the first of the defaults whose probe passes, else the last", async () => {
    await again({ defaultAgents: ["main", "plain"] });
    expect(await server.prompt("x")).toMatchObject({ agent: "main" });
    world.main.unavailable = "not installed";
    await again({ defaultAgents: ["main", "plain"] });
    expect(await server.prompt("x")).toMatchObject({ agent: "plain" });
    world.plain.unavailable = "not installed either";
    await again({ defaultAgents: ["main", "plain"] });
    expect(await server.prompt("x")).toMatchObject({ agent: "plain" });
  });

  test("[AGENT-1] a probe is made once, one that failed again with the next prompt", async () => {
    world.main.unavailable = "not yet";
    await turn("x");
    const failed = world.main.probes;
    world.main.unavailable = undefined;
    await turn("x");
    expect(world.main.probes).toBe(failed + 1);
    await turn("x");
    expect(world.main.probes).toBe(failed + 1);
  });

  test("[AGENT-3] the record decides: what an agent cannot do is not tried on a session", async () => {
    world.can({ permissionModes: ["default"], resume: "none" });
    await again();
    const { sessionId } = await turn("x");
    await expect(server.desk.setPermissionMode(sessionId, "plan", asker)).rejects.toThrow("Mode not allowed: plan");
    await server.desk.kill({ sessionId, keepQueue: false, asker });
    expect(world.machine.livingAgents).toEqual([]);
    await again();
    await world.untilLater(() => server.desk.status(sessionId).state === "idle");
    const starts = world.main.starts.length;
    expect((await turn("y", { sessionId })).result).toMatchObject({ error: `Session not found: ${sessionId}` });
    expect(world.main.starts).toHaveLength(starts);
  });
});

describe("the pool", () => {
  test("[AGENT-10] one process per session serves its prompts, until it has been idle for 10 minutes", async () => {
    const { sessionId } = await turn("one");
    await world.time.advance(599_000);
    await turn("two", { sessionId });
    await world.time.advance(599_999);
    expect(world.machine.livingAgents).toHaveLength(1);
    await world.time.advance(1);
    expect(world.machine.livingAgents).toEqual([]);
    await turn("three", { sessionId });
    expect(world.main.starts.map(({ options }) => options.resume?.agentSessionId)).toEqual([undefined, sessionId]);
  });

  test("[AGENT-10] one more than max_processes closes the longest idle", async () => {
    await again({ maxProcesses: 2 });
    const first = await turn("one");
    await world.time.advance(1_000);
    await turn("two");
    await world.time.advance(1_000);
    await turn("one again", { sessionId: first.sessionId });
    await turn("three");
    expect(world.main.starts.map(({ process }) => process.isAlive)).toEqual([true, false, true]);
  });

  test("[AGENT-10] with none idle the run waits for one", async () => {
    await again({ maxProcesses: 1 });
    const { sessionId } = await server.prompt("/hold", { promptId: id(1) });
    const held = await world.until(() => world.main.held.get(id(1)));
    const waiting = await server.prompt("x", { promptId: id(2) });
    await world.time.advance(5_000);
    expect(world.main.ran).toEqual([id(1)]);
    held.finish();
    await world.until(() => server.results().length === 2);
    expect(world.main.starts[0]?.process.isAlive).toBe(false);
    expect(server.desk.status(sessionId).state).toBe("idle");
    expect(server.results()[1]?.sessionId).toBe(waiting.sessionId);
  });

  test("[AGENT-10] a run that waits for a process can be interrupted", async () => {
    await again({ maxProcesses: 1 });
    await server.prompt("/hold", { promptId: id(1) });
    await world.until(() => world.main.held.has(id(1)));
    const { sessionId } = await server.prompt("x", { promptId: id(2) });
    await world.until(() => server.told.some((one) => one.type === "status" && one.status.promptId === id(2)));
    await server.desk.interrupt(sessionId);
    await world.until(() => server.results().length === 1);
    expect(server.results()[0]).toMatchObject({ promptId: id(2), ending: "interrupted" });
  });

  test("[AGENT-10] a session that somebody else wrote to is resumed afresh, so that no branch is made", async () => {
    const { sessionId } = await turn("one");
    await turn("two", { sessionId });
    expect(world.main.starts).toHaveLength(1);
    await world.time.advance(300_000);
    world.files.append(sessionId, { id: id(5), role: "assistant", text: "from a terminal", isFinal: true });
    await turn("three", { sessionId });
    expect(world.main.starts[0]).toMatchObject({ closes: [2_000], isClosed: true });
    expect(world.main.starts[1]?.options.resume?.agentSessionId).toBe(sessionId);
  });

  test("[AGENT-10] [AGENT-13] a process whose records cannot be looked at is not used again", async () => {
    const { sessionId } = await turn("one");
    server.catalog.isTailUnreadable = true;
    await server.prompt("two", { sessionId, force: true });
    await world.untilLater(() => server.results().length === 2, 100);
    expect(world.main.starts[0]?.isClosed).toBe(true);
  });
});

describe("agents without files", () => {
  test("[HIST-1] [AGENT-3] what they say becomes our log before the response: the prompt first, under its id", async () => {
    const { sessionId } = await turn("hello", { agent: "plain", promptId: id(1) });
    const records = server.catalog.appended.flatMap((one) => one.records);
    expect(records).toMatchObject([
      { uuid: id(1), parentUuid: null, type: "user", promptId: id(1), cwd: world.work, message: { content: "hello" } },
      { parentUuid: id(1), type: "assistant", message: { content: [{ type: "text", text: "echo: hello" }] } },
    ]);
    const order = server.told.map(({ type }) => type).filter((type) => type === "history" || type === "result");
    expect(order.at(-1)).toBe("result");
    expect(order).toContain("history");
    await turn("more", { sessionId, promptId: id(2) });
    const next = server.catalog.appended.flatMap((one) => one.records)[2];
    expect(next).toMatchObject({ uuid: id(2), parentUuid: records[1]?.uuid });
  });

  test("[HIST-1] a steered prompt is in the log too", async () => {
    const { sessionId } = await server.prompt("/hold", { agent: "plain", promptId: id(1) });
    const held = await world.until(() => world.plain.held.get(id(1)));
    await server.prompt("also", { sessionId, promptId: id(2), mode: "steer" });
    held.finish();
    await world.until(() => server.results().length === 1);
    expect(
      server.catalog.appended
        .flatMap((one) => one.records)
        .map(({ uuid }) => uuid)
        .slice(0, 2),
    ).toEqual([id(1), id(2)]);
  });

  test("[AGENT-14] a session that can only be replayed is primed with our log", async () => {
    world.plain.capabilities = { ...world.plain.capabilities, resume: "replayed" };
    await again();
    const { sessionId } = await turn("hello", { agent: "plain" });
    await again();
    await world.untilLater(() => server.desk.status(sessionId).state === "idle");
    await turn("more", { sessionId });
    expect(world.plain.starts.at(-1)?.options.resume).toMatchObject({
      onLoadFailure: "replace",
      seedText: expect.stringContaining("User: hello\n\nAssistant:"),
    });
  });
});

describe("the permission mode", () => {
  test("[SESS-6] is stored, in force at once, and kept over a resume", async () => {
    const { sessionId } = await turn("x");
    expect(world.main.starts[0]?.options.permissionMode).toBe("default");
    await server.desk.setPermissionMode(sessionId, "accept_edits", asker);
    expect(world.main.modes).toEqual(["acceptEdits"]);
    expect(server.desk.status(sessionId).permissionMode).toBe("accept_edits");
    await turn("y", { sessionId });
    expect(world.main.starts).toHaveLength(1);
    await again();
    await world.untilLater(() => server.desk.status(sessionId).state === "idle");
    expect(server.desk.status(sessionId).permissionMode).toBe("accept_edits");
    await turn("z", { sessionId });
    expect(world.main.starts[1]?.options.permissionMode).toBe("acceptEdits");
    expect(server.notes).toEqual([]);
  });

  test("[SESS-6] [AGENT-7] bypass needs remote.allow_bypass, and is nothing without it later", async () => {
    const { sessionId } = await turn("x");
    await expect(server.desk.setPermissionMode(sessionId, "bypass", asker)).rejects.toMatchObject({
      message: "Mode not allowed: bypass",
      code: "not_allowed",
    });
    expect(server.desk.status(sessionId).permissionMode).toBe("default");
    await again({ allowBypass: true });
    await server.desk.setPermissionMode(sessionId, "bypass", asker);
    expect(server.notes).toMatchObject([{ event: "permission_mode_changed", data: { mode: "bypass" } }]);
    await world.untilLater(() => server.desk.status(sessionId).state === "idle");
    await turn("y", { sessionId });
    expect(world.main.starts.at(-1)?.options.permissionMode).toBe("bypassPermissions");
    await again();
    await world.untilLater(() => server.desk.status(sessionId).state === "idle");
    await turn("z", { sessionId });
    expect(world.main.starts.at(-1)?.options.permissionMode).toBe("default");
  });

  test("[SESS-6] of an unknown session", async () => {
    await expect(server.desk.setPermissionMode(id(9), "plan", asker)).rejects.toThrow(`Session not found: ${id(9)}`);
  });

  test("[SESS-6] of a session that only its agent's file knows", async () => {
    world.files.append(id(9), { id: id(8), role: "assistant", text: "x", isFinal: true });
    await server.desk.setPermissionMode(id(9), "plan", asker);
    await turn("y", { sessionId: id(9) });
    expect(world.main.starts[0]?.options).toMatchObject({ permissionMode: "plan", resume: { agentSessionId: id(9) } });
  });
});

describe("names", () => {
  test("[SESS-5] an agent is asked in the scratch directory; its title is cleaned and kept", async () => {
    const { sessionId } = await turn("x");
    const asked = server.desk.inferName(sessionId, "/mute please fix the cart");
    expect(await asked).toBe("echo: Give the text below a title of at most eight words, in");
    const start = world.main.starts[1]!;
    expect(start.options).toMatchObject({ workingDirectory: `${world.folder}/scratch`, model: "large" });
    expect((await world.store.findSession(sessionId))?.name).toBe(await asked);
    expect(server.catalog.noted.get(sessionId)?.name).toBe(await asked);
    await world.until(() => !start.process.isAlive);
  });

  test("[SESS-5] an agent that fails, and one that cannot name: the text itself, cleaned", async () => {
    const { sessionId } = await turn("x", { agent: "plain" });
    expect(await server.desk.inferName(sessionId, '  "Fix the cart"\nand more ')).toBe("Fix the cart");
    expect(world.plain.starts).toHaveLength(1);
    const main = await turn("x");
    world.main.unavailable = "gone";
    await again();
    expect(await server.desk.inferName(main.sessionId, "Fix it")).toBe("Fix it");
  });

  test("[SESS-5] nothing left of a text", async () => {
    const { sessionId } = await turn("x", { agent: "plain" });
    expect(await server.desk.inferName(sessionId, ' "" ')).toBe("");
    expect(await world.store.findSession(sessionId)).not.toHaveProperty("name");
  });

  test.each([
    ["  First\nsecond", "First"],
    ["\n\n'quoted'", "quoted"],
    ["“Über alles”", "Über alles"],
    ['"one" and "two"', 'one" and "two'],
    ["😀".repeat(70), "😀".repeat(60)],
    [`"${"a".repeat(80)}"`, "a".repeat(60)],
  ])("[SESS-5] %j is cleaned", (text, title) => {
    expect(cleanTitle(text)).toBe(title);
  });
});
