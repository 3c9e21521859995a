import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDriver } from "../../src/create-driver.ts";
import { AGENT_MARK, readProcessTable } from "../../src/process/process-table.ts";
import { AgentWorld, submit, survivors } from "../support/agent-world.ts";

let world: AgentWorld;
beforeEach(() => {
  world = new AgentWorld();
});
afterEach(async () => {
  await world.end();
});

test("[TURN-1] the version and the abilities of the installed program", async () => {
  const { version, capabilities } = await world.claude().probe();
  expect(version).toBe("2.1.329");
  expect(capabilities).toMatchObject({ transactional: false, isolation: "process", dedupesPrompts: true });
});

test("[ERR-3] engine_unavailable: too old, with what to do", async () => {
  const tooOld = {
    kind: "engine_unavailable",
    message: expect.stringMatching(/is too old: expected at least 2\.1\.197; update it with `claude update`/),
  };
  await expect(world.claude({ FAKE_VERSION: "2.1.196" }).probe()).rejects.toMatchObject(tooOld);
  await expect(world.start(world.claude({ FAKE_VERSION: "1.9.999" }))).rejects.toMatchObject(tooOld);
});

test("[ERR-3] engine_unavailable: not installed, with what to do", async () => {
  const driver = await createDriver({ agent: "claude" }, { ...world.host(), environment: { PATH: world.directory } });
  await expect(driver.probe()).rejects.toMatchObject({
    kind: "engine_unavailable",
    target: "claude",
    message: expect.stringContaining("npm install -g @anthropic-ai/claude-code"),
  });
});

test("[ERR-3] engine_unavailable: another program of that name", async () => {
  const driver = world.claude({ FAKE_VERSION: "claudette" });
  await expect(driver.probe()).rejects.toMatchObject({ kind: "engine_unavailable" });
});

test("[ERR-3] invalid_working_directory", async () => {
  writeFileSync(join(world.directory, "file"), "");
  for (const name of ["gone", "file"]) {
    const workingDirectory = join(world.directory, name);
    await expect(world.start(world.claude(), { workingDirectory })).rejects.toMatchObject({
      kind: "invalid_working_directory",
      target: workingDirectory,
    });
  }
});

test("[ERR-3] engine_unsupported: a mode the agent refuses", async () => {
  await expect(world.start(world.claude({ FAKE_MODE: "root" }))).rejects.toMatchObject({
    kind: "engine_unsupported",
    target: "bypassPermissions",
  });
});

test("[ERR-3] engine_unavailable: no handshake in time, and nothing is left of it", async () => {
  const started = performance.now();
  const attempt = world.start(world.claude({ FAKE_MODE: "mute" }), { startTimeoutMs: 400 });
  await expect(attempt).rejects.toMatchObject({
    kind: "engine_unavailable",
    message: expect.stringContaining("not ready within 400 ms"),
  });
  expect(performance.now() - started).toBeLessThan(5000);
  expect(await survivors()).toEqual([]);
});

test("[CAN-2] an abort while it starts ends it, and nothing is left of it", async () => {
  const stop = new AbortController();
  const driver = world.claude({ FAKE_MODE: "mute" });
  await driver.probe();
  const attempt = world.start(driver, { signal: stop.signal });
  const failure = attempt.catch((reason: unknown) => reason);
  await expect.poll(() => survivors()).not.toEqual([]);
  const enough = new Error("enough");
  stop.abort(enough);
  expect(await failure).toBe(enough);
  expect(await survivors()).toEqual([]);
});

test("[CMD-bootstrap-5] session_load_failed: an unknown session", async () => {
  const resume = { agentSessionId: "gone-1", workingDirectory: world.directory };
  await expect(world.start(world.claude(), { resume })).rejects.toMatchObject({
    kind: "session_load_failed",
    target: "gone-1",
    retryable: false,
  });
});

test("[CMD-bootstrap-5] an unknown session can be replaced by a new one that is told what was before", async () => {
  const resume = {
    agentSessionId: "gone-1",
    workingDirectory: world.directory,
    onLoadFailure: "replace",
    seedText: "before",
  } as const;
  const session = await world.start(world.claude(), { resume });
  expect(await submit(session, "now").result).toMatchObject({ output: "You said before | now" });
  expect(session.agentSessionId).not.toBe("gone-1");
  expect(world.events).toContainEqual({
    type: "session_replaced",
    previousId: "gone-1",
    agentSessionId: session.agentSessionId,
  });
  expect(await submit(session, "and then").result).toMatchObject({ output: "You said and then" });
});

test("[CMD-bootstrap-5] a session in which nothing was said is not there to be taken up again", async () => {
  const session = await world.start(world.claude());
  expect(session.agentSessionId).toBeNull();
  await submit(session, "hello").result;
  expect(session.agentSessionId).toMatch(/^[0-9a-f-]{36}$/);
});

test("[CAN-3] what a killed process left behind is ended before the next agent starts", async () => {
  const orphan = spawn("sleep", ["60"], {
    detached: true,
    stdio: "ignore",
    env: { PATH: process.env["PATH"], [AGENT_MARK]: `4999999:1:${randomUUID()}` }, // no process has such a number
  });
  const ended = once(orphan, "exit");
  await expect
    .poll(async () => (await readProcessTable()).some(({ pid, mark }) => pid === orphan.pid && mark))
    .toBe(true);
  await world.start(world.claude());
  expect((await ended)[1]).toBe("SIGTERM");
});

test("[SES-9] session_locked: a session this driver already works on", async () => {
  const driver = world.claude();
  const resume = { agentSessionId: "mine", workingDirectory: world.directory };
  const session = await world.start(driver, { resume });
  await expect(world.start(driver, { resume })).rejects.toMatchObject({ kind: "session_locked", target: "mine" });
  await session.close({ graceMs: 1000 });
  expect((await world.start(driver, { resume })).agentSessionId).toBe("mine");
});
