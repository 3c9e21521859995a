/** [RPERF-3]: 5,000 session files to an exact list, cold and from the saved index. */
import { closeSync, openSync, readSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { median, type Figure } from "../report.ts";
import { benchCatalog, indexPathOf } from "./bench-catalog.ts";
import { LoopDelay } from "./loop-delay.ts";
import { FILES, makeSessionTree } from "./session-tree.ts";

const HEAD = 4_096;
const TAIL = 16_384;

export async function measureIndexStart(isQuick: boolean): Promise<Figure[]> {
  const rounds = isQuick ? 3 : 7;
  const { root, folder } = makeSessionTree();
  const cold: number[] = [];
  const saved: number[] = [];
  const coldFloor: number[] = [];
  const savedFloor: number[] = [];
  const delay = new LoopDelay();
  try {
    for (let round = 0; round < rounds; round++) {
      coldFloor.push(listTree(root, true));
      rmSync(indexPathOf(folder), { force: true });
      cold.push(await startOnce(root, folder, delay));
      savedFloor.push(listTree(root, false));
      saved.push(await startOnce(root, folder, delay));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return [
    figure("5,000 files to an exact list, cold", median(cold), median(coldFloor), 500),
    figure("5,000 files to an exact list, from the saved index", median(saved), median(savedFloor), 100),
    delay.figure("RPERF-3", "while starting"),
  ];
}

function figure(name: string, value: number, floor: number, bound: number): Figure {
  const gate = Math.max(bound, 3 * floor);
  return {
    rule: "RPERF-3",
    name,
    value,
    unit: "ms",
    floor,
    ratio: value / floor,
    gate: `<= ${bound} ms or 3 x floor`,
    pass: value <= gate,
  };
}

/** From a process that has read nothing to a list that is exact. */
async function startOnce(root: string, folder: string, delay: LoopDelay): Promise<number> {
  const start = performance.now();
  const catalog = benchCatalog(root, folder);
  const list = await delay.during(async () => {
    await catalog.start();
    return catalog.list({});
  });
  const took = performance.now() - start;
  const isExact = list.length === FILES && list.every(({ isCountExact }) => isCountExact);
  if (!isExact) throw new Error("the list is not exact");
  await catalog.stop();
  return took;
}

/** List and stat every file; with `reads` its head and its tail too. */
function listTree(root: string, reads: boolean): number {
  const start = performance.now();
  const buffer = Buffer.allocUnsafe(TAIL);
  let files = 0;
  for (const project of readdirSync(root, { withFileTypes: true })) {
    const path = join(root, project.name);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const file = join(path, entry.name);
      const { size } = statSync(file);
      files++;
      if (!reads) continue;
      const fd = openSync(file, "r");
      readSync(fd, buffer, 0, HEAD, 0);
      readSync(fd, buffer, 0, TAIL, Math.max(0, size - TAIL));
      closeSync(fd);
    }
  }
  if (files !== FILES) throw new Error(`${files} files instead of ${FILES}`);
  return performance.now() - start;
}
