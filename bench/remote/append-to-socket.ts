/** [RPERF-1]: from an appended line to the push at one subscriber's socket, through a whole server, 5,000 files watched. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RemoteSocket } from "../../e2e/remote-socket.ts";
import { DaemonProcess } from "../faults/daemon-process.ts";
import { measureEcho } from "../mesh/floors.ts";
import { quantile, say, type Figure } from "../report.ts";
import { measureWatch } from "./append-to-push.ts";
import { makeSessionTree, recordLine } from "./session-tree.ts";

/** Agents write when they have said something: not in one burst, and to one file of many. */
const PAUSE_MS = 30;
const FILES_WRITTEN = 20;
const LINE_BYTES = 900;

export async function measureAppendToSocket(isQuick: boolean): Promise<Figure[]> {
  const count = isQuick ? 200 : 1_000;
  const { folder, paths } = makeSessionTree();
  const home = mkdtempSync(join(tmpdir(), "parl-bench-append-"));
  const server = await DaemonProcess.start(join(home, "parl"), undefined, {
    HOME: home,
    CLAUDE_CONFIG_DIR: folder,
    PARL_REMOTE_DEFAULT_AGENT: "echo",
  });
  try {
    const key = readFileSync(join(home, "parl", "remote-key"), "utf8").trim();
    const socket = await RemoteSocket.connect({ url: server.url, key, clientSessionId: "bench" });
    for (const path of paths.slice(0, FILES_WRITTEN)) {
      socket.send({ type: "subscribe", session_id: path.slice(-42, -6), limit: 1 });
      await socket.next("session_history");
    }
    say(`  ${FILES_WRITTEN} of 5,000 sessions are followed over a socket`);
    const times: number[] = [];
    for (let turn = 0; turn < count; turn++) {
      const file = turn % FILES_WRITTEN;
      const line = recordLine(file, 1_000 + turn, LINE_BYTES);
      const pushed = socket.next("session_history", ({ live }) => live);
      const start = performance.now();
      appendFileSync(paths[file] ?? "", line);
      await pushed;
      times.push(performance.now() - start);
      await sleep(PAUSE_MS);
    }
    await socket.close();
    const floorFolder = join(home, "watched");
    mkdirSync(floorFolder);
    const floor = (await measureWatch(floorFolder, count)) + (await measureEcho()) / 1_000;
    const figure = (q: number, bound: number): Figure => ({
      rule: "RPERF-1",
      name: `appended line to the push at a socket, p${q * 100}`,
      value: quantile(times, q),
      unit: "ms",
      floor,
      ratio: quantile(times, q) / floor,
      gate: `<= ${bound} ms or 10 x floor`,
      pass: quantile(times, q) <= Math.max(bound, 10 * floor),
    });
    return [figure(0.5, 5), figure(0.99, 50)];
  } finally {
    await server.end("SIGTERM");
    rmSync(folder, { recursive: true });
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}
