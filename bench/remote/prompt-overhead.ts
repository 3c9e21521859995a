/**
 * [RPERF-6]: what the server adds to a turn. The same Claude Code, warm, answers the same prompts of the same scripted model
 * twice: driven bare over its pipes, and through the server by a socket. One turn at a time, alternating.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { claudeEnvironment } from "../../e2e/claude-environment.ts";
import { claudeProgram } from "../../e2e/claude.ts";
import { startFakeAnthropic } from "../../e2e/fake-anthropic.mjs";
import { RemoteSocket } from "../../e2e/remote-socket.ts";
import { DaemonProcess } from "../faults/daemon-process.ts";
import { median, say, type Figure } from "../report.ts";

const gateMs = 50;
const warmUpTurns = 5;

/** A turn of it takes a prompt and resolves when its answer is there. */
interface WarmAgent {
  turn(text: string): Promise<void>;
  close(): Promise<void>;
}

export async function measurePromptOverhead(isQuick: boolean): Promise<Figure> {
  const figure = {
    rule: "RPERF-6",
    name: "prompt to response through the server, minus the bare agent, process warm, p50",
    unit: "ms",
    gate: `<= ${gateMs} ms or 1 x floor`,
  };
  if (claudeProgram === undefined) {
    say("claude is not installed (PARL_TEST_CLAUDE, or on PATH): its overhead is not measured");
    return { ...figure, value: Number.NaN, pass: null };
  }
  const home = realpathSync(mkdtempSync(join(tmpdir(), "parl-bench-prompt-")));
  const project = join(home, "project");
  mkdirSync(project);
  const model = await startFakeAnthropic({ scenario: { fallback: "You said {{user}}" } });
  const environment = claudeEnvironment(home, model.url);
  const open: WarmAgent[] = [];
  try {
    const bare = startBare(claudeProgram, project, environment);
    open.push(bare);
    const served = await startServed(join(home, "parl"), project, { ...environment, PARL_CLAUDE_PATH: claudeProgram });
    open.push(served);
    const turns = isQuick ? 40 : 150;
    const times: { bare: number; served: number }[] = [];
    for (let n = 0; n < turns + warmUpTurns; n++) {
      const time = { bare: await timed(bare, n), served: await timed(served, n) };
      if (n >= warmUpTurns) times.push(time);
    }
    const floor = median(times.map((time) => time.bare));
    const value = median(times.map((time) => time.served)) - floor;
    return { ...figure, value, floor, ratio: value / floor, pass: value <= Math.max(gateMs, floor) };
  } finally {
    for (const agent of open.toReversed()) await agent.close();
    await model.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function timed(agent: WarmAgent, n: number): Promise<number> {
  const startedAt = performance.now();
  await agent.turn(`prompt ${n}`);
  return performance.now() - startedAt;
}

function startBare(program: string, project: string, environment: Record<string, string>): WarmAgent {
  const args = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"];
  const child = spawn(program, [...args, "--replay-user-messages", "--session-id", randomUUID()], {
    cwd: project,
    env: environment,
    stdio: ["pipe", "pipe", "ignore"],
  });
  let finish: () => void = () => undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if ((JSON.parse(line) as { type: string }).type === "result") finish();
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    turn: (content) =>
      new Promise((resolve) => {
        finish = resolve;
        const message = { type: "user", uuid: randomUUID(), message: { role: "user", content } };
        child.stdin.write(`${JSON.stringify(message)}\n`);
      }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

async function startServed(parlHome: string, project: string, environment: Record<string, string>): Promise<WarmAgent> {
  mkdirSync(parlHome, { mode: 0o700 });
  const server = await DaemonProcess.start(parlHome, undefined, environment);
  const key = readFileSync(join(parlHome, "remote-key"), "utf8").trim();
  const socket = await RemoteSocket.connect({ url: server.url, key, clientSessionId: "bench" });
  let sessionId: string | undefined;
  return {
    turn: async (text) => {
      const target = sessionId === undefined ? { working_directory: project } : { session_id: sessionId };
      socket.send({ type: "prompt", text, ...target });
      const response = await socket.next("response");
      if (!response.success) throw new Error(`the prompt failed: ${response.error ?? ""}`);
      sessionId ??= response.session_id;
      socket.send({ type: "message_ack", message_id: response.message_id });
    },
    close: async () => {
      await socket.close();
      await server.end("SIGTERM");
    },
  };
}
