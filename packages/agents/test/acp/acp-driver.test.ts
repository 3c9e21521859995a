import { afterEach, beforeEach, expect, test } from "vitest";
import { createDriver } from "../../src/create-driver.ts";
import { AgentWorld, submit, survivors } from "../support/agent-world.ts";

let world: AgentWorld;
beforeEach(() => {
  world = new AgentWorld();
});
afterEach(async () => {
  await world.end();
});

test("[TURN-1] what an agent says of itself, corrected by what is known of it", async () => {
  const info = await world.acp().probe();
  expect(info.version).toBe("fake 1.2.3");
  expect(info.capabilities).toMatchObject({
    isolation: "process",
    canResume: true,
    canSteer: true,
    dedupesPrompts: false,
  });
  const gemini = await world.acp({ FAKE_NAME: "gemini-cli" }).probe();
  expect(gemini.capabilities).toMatchObject({ canResume: false, canSteer: true });
  expect(await survivors()).toEqual([]);
});

test("[ERR-3] engine_unavailable: no such program; not one of the protocol; another protocol version", async () => {
  const driver = await createDriver({ agent: "acp", command: ["parl-no-such-agent"] }, world.host());
  await expect(driver.probe()).rejects.toMatchObject({ kind: "engine_unavailable", target: "parl-no-such-agent" });
  await expect(world.start(world.acp({ FAKE_MODE: "exit" }))).rejects.toMatchObject({
    kind: "engine_unavailable",
    message: expect.stringContaining("exit status 2"),
  });
  await expect(world.start(world.acp({ FAKE_MODE: "future" }))).rejects.toMatchObject({
    kind: "engine_unavailable",
    message: expect.stringContaining("version 99"),
  });
  await expect(world.start(world.acp({ FAKE_MODE: "mute" }), { startTimeoutMs: 400 })).rejects.toMatchObject({
    kind: "engine_unavailable",
  });
  expect(await survivors()).toEqual([]);
});

test("[ERR-3] auth_required: with the agent's own way to sign in", async () => {
  await expect(world.start(world.acp({ FAKE_MODE: "auth" }))).rejects.toMatchObject({
    kind: "auth_required",
    hint: "sign in: run `fake login`",
  });
});

test("[TURN-2] mode and model are chosen where the agent offers them, and are engine_unsupported where not", async () => {
  const session = await world.start(world.acp(), { permissionMode: "plan", model: "large" });
  expect(await submit(session, "mode").result).toMatchObject({ output: "plan+large" });
  const unchanged = await world.start(world.acp(), { permissionMode: "default", model: "small" });
  expect(await submit(unchanged, "mode").result).toMatchObject({ output: "default" });
  for (const options of [{ permissionMode: "bypassPermissions" }, { model: "huge" }] as const) {
    await expect(world.start(world.acp(), options)).rejects.toMatchObject({ kind: "engine_unsupported" });
  }
});

test("[CMD-bootstrap-5] a session is taken up again; the history it tells is no part of a run", async () => {
  const resume = { agentSessionId: "session-1", workingDirectory: world.directory };
  const session = await world.start(world.acp(), { resume });
  expect(session.agentSessionId).toBe("session-1");
  expect(await submit(session, "hello").result).toMatchObject({ output: "You said hello" });
});

test("[CMD-bootstrap-5] session_load_failed, or a new session that is told what was before", async () => {
  const resume = { agentSessionId: "gone-1", workingDirectory: world.directory };
  await expect(world.start(world.acp(), { resume })).rejects.toMatchObject({
    kind: "session_load_failed",
    target: "gone-1",
    message: expect.stringContaining("no such session"),
  });
  // Its own word for it would erase the session, so it is not even tried.
  await expect(world.start(world.acp({ FAKE_NAME: "gemini" }), { resume })).rejects.toMatchObject({
    kind: "session_load_failed",
    message: expect.stringContaining("cannot load sessions"),
  });
  const replacing = { ...resume, onLoadFailure: "replace", seedText: "before" } as const;
  const session = await world.start(world.acp(), { resume: replacing });
  expect(world.events).toContainEqual({ type: "session_replaced", previousId: "gone-1", agentSessionId: "session-1" });
  expect(await submit(session, "now").result).toMatchObject({ output: "You said before | now" });
  expect(await submit(session, "and then").result).toMatchObject({ output: "You said and then" });
});

test("[CMD-bootstrap-5] a session in which nothing was said is not there to be taken up again", async () => {
  const session = await world.start(world.acp());
  expect(session.agentSessionId).toBeNull();
  await submit(session, "hello").result;
  expect(session.agentSessionId).toBe("session-1");
});
