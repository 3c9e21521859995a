/** [RPERF-7]: a command that prints as fast as it is read, its log, and one client that gets it in batches. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { WebSocket } from "ws";
import { SERVER_RUNTIME_OPTIONS } from "../../packages/server/src/runtime-options.ts";
import { median, say, type Figure } from "../report.ts";
import type { CommandOutputRun } from "./command-output-main.ts";

const MEGABYTE = 1e6;
const LINES = 89_600;

async function runOnce(kind: "desk" | "floor"): Promise<CommandOutputRun> {
  const child = fork(new URL("./command-output-main.ts", import.meta.url), [kind], {
    env: { PATH: process.env["PATH"] ?? "", ...SERVER_RUNTIME_OPTIONS.environment },
    execArgv: [...SERVER_RUNTIME_OPTIONS.nodeArguments],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let socket: WebSocket | undefined;
  let run: CommandOutputRun | undefined;
  child.on("message", (message: { port?: number; run?: CommandOutputRun }) => {
    if (message.port !== undefined) {
      socket = new WebSocket(`ws://127.0.0.1:${message.port}`, { perMessageDeflate: false });
      // It has to read; what it reads is of no matter here.
      socket.on("message", () => undefined);
      socket.on("error", () => undefined);
    }
    run = message.run ?? run;
  });
  await once(child, "exit");
  socket?.terminate();
  if (run === undefined) throw new Error(`the measured process (${kind}) ended without a result`);
  if (run.lines !== LINES) throw new Error(`${run.lines} lines arrived whole (${kind}), expected ${LINES}`);
  return run;
}

export async function measureCommandOutput(isQuick: boolean): Promise<Figure[]> {
  const floors: CommandOutputRun[] = [];
  const runs: CommandOutputRun[] = [];
  for (let round = 0; round < (isQuick ? 1 : 5); round++) {
    floors.push(await runOnce("floor"));
    runs.push(await runOnce("desk"));
  }
  const rate = (all: readonly CommandOutputRun[]) => median(all.map((run) => run.bytesPerSecond)) / MEGABYTE;
  const value = rate(runs);
  const floor = rate(floors);
  const growth = Math.max(...runs.map((run) => run.rssGrowthBytes)) / 2 ** 20;
  const delay = Math.max(...runs.map((run) => run.loopDelayMs));
  say(`  rounds: ${runs.map((run) => Math.round(run.bytesPerSecond / MEGABYTE)).join(", ")} MB/s`);
  const rule = "RPERF-7";
  return [
    {
      rule,
      name: "command printing 1 KiB lines, all in the log, to one client in batches",
      value,
      unit: "MB/s",
      floor,
      ratio: floor / value,
      gate: ">= 50 MB/s or >= 0.3 x reading and splitting the same pipe",
      pass: value >= Math.min(50, 0.3 * floor),
    },
    { rule, name: "its memory growth, worst round", value: growth, unit: "MiB", gate: "<= 64", pass: growth <= 64 },
    {
      rule,
      name: "event-loop delay meanwhile, p99 of the worst round",
      value: delay,
      unit: "ms",
      gate: "<= 20",
      pass: delay <= 20,
    },
  ];
}
