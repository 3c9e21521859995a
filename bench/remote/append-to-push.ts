/** [RPERF-1]: from an appended line to what a subscriber hears of it, 5,000 files watched. */
import { appendFileSync, mkdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { measureEcho } from "../mesh/floors.ts";
import { quantile, say, type Figure } from "../report.ts";
import { benchCatalog } from "./bench-catalog.ts";
import { makeSessionTree, recordLine } from "./session-tree.ts";

/** Agents write when they have said something: not in one burst, and to one file of many. */
const PAUSE_MS = 30;
const FILES_WRITTEN = 20;
const LINE_BYTES = 900;

/** To the listener of the catalog, which is what the gateway pushes from. */
export async function measureAppendToPush(isQuick: boolean): Promise<Figure[]> {
  const count = isQuick ? 200 : 1_000;
  const { root, folder, paths } = makeSessionTree();
  const catalog = benchCatalog(root, folder);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  try {
    await catalog.start();
    const ids = paths.slice(0, FILES_WRITTEN).map((path) => path.slice(-42, -6));
    for (const id of ids) if ((await catalog.open(id)) === undefined) throw new Error(`session ${id} cannot be opened`);
    // The first sweep behind the start has ended with the second look at the disk.
    await catalog.find("ffffffff-0000-4000-8000-ffffffffffff");
    say("  5,000 files are watched");
    let heard: () => void = () => undefined;
    catalog.listen({ onAppended: () => heard() });
    const times: number[] = [];
    delay.enable();
    for (let turn = 0; turn < count; turn++) {
      const file = turn % FILES_WRITTEN;
      const line = recordLine(file, 1_000 + turn, LINE_BYTES);
      const told = new Promise<void>((resolve) => (heard = resolve));
      const start = performance.now();
      appendFileSync(paths[file] ?? "", line);
      await told;
      times.push(performance.now() - start);
      await sleep(PAUSE_MS);
    }
    delay.disable();
    const watchMs = await measureWatch(folder, count);
    const echoMs = (await measureEcho()) / 1_000;
    return figures(times, watchMs + echoMs, delay.percentile(99) / 1e6);
  } finally {
    await catalog.stop();
    rmSync(folder, { recursive: true });
  }
}

function figures(times: readonly number[], floor: number, delayMs: number): Figure[] {
  const figure = (q: number, bound: number): Figure => ({
    rule: "RPERF-1",
    name: `appended line to the catalog's listener, p${q * 100}`,
    value: quantile(times, q),
    unit: "ms",
    floor,
    ratio: quantile(times, q) / floor,
    gate: `<= ${bound} ms or 10 x floor`,
    pass: quantile(times, q) <= Math.max(bound, 10 * floor),
  });
  return [
    figure(0.5, 5),
    figure(0.99, 50),
    {
      rule: "RPERF-1",
      name: "event-loop delay p99 while files are followed",
      value: delayMs,
      unit: "ms",
      gate: "<= 20 ms",
      pass: delayMs <= 20,
    },
  ];
}

/** Milliseconds, p50 from an append to the event of a bare watch of its directory. */
export async function measureWatch(folder: string, count: number): Promise<number> {
  const directory = join(folder, "floor");
  mkdirSync(directory);
  const path = join(directory, "floor.jsonl");
  writeFileSync(path, "");
  const watcher = watch(directory);
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const event = once(watcher, "change");
    const start = performance.now();
    appendFileSync(path, recordLine(1, turn, LINE_BYTES));
    await event;
    times.push(performance.now() - start);
    await sleep(1);
  }
  watcher.close();
  return quantile(times, 0.5);
}
