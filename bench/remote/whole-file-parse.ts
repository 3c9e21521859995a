/** [RPERF-4]: a whole session file counted, against the line reader of the standard library and the JSON parser. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { ThreadLogReader } from "../../packages/server/src/sessions/log/thread-log-reader.ts";
import { median, say, type Figure } from "../report.ts";
import { LoopDelay } from "./loop-delay.ts";
import { SessionFile } from "./session-file.ts";
import { systemScheduler } from "./system-scheduler.ts";

const FILE_BYTES = 200e6;
const LEAST_RATIO = 1.4;

export async function measureWholeFileParse(isQuick: boolean): Promise<Figure[]> {
  const session = new SessionFile(FILE_BYTES);
  const reader = new ThreadLogReader({ scheduler: systemScheduler });
  const delay = new LoopDelay();
  const parse = async (): Promise<number> => {
    const result = await reader.scan({ file: session, atRest: false, wantMessages: false });
    if (result.outcome !== "grown") throw new Error(`the file was not read: ${result.outcome}`);
    return result.state.count;
  };
  try {
    say(`  ${Math.round(session.bytes / 1e6)} MB, ${await parse()} messages`);
    await readLines(session.path);
    const ours: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < (isQuick ? 3 : 7); round++) {
      floors.push(await bytesPerSecond(session.bytes, () => readLines(session.path)));
      ours.push(await delay.during(() => bytesPerSecond(session.bytes, parse)));
    }
    // Rounds are pairs: what slows the machine for a while slows both.
    const ratio = median(ours.map((rate, i) => rate / (floors[i] ?? 1)));
    return [
      {
        rule: "RPERF-4",
        name: "whole-file parse of a 200 MB session",
        value: median(ours) / 1e6,
        unit: "MB/s",
        floor: median(floors) / 1e6,
        ratio,
        gate: `ratio >= ${LEAST_RATIO}`,
        pass: ratio >= LEAST_RATIO,
      },
      delay.figure("RPERF-4", "while a whole file is parsed"),
    ];
  } finally {
    await reader.close();
    session.remove();
  }
}

async function bytesPerSecond(bytes: number, run: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await run();
  return (bytes * 1e9) / Number(process.hrtime.bigint() - start);
}

async function readLines(path: string): Promise<number> {
  let records = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    JSON.parse(line);
    records++;
  }
  return records;
}
