/** [RPERF-5]: from one append to a session's file to the last of 200 subscribers on 200 sockets. */
import { fork, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { quantile, say, type Figure } from "../report.ts";
import { recordLine } from "./session-tree.ts";

const SOCKETS = 200;
const LINE_BYTES = 900;
/** Agents write when they have said something, not in one burst. */
const PAUSE_MS = 20;

export async function measureFanOut(isQuick: boolean): Promise<Figure[]> {
  const rounds = isQuick ? 100 : 500;
  const folder = mkdtempSync(join(tmpdir(), "parl-fan-out-"));
  try {
    const { times, frameBytes, delayMs } = await measureServer(folder, rounds);
    const floor = quantile(await measureBroadcast(frameBytes, rounds), 0.99);
    const p99 = quantile(times, 0.99);
    return [
      {
        rule: "RPERF-5",
        name: `one append to the last of ${SOCKETS} subscribers, p99`,
        value: p99,
        unit: "ms",
        floor,
        ratio: p99 / floor,
        gate: "<= 50 ms or 5 x floor",
        pass: p99 <= Math.max(50, 5 * floor),
      },
      {
        rule: "RPERF-5",
        name: "event-loop delay p99 of the server meanwhile",
        value: delayMs,
        unit: "ms",
        gate: "<= 20 ms",
        pass: delayMs <= 20,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureServer(
  folder: string,
  rounds: number,
): Promise<{ times: number[]; frameBytes: number; delayMs: number }> {
  const session = randomUUID();
  const project = join(folder, "claude", "projects", "-srv-shop");
  mkdirSync(project, { recursive: true });
  const path = join(project, `${session}.jsonl`);
  writeFileSync(path, Array.from({ length: 20 }, (_, n) => recordLine(0, n, LINE_BYTES)).join(""));
  const home = join(folder, "home");
  const { child, port } = await startChild("./server-main.ts", {
    PARL_HOME: home,
    PARL_PORT: "0",
    CLAUDE_CONFIG_DIR: join(folder, "claude"),
    PARL_REMOTE_DEFAULT_AGENT: "echo",
  });
  const key = readFileSync(join(home, "remote-key"), "utf8").trim();
  const sockets: WebSocket[] = [];
  for (let n = 0; n < SOCKETS; n++) sockets.push(await subscribe(port, key, `bench-${n}`, session));
  say(`  ${SOCKETS} sockets follow a session`);
  let frameBytes = 0;
  child.send("measure");
  const times = await measureRounds(sockets, rounds, {
    trigger: (round) => appendFileSync(path, recordLine(0, 1_000 + round, LINE_BYTES)),
    isPush: (data) => {
      if (!data.subarray(0, 40).includes('"session_history"')) return false;
      frameBytes = data.length;
      return true;
    },
  });
  child.send("told");
  const [{ delayMs }] = (await once(child, "message")) as [{ delayMs: number }];
  await stopChild(child, sockets);
  return { times, frameBytes, delayMs };
}

async function measureBroadcast(frameBytes: number, rounds: number): Promise<number[]> {
  const { child, port } = await startChild("./broadcast-main.ts", {});
  const sockets: WebSocket[] = [];
  for (let n = 0; n < SOCKETS; n++) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await once(socket, "open");
    sockets.push(socket);
  }
  const times = await measureRounds(sockets, rounds, {
    trigger: () => sockets[0]?.send(String(frameBytes)),
    isPush: () => true,
  });
  await stopChild(child, sockets);
  return times;
}

/** Milliseconds of each round, from its trigger until the last socket has got its frame. */
async function measureRounds(
  sockets: readonly WebSocket[],
  rounds: number,
  { trigger, isPush }: { trigger: (round: number) => void; isPush: (data: Buffer) => boolean },
): Promise<number[]> {
  let missing = 0;
  let done: () => void = () => undefined;
  for (const socket of sockets) {
    socket.on("message", (data: Buffer) => {
      if (isPush(data) && --missing === 0) done();
    });
  }
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const all = new Promise<void>((resolve) => (done = resolve));
    missing = sockets.length;
    const start = performance.now();
    trigger(round);
    await all;
    times.push(performance.now() - start);
    await sleep(PAUSE_MS);
  }
  // The first rounds warm both sides up.
  return times.slice(Math.floor(rounds / 10));
}

async function subscribe(port: number, key: string, window: string, session: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/remote`, { perMessageDeflate: false });
  const answers = new Map<string, () => void>();
  const answer = (type: string): Promise<void> => new Promise((resolve) => answers.set(type, resolve));
  const read = (data: Buffer): void => answers.get((JSON.parse(data.toString()) as { type: string }).type)?.();
  socket.on("message", read);
  await answer("hello");
  const connected = answer("session_list");
  socket.send(JSON.stringify({ type: "connect", session_id: window, api_key: key, capabilities: ["stream", "lean"] }));
  await connected;
  const history = answer("session_history");
  socket.send(JSON.stringify({ type: "subscribe", session_id: session }));
  await history;
  socket.off("message", read);
  return socket;
}

async function startChild(
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL(script, import.meta.url), [], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, ...environment },
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return { child, port };
}

async function stopChild(child: ChildProcess, sockets: readonly WebSocket[]): Promise<void> {
  for (const socket of sockets) socket.terminate();
  child.disconnect();
  await once(child, "exit");
}
