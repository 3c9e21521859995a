/**
 * The measured process of [RPERF-7]: a command desk whose output goes to one WebSocket in batches (`desk`), or the floor, which
 * only reads the same pipe and splits it (`floor`). Started with an IPC channel; sends one CommandOutputRun over it.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { WebSocketServer, type WebSocket } from "ws";
import { REMOTE_LIMITS } from "../../packages/protocol/src/remote/index.ts";
import type { OutputLine, StartedCommand } from "../../packages/server/src/commands/command-desk.ts";
import { ProjectCommandDesk } from "../../packages/server/src/commands/project-command-desk.ts";
import { createPathPolicy } from "../../packages/server/src/path-policy.ts";

export interface CommandOutputRun {
  bytesPerSecond: number;
  /** Lines in the log, or split. */
  lines: number;
  rssGrowthBytes: number;
  /** p99, in milliseconds. */
  loopDelayMs: number;
}

const LINE_BYTES = 1_024;
const BLOCK_LINES = 64;
const BLOCKS = 1_400;
const OUTPUT_LINES = BLOCKS * BLOCK_LINES;
const OUTPUT_BYTES = OUTPUT_LINES * LINE_BYTES;
const RESOLUTION_MS = 10;
const RSS_EVERY_MS = 20;

/** Prints whole blocks, as fast as they are read; in a small run only a few. */
const printer = `const { writeSync } = require("node:fs");
const block = Buffer.alloc(${BLOCK_LINES * LINE_BYTES}, 10);
for (let i = 0; i < ${BLOCK_LINES}; i++) block.fill(97 + (i % 26), i * ${LINE_BYTES}, (i + 1) * ${LINE_BYTES} - 1);
for (let n = Number(process.argv.at(-1)) || ${BLOCKS}; n > 0; n--) for (let at = 0; at < block.length; ) at += writeSync(1, block, at);`;

/** What the process cost from now until `stop`. */
function watch(): { stop(): Omit<CommandOutputRun, "lines"> } {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), RSS_EVERY_MS);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const start = performance.now();
  return {
    stop: () => {
      const seconds = (performance.now() - start) / 1_000;
      clearInterval(timer);
      delay.disable();
      return {
        bytesPerSecond: OUTPUT_BYTES / seconds,
        rssGrowthBytes: Math.max(most, process.memoryUsage.rss()) - before,
        // What exceeds the period of its timer is the delay.
        loopDelayMs: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS),
      };
    },
  };
}

async function measureFloor(): Promise<CommandOutputRun> {
  const child = spawn(process.execPath, ["-e", printer, "0"], { stdio: ["ignore", "pipe", "inherit"] });
  let rest = "";
  let lines = 0;
  let watched: ReturnType<typeof watch> | undefined;
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    watched ??= watch();
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines += parts.length;
  });
  await once(child, "close");
  if (watched === undefined) throw new Error("the printer printed nothing");
  return { ...watched.stop(), lines };
}

/**
 * Frames as they are sent to a client with `output_batch`: as many lines as fit, given up for a socket that cannot keep up.
 * Line by line into bytes, because one JSON text of many lines costs ten times as much.
 */
function sendTo(socket: WebSocket, { commandSessionId }: StartedCommand, lines: readonly OutputLine[]): void {
  const most = Math.floor((REMOTE_LIMITS.defaultSizeKb * 1_024) / (LINE_BYTES + 1)) - 1;
  for (let from = 0; from < lines.length; from += most) {
    if (socket.bufferedAmount > REMOTE_LIMITS.pauseCommandOutputAboveBytes) return;
    const batch = lines.slice(from, from + most);
    const [first] = batch;
    const rest = { command_session_id: commandSessionId, stream: first?.stream, seq: first?.seq, lines: batch.length };
    const frame = Buffer.allocUnsafeSlow(REMOTE_LIMITS.defaultSizeKb * 1_024);
    let at = frame.write(`{"type":"command_output",${JSON.stringify(rest).slice(1, -1)},"text":"`);
    for (const { text } of batch) {
      // Its quotes give way to what stands before it and comes behind it.
      const before = frame[at - 1] ?? 0;
      const quote = at - 2 + frame.write(JSON.stringify(text), at - 1);
      frame[at - 1] = before;
      at = quote + frame.write("\\n", quote);
    }
    at = at - 2 + frame.write('"}', at - 2);
    socket.send(frame.subarray(0, at), { binary: false });
  }
}

async function measureDesk(): Promise<CommandOutputRun> {
  const folder = await mkdtemp(join(tmpdir(), "parl-bench-command-"));
  const historyFolder = join(folder, "command-history");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  await once(server, "listening");
  process.send?.({ port: (server.address() as AddressInfo).port });
  const [socket] = (await once(server, "connection")) as [WebSocket];
  const silent = () => undefined;
  const desk = new ProjectCommandDesk({
    historyFolder,
    // The only npm there is runs the printer; the script's name is how many blocks it prints.
    environment: { PATH: folder },
    paths: createPathPolicy({ home: folder, roots: [] }),
    processes: { startOf: () => Promise.resolve(undefined), marked: () => Promise.resolve([]) },
    clock: Date,
    scheduler: {
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      soon: (run) => void setImmediate(run),
    },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    randomUuid: randomUUID,
    isMakeAllowed: false,
    retentionDays: 7,
  });
  await writeFile(join(folder, "package.json"), JSON.stringify({ scripts: { "20": "", "0": "" } }));
  await writeFile(join(folder, "npm"), `#!${process.execPath}\n${printer}\n`);
  await chmod(join(folder, "npm"), 0o755);
  await desk.start();
  let completed = Promise.withResolvers<void>();
  let watched: ReturnType<typeof watch> | undefined;
  let isWarm = false;
  const execute = (name: string) =>
    desk.execute({ commandId: `npm.${name}`, workingDirectory: folder, clientSessionId: "bench" });
  desk.listen({
    onOutput: (command, lines) => {
      if (isWarm) watched ??= watch();
      sendTo(socket, command, lines);
    },
    onComplete: () => completed.resolve(),
  });
  // What any server has done before: code is compiled, buffers are there.
  await execute("20");
  await completed.promise;
  isWarm = true;
  completed = Promise.withResolvers<void>();
  const { commandSessionId } = await execute("0");
  await completed.promise;
  const run = (watched as ReturnType<typeof watch> | undefined)?.stop();
  if (run === undefined) throw new Error("the command printed nothing");
  const { size } = await stat(join(historyFolder, `${commandSessionId}.log`));
  const [page, names] = [await desk.readOutput(commandSessionId, 0, 1_024), await readdir(historyFolder)];
  await desk.stop();
  socket.terminate();
  server.close();
  await rm(folder, { recursive: true, force: true });
  const isWhole = names.length === 3 && size === OUTPUT_BYTES + OUTPUT_LINES * "[stdout] ".length;
  return { ...run, lines: isWhole ? (page?.lastSeq ?? 0) : 0 };
}

const run = process.argv[2] === "floor" ? await measureFloor() : await measureDesk();
process.send?.({ run }, () => process.disconnect());
