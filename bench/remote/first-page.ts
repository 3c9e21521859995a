/** [RPERF-2]: the first page of a large session that is in the index, against reading and parsing the file's end. */
import { closeSync, openSync, readSync } from "node:fs";
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import { packHistory } from "../../packages/server/src/sessions/history/pack-history.ts";
import { FileLog } from "../../packages/server/src/sessions/index/file-log.ts";
import { ThreadLogReader } from "../../packages/server/src/sessions/log/thread-log-reader.ts";
import { median, say, type Figure } from "../report.ts";
import { LoopDelay } from "./loop-delay.ts";
import { SessionFile } from "./session-file.ts";
import { systemScheduler } from "./system-scheduler.ts";

const FILE_BYTES = 200e6;
const FLOOR_BYTES = 256 * 1_024;
const MOST_MS = 50;
const MOST_FLOORS = 20;

export async function measureFirstPage(isQuick: boolean): Promise<Figure[]> {
  const session = new SessionFile(FILE_BYTES);
  const reader = new ThreadLogReader({ scheduler: systemScheduler });
  const delay = new LoopDelay();
  try {
    const scanned = await reader.scan({ file: session, atRest: false, wantMessages: false });
    if (scanned.outcome !== "grown") throw new Error(`the file was not read: ${scanned.outcome}`);
    const { state } = scanned;
    const form = { lean: false, blocks: false, budgetBytes: REMOTE_LIMITS.defaultSizeKb * 1_024 };
    const readPage = async (): Promise<number> => {
      const pages = reader.openPages(session, state);
      const log = new FileLog({ sessionId: session.sessionId, logId: "9c41d2ab03e7f515", endSeq: state.count }, pages);
      return Buffer.byteLength((await packHistory(log, {}, form)).frame);
    };
    say(`  a page of ${await readPage()} bytes out of ${state.count} messages`);
    const ours: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < (isQuick ? 20 : 100); round++) {
      floors.push(await milliseconds(() => Promise.resolve(parseEnd(session))));
      ours.push(await delay.during(() => milliseconds(readPage)));
    }
    const value = median(ours);
    const floor = median(floors);
    const most = Math.max(MOST_MS, MOST_FLOORS * floor);
    return [
      {
        rule: "RPERF-2",
        name: "first page of a 200 MB session, p50",
        value,
        unit: "ms",
        floor,
        ratio: value / floor,
        gate: `<= ${MOST_MS} ms or ${MOST_FLOORS} floors`,
        pass: value <= most,
      },
      delay.figure("RPERF-2", "while pages are read"),
    ];
  } finally {
    await reader.close();
    session.remove();
  }
}

async function milliseconds(run: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** The least that a first page can cost: the end of the file read and its lines parsed. */
function parseEnd({ path, bytes }: SessionFile): number {
  const file = openSync(path, "r");
  const end = Buffer.alloc(FLOOR_BYTES);
  readSync(file, end, 0, FLOOR_BYTES, bytes - FLOOR_BYTES);
  closeSync(file);
  let records = 0;
  for (const line of end.toString("utf8").split("\n").slice(1)) {
    if (line === "") continue;
    JSON.parse(line);
    records++;
  }
  return records;
}
