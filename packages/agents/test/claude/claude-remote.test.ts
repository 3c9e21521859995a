// What the remote asks of the `claude` driver, beyond what the harness does.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StartedProcess } from "../../src/driver.ts";
import { isOrphanMark } from "../../src/process/agent-mark.ts";
import { endProcessTree } from "../../src/process/end-process-tree.ts";
import { AGENT_MARK, readProcessTable } from "../../src/process/process-table.ts";
import { readProcessStart } from "../../src/process/process-start.ts";
import type { AgentSession } from "../../src/session.ts";
import { AgentWorld, eventsOf, firstOf, living, submit, survivors } from "../support/agent-world.ts";

let world: AgentWorld;
beforeEach(() => {
  world = new AgentWorld();
});
afterEach(async () => {
  await world.end();
});

const argumentsOf = async (session: AgentSession) =>
  JSON.parse((await submit(session, "arguments").result).output) as string[];

test("[AGENT-4] [PROMPT-18] one long-lived process, each value attached to its flag, and no prompt on its command line", async () => {
  const newSessionId = randomUUID();
  const session = await world.start(world.claude(), {
    newSessionId,
    systemPrompt: "--be brief",
    model: "-m",
    permissionMode: "plan",
  });
  const given = await argumentsOf(session);
  expect(given).toEqual([
    "-p",
    ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
    ...["--replay-user-messages", "--include-partial-messages", "--permission-prompt-tool", "stdio"],
    `--session-id=${newSessionId}`,
    "--permission-mode=plan",
    "--model=-m",
    "--append-system-prompt=--be brief",
  ]);
  expect(session.agentSessionId).toBe(newSessionId);
  expect(await submit(session, "--help").result).toMatchObject({ output: "You said --help" });
  expect(await argumentsOf(session)).toEqual(given);
});

test("[AGENT-11] [AGENT-6] a system prompt counts on a resumed session, by a flag that is used where it is listed only", async () => {
  const resume = { agentSessionId: randomUUID(), workingDirectory: world.directory };
  const flags = async (environment: Record<string, string>, systemPrompt?: string) => {
    const given = await argumentsOf(await world.start(world.claude(environment), { resume, systemPrompt }));
    return given.filter((flag) => flag.includes("system-prompt"));
  };
  expect(await flags({}, "new words")).toEqual(["--append-system-prompt=new words", "--system-prompt-snapshot=off"]);
  expect(await flags({ FAKE_MODE: "old" }, "new words")).toEqual(["--append-system-prompt=new words"]);
  expect(await flags({})).toEqual([]);
});

test("[AGENT-5] the prompt's id is the message's, and the agent's word that it has it is told once", async () => {
  const session = await world.start(world.claude());
  const [messageUuid, steered] = [randomUUID(), randomUUID()];
  const run = submit(session, "stall", { messageUuid });
  await session.steer({ text: "faster", messageUuid: steered });
  const seen = (await eventsOf(run)).filter(({ type }) => type === "prompt_seen");
  expect(seen).toEqual([messageUuid, steered].map((id) => ({ type: "prompt_seen", messageUuid: id })));
  // One it had before is confirmed again, and not run.
  const again = submit(session, "stall", { messageUuid });
  expect(await eventsOf(again)).toEqual([{ type: "prompt_seen", messageUuid }]);
  expect(await again.result).toMatchObject({ isDuplicate: true });
});

test("[AGENT-5] several objects in an array are as good as one for each", async () => {
  const session = await world.start(world.claude());
  expect(await submit(session, "array").result).toMatchObject({ outcome: "completed", output: "fine" });
  expect(world.diagnostics()).toEqual([]);
});

test("[AGENT-7] permissions are bypassed only where that mode is asked for and allowed", async () => {
  const permissionMode = "bypassPermissions";
  await expect(world.start(world.claude(), { permissionMode })).rejects.toMatchObject({
    kind: "engine_unsupported",
    target: permissionMode,
  });
  const session = await world.start(world.claude(), { permissionMode, allowBypass: true });
  expect(await argumentsOf(session)).toContain("--dangerously-skip-permissions");
  for (const mode of [undefined, "default", "plan", "acceptEdits"] as const) {
    const other = await world.start(world.claude(), { permissionMode: mode, allowBypass: true });
    expect((await argumentsOf(other)).join(" ")).not.toMatch(/dangerously|bypass/);
  }
});

test("[AGENT-7] [AGENT-2] a mode is changed while the process lives, but to none that it or we refuse", async () => {
  const session = await world.start(world.claude());
  expect(await session.setPermissionMode!("acceptEdits")).toBe(true);
  expect(world.events).toEqual([{ type: "mode_changed", mode: "acceptEdits" }]);
  expect(await session.setPermissionMode!("bypassPermissions")).toBe(false);
  const options = { permissionMode: "bypassPermissions", allowBypass: true } as const;
  const allowed = await world.start(world.claude(), options);
  expect(await allowed.setPermissionMode!("default")).toBe(true);
  expect(await allowed.setPermissionMode!("bypassPermissions")).toBe(true);
  // Allowed, but this process was not started for it: it refuses.
  const started = await world.start(world.claude(), { allowBypass: true });
  expect(await started.setPermissionMode!("bypassPermissions")).toBe(false);
  const old = await world.start(world.claude({ FAKE_MODE: "no-modes" }));
  expect(await old.setPermissionMode!("plan")).toBe(false);
});

test("[AGENT-8] neither traces of a surrounding session nor our secrets are in its environment, and the run's id is", async () => {
  const inherited = {
    CLAUDECODE: "1",
    CLAUDE_CODE_ENTRYPOINT: "cli",
    CLAUDE_CODE_SESSION_ID: "s",
    CLAUDE_CODE_MESSAGING_SOCKET: "/s",
    CLAUDE_CODE_MESSAGING_TOKEN: "t",
    CLAUDE_PROJECT_DIR: "/p",
    PARL_TOKEN: "t",
    PARL_HOOK_TOKEN: "t",
    PARL_METRICS_TOKEN: "t",
    PARL_DATABASE_URL: "postgres://u:p@h/d",
    PARL_NATS_URL: "nats://u:p@h",
    PARL_PUSH_PRIVATE_KEY: "k",
  };
  const kept = { PARL_HOME: world.directory, ANTHROPIC_BASE_URL: "http://127.0.0.1:1", LANG: "C" };
  const environment = { PARL_RUN_ID: randomUUID(), OWN: "1" };
  const session = await world.start(world.claude({ ...inherited, ...kept }), { environment });
  const seen = JSON.parse((await submit(session, "environment").result).output) as Record<string, string>;
  expect(seen).toMatchObject({ ...kept, ...environment, CLAUDE_CODE_MAX_RETRIES: "4" });
  expect(Object.keys(seen).filter((name) => name in inherited)).toEqual([]);
});

test("[PROMPT-20] attachments reach it as content: images, documents, and text that was decoded", async () => {
  const session = await world.start(world.claude());
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const attachments = [
    { filename: "a.png", mediaType: "image/png", content: base64("png") },
    { filename: "b.pdf", mediaType: "application/pdf", content: base64("pdf") },
    { filename: "c.md", mediaType: "text/markdown", content: base64("# Größe") },
  ];
  expect(session.capabilities.attachmentTypes).toEqual(
    expect.arrayContaining(attachments.map((item) => item.mediaType)),
  );
  const { output } = await submit(session, "content", { attachments }).result;
  expect(JSON.parse(output)).toEqual([
    { type: "text", text: "content" },
    { type: "image", source: { type: "base64", media_type: "image/png", data: base64("png") } },
    {
      type: "document",
      source: { type: "base64", media_type: "application/pdf", data: base64("pdf") },
      title: "b.pdf",
    },
    { type: "document", source: { type: "text", media_type: "text/plain", data: "# Größe" }, title: "c.md" },
  ]);
  const alone = await world.start(world.claude());
  await submit(alone, "", { attachments: attachments.slice(0, 1) }).result;
  expect(JSON.parse((await submit(alone, "content").result).output)).toBe("content");
});

test("[AGENT-9] a refused key is not tried again: the run fails with the API's status, and the session goes on", async () => {
  const session = await world.start(world.claude());
  const retry = { attempt: 1, max_retries: 4, retry_delay_ms: 600, error_status: 401, error: "authentication_failed" };
  const run = submit(session, `retry ${JSON.stringify([retry])}`);
  expect((await eventsOf(run)).filter(({ type }) => type === "retry")).toHaveLength(1);
  expect(await run.result).toMatchObject({
    outcome: "failed",
    error: { kind: "auth_required", message: expect.stringContaining("401"), detail: { api_error_status: 401 } },
    isReusable: true,
  });
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed" });
});

test.each([
  ["rate_limited", 429, { retry_after_ms: 7000 }],
  ["engine_failed", 529, {}],
])("[AGENT-9] a run that only retries is interrupted in time and fails: %s", async (kind, status, detail) => {
  const session = await world.start(world.claude({}, { maxRetryingMs: 30 }));
  const retry = { attempt: 1, max_retries: 400, retry_delay_ms: 7000, error_status: status, error: "overloaded" };
  expect(await submit(session, `retry ${JSON.stringify([retry, retry])}`).result).toMatchObject({
    outcome: "failed",
    error: { kind, message: expect.stringContaining(`status ${status}, overloaded`), detail },
  });
  // One that goes on in time does not.
  expect(await submit(session, "retry-then fine").result).toMatchObject({ outcome: "completed", output: "fine" });
});

const result = (fields: object) => `result ${JSON.stringify({ result: "", ...fields })}`;
const costOf = async (session: AgentSession, fields: object) => (await submit(session, result(fields)).result).cost;
const usd = (totalUsd: number | null) => ({ inputUsd: null, outputUsd: null, totalUsd });

test("[PROMPT-16] a running total is differenced, and what is not told is null", async () => {
  const session = await world.start(world.claude());
  expect(await costOf(session, { total_cost_usd: 0.5 })).toEqual(usd(0.5));
  expect(await costOf(session, { total_cost_usd: 0.75 })).toEqual(usd(0.25));
  expect(await costOf(session, {})).toEqual(usd(null));
  expect(await costOf(session, { total_cost_usd: 1.75 })).toEqual(usd(1));
  expect(await costOf(session, { total_cost_usd: "2" })).toEqual(usd(null));
});

test("[PROMPT-16] the total of a resumed session holds what was before, unless the agent counts one process", async () => {
  const resume = { agentSessionId: randomUUID(), workingDirectory: world.directory };
  const first = async (fields: object) => costOf(await world.start(world.claude(), { resume }), fields);
  const since = { model_usage_since_last_result: { a: { costUSD: 0.25 }, b: { costUSD: 0.5 } } };
  expect(await first({ total_cost_usd: 10, ...since })).toEqual(usd(0.75));
  // The fake counts 1000 tokens for the turn, of which the result says it used 3.
  expect(await first({ total_cost_usd: 10 })).toEqual(usd(null));
  expect(await first({ total_cost_usd: 2, usage: { output_tokens: 1000 } })).toEqual(usd(2));
});

test("[PROMPT-16] the results of a run are summed up, and a turn that is no run's is not in the next one's", async () => {
  const session = await world.start(world.claude());
  const before = [{ type: "result", is_error: false, result: "", total_cost_usd: 1 }];
  expect(await costOf(session, { before, total_cost_usd: 1.5 })).toEqual(usd(1.5));
  expect(await costOf(session, { total_cost_usd: 2 })).toEqual(usd(0.5));
});

test("[COMPACT-4] a compaction succeeds when the agent reports it done; else it fails with the agent's text", async () => {
  const session = await world.start(world.claude());
  const compact = (instructions?: string) =>
    session.compact!({ messageUuid: randomUUID(), generation: 1, instructions }).result;
  const figures = { trigger: "manual", tokensBefore: 900, tokensAfter: 30 };
  expect(await compact("keep the numbers")).toMatchObject({ outcome: "completed", compactions: [figures] });
  expect(await compact()).toMatchObject({ outcome: "completed", compactions: [figures] });
  expect(await compact("fail")).toMatchObject({ outcome: "failed", error: { message: "no way" }, isReusable: true });
  expect(await compact("nothing")).toMatchObject({
    outcome: "failed",
    error: { message: "Not enough messages to compact." },
  });
});

test("[APPROVE-3] an input that was changed replaces the tool's untouched, and a denial's words reach the agent", async () => {
  const session = await world.start(world.claude(), { permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  const answer = async (given: Parameters<AgentSession["answerPermission"]>[1]) => {
    const run = submit(session, "ask touch x");
    session.answerPermission((await firstOf(run, "permission_question")).questionId, given);
    return run.result;
  };
  const updatedInput = { command: "touch y", snake_case: [1, null] };
  expect((await answer({ behavior: "allow", updatedInput })).output).toBe(`ran ${JSON.stringify(updatedInput)}`);
  expect(await answer({ behavior: "deny", reason: "not before the changelog" })).toMatchObject({
    outcome: "completed",
    output: "refused: not before the changelog",
    permissionDenials: [{ toolName: "Bash", reason: "not before the changelog" }],
  });
});

test("[AGENT-13] a process is told of before it is used, so that a later server finds it", async () => {
  const told: StartedProcess[] = [];
  const session = await world.start(world.claude(), {
    onProcess: async (process) => {
      expect(await living([process.pid])).toEqual([process.pid]);
      told.push(process);
    },
  });
  const [process] = told;
  expect(told).toHaveLength(1);
  expect(Math.abs(Number(await readProcessStart(process!.pid)) - Number(process!.startedAt))).toBeLessThanOrEqual(2);
  const row = (await readProcessTable()).find(({ pid }) => pid === process!.pid);
  expect(row?.mark).toBe(process!.mark);
  await session.close({ graceMs: 1000 });
  expect(await readProcessStart(process!.pid)).toBeUndefined();
});

test("[AGENT-13] a process that cannot be recorded is ended, and the start fails", async () => {
  const refusal = new Error("the store is gone");
  const start = world.start(world.claude(), { onProcess: () => Promise.reject(refusal) });
  await expect(start).rejects.toBe(refusal);
  expect(await survivors()).toEqual([]);
});

test("[AGENT-12] closing ends what its tools started in groups of their own", async () => {
  const session = await world.start(world.claude(), { onProcess: () => Promise.resolve() });
  const { output } = await submit(session, "offspring").result;
  const pids = output.split(" ").map(Number);
  expect(await living(pids)).toHaveLength(2);
  await session.close({ graceMs: 100 });
  expect(await living(pids)).toEqual([]);
  expect((await readProcessTable()).filter(({ mark }) => mark?.includes(`:${process.pid}:`) === true)).toEqual([]);
});

test("[AGENT-13] an agent on record whose server is gone is its successor's, and no other start sweeps it", async () => {
  const mark = `recorded:4999999:1:${randomUUID()}`; // no process has such a number
  const agent = spawn("sleep", ["60"], {
    detached: true,
    stdio: "ignore",
    env: { PATH: process.env["PATH"], [AGENT_MARK]: mark },
  });
  const isMarked = async () => (await readProcessTable()).some((row) => row.mark === mark);
  await expect.poll(isMarked).toBe(true);
  const session = await world.start(world.claude());
  await session.close({ graceMs: 0 });
  expect(await living([agent.pid!])).toEqual([agent.pid]);
  expect(isOrphanMark(mark, await readProcessTable())).toBe(true);
  await endProcessTree({ pid: agent.pid!, mark, hasEnded: () => false, graceMs: 0 });
  expect(await living([agent.pid!])).toEqual([]);
});
