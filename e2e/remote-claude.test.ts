// The remote on the real Claude Code, against a scripted model: what a person with two devices does and what goes wrong.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { survivors } from "../packages/agents/test/support/agent-world.ts";
import { claudeProgram } from "./claude.ts";
import type { FakeRule } from "./fake-anthropic.mjs";
import { RemoteWorld } from "./remote-world.ts";

const rules: FakeRule[] = [
  {
    name: "tool",
    when: { user: "^run: (.*)$", toolResult: false, tools: true },
    reply: { text: "I will.", tool: { name: "Bash", input: { command: "{{1}}", description: "a command" } } },
  },
  { name: "tool result", when: { toolResult: true }, reply: "it said {{toolResult}}" },
  { name: "held", when: { user: "^wait", tools: true }, reply: { text: "held back until now", hold: true } },
  { name: "summary", when: { user: "(?:summary|summari[sz]e)" }, reply: "<summary>They said hello.</summary>" },
];

let world: RemoteWorld;

beforeEach(async ({ skip }) => {
  skip(claudeProgram === undefined, "claude is not installed");
  world = await RemoteWorld.start({ scenario: { rules, fallback: "You said {{user}}" } });
});
afterEach(async () => {
  if (claudeProgram !== undefined) await world.end();
});

async function isHeld(): Promise<void> {
  await expect.poll(() => world.model.requests.some(({ rule }) => rule === "held"), { timeout: 30_000 }).toBe(true);
}

test("[PROMPT-4] [PROMPT-8] [PROMPT-12] [PROMPT-17] [SUB-10] a prompt is acknowledged, run, answered and in the history of both devices", async () => {
  const phone = await world.connect("phone");
  const desk = await world.connect("desk");
  const promptId = randomUUID();
  phone.send({ type: "prompt", text: "hello", working_directory: world.project, prompt_id: promptId });
  const ack = await phone.next("ack");
  expect(ack).toMatchObject({
    message: "Processing prompt...",
    prompt_id: promptId,
    created: true,
    agent: "claude",
    working_directory: world.project,
    mode_applied: "run",
  });
  const sessionId = ack.session_id!;
  phone.send({ type: "subscribe", session_id: sessionId });
  desk.send({ type: "subscribe", session_id: sessionId });
  await phone.next("session_ready");

  const response = await phone.next("response");
  expect(response).toMatchObject({ success: true, text: "You said hello", session_id: sessionId, prompt_id: promptId });
  expect(response.usage?.output_tokens).toBeGreaterThan(0);
  expect(await phone.next("turn_complete")).toMatchObject({ session_id: sessionId, prompt_id: promptId });
  // A subscriber hears of it too, and redelivery is for the one who asked.
  expect((await desk.next("response")).message_id).toBe(response.message_id);
  for (const socket of [phone, desk]) {
    expect(socket.messages(sessionId).map(({ role, text }) => [role, text])).toEqual([
      ["user", "hello"],
      ["assistant", "You said hello"],
    ]);
    expect(socket.messages(sessionId).map(({ seq }) => seq)).toEqual([1, 2]);
  }
  // The record that the prompt caused says so, for clients that showed it at once ([CLIENT-8]).
  const shown = phone.all("session_history").flatMap((frame) => frame.messages);
  expect(shown.map(({ role, prompt_id: id }) => [role, id])).toContainEqual(["user", promptId]);
  // Not acknowledged: it comes again, once, under its id; then not any more ([RDLV-2], [RDLV-3]).
  phone.cut();
  const again = await world.connect("phone");
  const [replay] = again.all("replay");
  expect(replay).toMatchObject({ message_id: response.message_id, message: { text: "You said hello", success: true } });
  again.send({ type: "message_ack", message_id: response.message_id });
  again.send({ type: "ping" });
  await again.next("pong");
  again.cut();
  expect((await world.connect("phone")).all("replay")).toEqual([]);
});

test("[RDLV-1] [SUB-4] [LOCK-1] a device that is gone in the middle of a turn gets what it missed, and the turn was not disturbed", async () => {
  const phone = await world.connect("phone");
  phone.send({ type: "prompt", text: "hello", working_directory: world.project });
  const sessionId = (await phone.next("ack")).session_id!;
  phone.send({ type: "subscribe", session_id: sessionId });
  await phone.next("turn_complete");
  const seen = phone.messages(sessionId).at(-1)!;
  const logId = phone.all("session_history").at(-1)!.log_id;

  phone.send({ type: "prompt", text: "wait for it", session_id: sessionId });
  await phone.next("ack");
  await isHeld();
  phone.cut();
  const desk = await world.connect("desk");
  desk.send({ type: "prompt", text: "me too", session_id: sessionId });
  expect(await desk.next("session_locked")).toMatchObject({ session_id: sessionId, holder: "prompt" });
  world.model.release();
  await expect
    .poll(
      async () => {
        desk.send({ type: "get_session_info", session_id: sessionId });
        return (await desk.next("session_info", ({ session }) => session.session_id === sessionId)).session.state;
      },
      { timeout: 30_000 },
    )
    .toBe("idle");

  const back = await world.connect("phone");
  expect(back.all("replay").map(({ message }) => message.text)).toContain("held back until now");
  back.send({ type: "subscribe", session_id: sessionId, last_message_id: seen.id, last_seq: seen.seq, log_id: logId });
  const history = await back.next("session_history");
  expect(history).toMatchObject({ is_complete: true, gap: null, cursor_found: true });
  expect(history.messages.map(({ seq, text }) => [seq, text])).toEqual([
    [seen.seq + 1, "wait for it"],
    [seen.seq + 2, "held back until now"],
  ]);
  expect(world.asked("wait for it")).toBe(1);
});

test("[CRASH-1] [CRASH-3] [AGENT-13] kill -9 of the server in the middle of a turn: the prompt is reported, nothing runs twice, the session goes on", async () => {
  const phone = await world.connect("phone");
  const promptId = randomUUID();
  const prompt = {
    type: "prompt",
    text: "run: echo x >> runs; sleep 600",
    working_directory: world.project,
    prompt_id: promptId,
  } as const;
  phone.send(prompt);
  const sessionId = (await phone.next("ack")).session_id!;
  const question = await phone.next("permission_request");
  phone.send({ type: "permission_response", request_id: question.request_id, decision: "allow" });
  await expect.poll(() => existsSync(join(world.project, "runs")), { timeout: 30_000 }).toBe(true);
  await world.killServer();

  await world.startServer();
  const back = await world.connect("phone");
  const told =
    back.all("replay").find(({ message }) => message.prompt_id === promptId) ?? (await back.next("response"));
  const outcome = "message" in told && typeof told.message === "object" ? told.message : told;
  expect(outcome).toMatchObject({
    prompt_id: promptId,
    success: false,
    error: "Server restarted before the prompt finished",
  });
  expect(readFileSync(join(world.project, "runs"), "utf8")).toBe("x\n");
  // The same prompt again, as a client does that never saw its end, is not run again.
  back.send(prompt);
  expect(await back.next("ack")).toMatchObject({ duplicate: true, state: "failed", session_id: sessionId });
  expect(await back.next("response")).toMatchObject({ message_id: told.message_id, success: false });
  back.send({ type: "prompt", text: "and now", session_id: sessionId });
  expect(await back.next("response", ({ prompt_id }) => prompt_id !== promptId)).toMatchObject({
    success: true,
    text: "You said and now",
    session_id: sessionId,
  });
  expect(readFileSync(join(world.project, "runs"), "utf8")).toBe("x\n");
}, 180_000);

test("[APPROVE-1] [APPROVE-2] [APPROVE-3] a permission is asked on both devices and answered from the second; the first is told", async () => {
  const phone = await world.connect("phone", { deviceName: "phone" });
  const desk = await world.connect("desk", { deviceName: "desk" });
  phone.send({ type: "prompt", text: "run: touch made; echo made", working_directory: world.project });
  const sessionId = (await phone.next("ack")).session_id!;
  const asked = await phone.next("permission_request");
  expect(asked).toMatchObject({
    session_id: sessionId,
    tool_name: "Bash",
    input: { command: "touch made; echo made" },
  });
  expect((await desk.next("permission_request")).request_id).toBe(asked.request_id);
  desk.send({ type: "get_session_info", session_id: sessionId });
  expect((await desk.next("session_info")).session.state).toBe("waiting_permission");

  desk.send({ type: "permission_response", request_id: asked.request_id, decision: "allow" });
  for (const socket of [phone, desk]) {
    expect(await socket.next("permission_resolved")).toMatchObject({
      request_id: asked.request_id,
      decision: "allow",
      reason: "answered",
    });
  }
  // The loser of the race hears what stands.
  phone.send({ type: "permission_response", request_id: asked.request_id, decision: "deny" });
  expect(await phone.next("permission_resolved")).toMatchObject({ decision: "allow" });
  expect(await phone.next("response")).toMatchObject({ success: true, text: expect.stringContaining("made") });
  expect(existsSync(join(world.project, "made"))).toBe(true);

  phone.send({ type: "prompt", text: "run: touch refused", session_id: sessionId });
  const second = await desk.next("permission_request");
  desk.send({ type: "permission_response", request_id: second.request_id, decision: "deny", message: "not now" });
  expect(await phone.next("response")).toMatchObject({ success: true, text: expect.stringContaining("not now") });
  expect(existsSync(join(world.project, "refused"))).toBe(false);
});

test("[COMPACT-4] [COMPACT-5] [COMPACT-6] [LOCK-6] a session is compacted, its id and history stay", async () => {
  const phone = await world.connect("phone");
  phone.send({ type: "prompt", text: "hello", working_directory: world.project });
  const sessionId = (await phone.next("ack")).session_id!;
  phone.send({ type: "subscribe", session_id: sessionId });
  await phone.next("turn_complete");
  const before = phone.messages(sessionId);
  const logId = phone.all("session_history").at(-1)!.log_id;
  phone.send({ type: "compact_session", session_id: "phone" });
  expect(await phone.next("compaction_complete")).toMatchObject({ session_id: sessionId });
  phone.send({ type: "subscribe", session_id: sessionId });
  const history = await phone.next("session_history", ({ live }) => !live);
  expect(history.log_id).toBe(logId);
  expect(history.messages.slice(0, before.length).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  phone.send({ type: "prompt", text: "still there?", session_id: sessionId });
  expect(await phone.next("response")).toMatchObject({ success: true, text: "You said still there?" });
});

test("[WATCH-6] [SUB-11] [LOCK-9] a session that was started in a terminal appears, is followed live, and goes on from the phone", async () => {
  const phone = await world.connect("phone");
  const sessionId = randomUUID();
  const terminal = spawn(
    claudeProgram ?? "",
    ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose", "--session-id", sessionId],
    { cwd: world.project, env: { ...world.environment }, stdio: ["pipe", "ignore", "inherit"] },
  );
  const ended = once(terminal, "close");
  const say = (content: string) =>
    terminal.stdin?.write(`${JSON.stringify({ type: "user", message: { role: "user", content } })}\n`);
  say("from the terminal");
  const created = await phone.next("session_created", (frame) => frame.session_id === sessionId);
  expect(created).toMatchObject({ agent: "claude", working_directory: world.project });
  phone.send({ type: "subscribe", session_id: sessionId });
  await expect
    .poll(() => phone.messages(sessionId).map(({ text }) => text), { timeout: 30_000 })
    .toEqual(["from the terminal", "You said from the terminal"]);
  say("once more");
  await phone.next("session_history", (frame) => frame.messages.some(({ text }) => text === "You said once more"));
  expect(phone.all("session_history").at(-1)?.live).toBe(true);
  terminal.stdin?.end();
  await ended;

  phone.send({ type: "prompt", text: "and from the phone", session_id: sessionId });
  expect(await phone.next("ack")).toMatchObject({ created: false, working_directory: world.project });
  expect(await phone.next("response")).toMatchObject({ success: true, text: "You said and from the phone" });
  expect(phone.messages(sessionId).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("[PROMPT-10] [PROMPT-13] [LOCK-7] interrupt, queue and kill: each prompt has its one outcome and no process is left", async () => {
  const phone = await world.connect("phone");
  phone.send({ type: "prompt", text: "wait", working_directory: world.project });
  const sessionId = (await phone.next("ack")).session_id!;
  await isHeld();
  phone.send({ type: "prompt", text: "in the queue", session_id: sessionId, mode: "queue" });
  expect(await phone.next("ack")).toMatchObject({ mode_applied: "queue", queue_position: 1 });
  phone.send({ type: "prompt", text: "first of all", session_id: sessionId, mode: "interrupt" });
  expect(await phone.next("response")).toMatchObject({ success: false, error: "Interrupted", aborted: true });
  expect(await phone.next("turn_complete")).toMatchObject({ aborted: true });
  expect(await phone.next("response")).toMatchObject({ success: true, text: "You said first of all" });
  expect(await phone.next("response")).toMatchObject({ success: true, text: "You said in the queue" });

  phone.send({ type: "prompt", text: "wait again", session_id: sessionId });
  await phone.next("ack");
  await expect
    .poll(() => world.model.requests.filter(({ rule }) => rule === "held").length, { timeout: 30_000 })
    .toBe(2);
  phone.send({ type: "kill_session", session_id: sessionId });
  expect(await phone.next("session_killed")).toMatchObject({ session_id: sessionId });
  expect(await phone.next("response")).toMatchObject({ success: false, error: "Session process terminated" });
  await expect.poll(async () => (await survivors(undefined)).length, { timeout: 15_000 }).toBe(0);
  phone.send({ type: "prompt", text: "alive?", session_id: sessionId });
  expect(await phone.next("response")).toMatchObject({ success: true, text: "You said alive?" });
});
