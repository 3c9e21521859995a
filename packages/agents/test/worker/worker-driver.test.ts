import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AgentSession } from "../../src/session.ts";
import { createWorkerDriver } from "../../src/worker/worker-driver.ts";
import { AgentWorld, eventsOf, living, submit } from "../support/agent-world.ts";

let directory: string;
let world: AgentWorld;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parl-worker-"));
  world = new AgentWorld();
});

afterEach(async () => {
  await world.end();
  rmSync(directory, { recursive: true, force: true });
});

function driverOf(source: string) {
  const module = join(directory, "engine.mjs");
  writeFileSync(module, source);
  return createWorkerDriver(world.host(), { module });
}

const start = (source: string): Promise<AgentSession> => world.start(driverOf(source));

const whenAborted = "new Promise((resolve) => signal.addEventListener('abort', resolve))";

describe("an engine module", () => {
  test.each([
    ["by name", "export const engine = { submit: ({ prompt }) => `1 ${prompt}` };"],
    ["as the default", "export default { submit: ({ prompt }) => `1 ${prompt}` };"],
    ["itself", "export const submit = async ({ prompt }) => `1 ${prompt}`;"],
    ["with its own this", "export const engine = { n: 1, submit({ prompt }) { return `${this.n} ${prompt}`; } };"],
  ])("[TURN-1] exported %s", async (_, source) => {
    const session = await start(source);

    expect(await submit(session, "hello").result).toMatchObject({
      outcome: "completed",
      output: "1 hello",
      usage: { source: "words", inputTokens: 1, outputTokens: 2 },
      isReusable: true,
    });
    expect(session.capabilities).toMatchObject({ isolation: "worker", transactional: true });
  });

  test("[TURN-1] is given the prompt, what was routed, the generation, and a signal only where there is one", async () => {
    const session = await start(
      "export const submit = ({ signal, ...request }) => JSON.stringify({ ...request, signal: signal !== undefined });",
    );
    const denied = { toolName: "BashTool", reason: "gated" };
    const routing = { matchedCommands: ["review"], matchedTools: ["BashTool"], deniedTools: [denied] };
    const answer = async (rest: Parameters<typeof submit>[2]) =>
      JSON.parse((await submit(session, "hello", rest).result).output) as object;

    expect(await answer({ routing, generation: 7, signal: new AbortController().signal })).toEqual({
      prompt: "hello",
      matched_commands: ["review"],
      matched_tools: ["BashTool"],
      denied_tools: [{ tool_name: "BashTool", reason: "gated" }],
      generation: 7,
      signal: true,
    });
    expect(await answer({})).toMatchObject({ matched_tools: [], signal: false });
  });

  test("[TURN-1] [TURN-10] may declare itself, count, deny, and cancel", async () => {
    const session = await start(`export const transactional = false;
      export const submit = (_, { deny }) => {
        deny({ tool_name: "Bash", reason: "no" });
        return { output: "x", stop_reason: "cancelled", usage: { input_tokens: 3, output_tokens: 4 }, usage_source: "agent",
          permission_denials: [{ tool_name: "Write", reason: "never" }] };
      };`);
    const run = submit(session, "hello");

    expect(await eventsOf(run)).toEqual([
      { type: "permission_denied", toolName: "Bash", reason: "no" },
      { type: "permission_denied", toolName: "Write", reason: "never" },
      { type: "output_delta", text: "x" },
    ]);
    expect(await run.result).toMatchObject({
      outcome: "cancelled",
      agentStopReason: "cancelled",
      usage: { source: "agent", inputTokens: 3, outputTokens: 4 },
    });
    expect(session.capabilities.transactional).toBe(false);
  });

  test("[CAN-4] is told of a cancel, and may acknowledge it before it settles", async () => {
    const session = await start(`export const submit = async ({ signal }, { acknowledge }) => {
        await ${whenAborted};
        acknowledge();
        return new Promise(() => {});
      };`);
    const controller = new AbortController();
    const run = submit(session, "hello", { signal: controller.signal });
    controller.abort();
    await run.acknowledged;

    expect(session.isIdle).toBe(false);
    await session.close({ graceMs: 0 });
    expect(await run.result).toMatchObject({ outcome: "cancelled", isReusable: false });
  });

  test("[CAN-4] an interrupt reaches it too", async () => {
    const session = await start(
      `export const submit = async ({ signal }) => { await ${whenAborted}; return { output: "", stop_reason: "cancelled" }; };`,
    );
    const run = submit(session, "hello", { signal: new AbortController().signal });

    expect(await session.interrupt()).toBe(true);
    expect(await run.result).toMatchObject({ outcome: "cancelled" });
    expect(await session.interrupt()).toBe(false);
  });
});

describe("an engine module that does not behave", () => {
  test.each([
    ["process.exit(0)", "exit status 0"],
    ["new Promise(() => setImmediate(() => { throw new Error('broken'); }))", "broken"],
  ])("[FI-10] %s: failed, and nothing more can be asked", async (code, reason) => {
    const session = await start(`export const submit = () => ${code};`);
    const { outcome, error, isReusable } = await submit(session, "hello").result;

    expect({ outcome, kind: error?.kind, isReusable }).toEqual({
      outcome: "failed",
      kind: "engine_failed",
      isReusable: false,
    });
    expect(error?.message).toContain(reason);
    expect(await submit(session, "again").result).toMatchObject({ outcome: "failed" });
  });

  test.each(["42", "({ output: 1 })", "undefined"])("[FI-10] an answer of %s is a failure", async (answer) => {
    const session = await start(`export const submit = () => ${answer};`);

    expect(await submit(session, "hello").result).toMatchObject({
      outcome: "failed",
      error: { kind: "engine_failed" },
      isReusable: true,
    });
  });

  test.each([
    ["loops", "for (;;);"],
    ["blocks the thread", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
    ["waits for a program", "require('node:child_process').execSync('sleep 1000');"],
  ])("[FI-10] one that %s is ended", async (_, code) => {
    const session = await start(`import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      export const submit = () => { ${code} };`);
    const run = submit(session, "hello");
    await session.close({ graceMs: 0 });

    expect(await run.result).toMatchObject({ outcome: "cancelled", isReusable: false });
  });

  test("[FI-10] what it started is ended with it, in other sessions too", async () => {
    const forEver = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    const session = await start(`import { spawn } from "node:child_process";
      export const submit = () => {
        const child = spawn(process.execPath, ["-e", ${JSON.stringify(forEver)}], { detached: true, stdio: "ignore" });
        child.unref();
        return String(child.pid);
      };`);
    const { output } = await submit(session, "hello").result;
    expect(await living([Number(output)])).toHaveLength(1);
    await session.close({ graceMs: 0 });

    expect(await living([Number(output)])).toEqual([]);
  });

  test("[ENV-6] what it prints is told as a diagnostic, by whichever way it prints", async () => {
    const session = await start(`import { writeSync } from "node:fs";
      console.log("one");
      export const submit = () => { writeSync(1, "two\\n"); process.stdout.write("three\\n"); return "done"; };`);
    await submit(session, "hello").result;
    await session.close({ graceMs: 0 });

    expect(world.diagnostics().join("\n").split("\n").toSorted()).toEqual(["one", "three", "two"]);
  });

  test("[TURN-1] one thing at a time", async () => {
    const session = await start("export const submit = () => new Promise(() => {});");
    const first = submit(session, "hello");

    expect(await submit(session, "again").result).toMatchObject({ outcome: "failed" });
    await session.close({ graceMs: 0 });
    await first.result;
  });
});

describe("a start that fails", () => {
  test.each([
    ["nothing to submit to", "export const engine = {};"],
    ["a module that throws", "throw new Error('broken');"],
    ["a module that ends its thread", "process.exit(0);"],
  ])("[ERR-3] %s: engine_unavailable", async (_, source) => {
    await expect(start(source)).rejects.toMatchObject({ kind: "engine_unavailable" });
  });

  test("[ERR-3] one that takes too long, or is aborted, is ended before it rejects", async () => {
    const endless = "await new Promise((resolve) => setInterval(() => {}, 1000)); export const submit = () => '';";
    const late = driverOf(endless).start({ workingDirectory: directory, startTimeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ kind: "engine_unavailable" });

    const controller = new AbortController();
    const aborted = driverOf(endless).start({ workingDirectory: directory, signal: controller.signal });
    controller.abort(new Error("stopped"));
    await expect(aborted).rejects.toThrow("stopped");
  });

  test("[TURN-1] a probe tells what it can do, and leaves nothing", async () => {
    const { capabilities } = await driverOf("export const submit = () => '';").probe();

    expect(capabilities).toMatchObject({ isolation: "worker", transactional: true, canResume: false });
  });
});
