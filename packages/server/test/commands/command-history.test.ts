import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { CommandHistory } from "../../src/commands/history/command-history.ts";
import { CommandIndex } from "../../src/commands/history/command-index.ts";
import type { CommandRecord } from "../../src/commands/history/command-record.ts";
import { SteppedTime } from "../support/stepped-time.ts";
import { silentLog } from "./support/desk-world.ts";

const DAY_MS = 86_400_000;
let folder: string;
let time: SteppedTime;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-history-"));
  time = new SteppedTime(Date.UTC(2026, 2, 1, 9));
  warnings = [];
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

async function open(): Promise<CommandHistory> {
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
  return CommandHistory.open({ folder, retentionDays: 7, clock: time, scheduler: time, log });
}

async function started(): Promise<CommandHistory> {
  const history = await open();
  await history.start();
  onTestFinished(() => history.stop());
  return history;
}

const idOf = (n: number): string => `cmd-00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

function record(n: number, startedAt = time.now()): CommandRecord {
  return {
    commandSessionId: idOf(n),
    commandId: `c${n}`,
    shellCommand: `make c${n}`,
    workingDirectory: n % 2 === 0 ? "/even" : "/odd",
    clientSessionId: "client",
    startedAt,
  };
}

const ended = (exitCode = 0, durationMs = 5) => ({
  exitCode,
  durationMs,
  outputPreview: "",
  isLogCut: false,
  isInterrupted: false,
});

/** A command that was run and ended. */
async function add(history: CommandHistory, n: number, text = "", startedAt = time.now()): Promise<void> {
  const log = await history.begin(record(n, startedAt));
  await log.close();
  await writeFile(join(folder, `${idOf(n)}.log`), text);
  await history.close(idOf(n), ended());
}

const list = (history: CommandHistory, request: { workingDirectory?: string; limit?: number; cursor?: string } = {}) =>
  history.list({ limit: 50, ...request });
const ids = (entries: readonly { commandSessionId: string }[]) =>
  entries.map(({ commandSessionId }) => commandSessionId);

test("[CMDHIST-2] an entry is on the disk before `begin` resolves, whole and for its user only", async () => {
  const history = await started();
  const log = await history.begin(record(1));
  const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8")) as Record<string, unknown>;
  expect(index).toEqual({
    [idOf(1)]: {
      command_session_id: idOf(1),
      command_id: "c1",
      shell_command: "make c1",
      working_directory: "/odd",
      client_session_id: "client",
      timestamp: "2026-03-01T09:00:00.000Z",
    },
  });
  expect((await readdir(folder)).sort()).toEqual([`${idOf(1)}.log`, "index.json"]);
  for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await log.close();
  await history.close(idOf(1), ended());
});

test("[CMDHIST-2] changes that come while the index is written are written together, none is lost", async () => {
  const { index } = await CommandIndex.load(join(folder, "index.json"));
  const saves: Promise<void>[] = [];
  for (let n = 0; n < 50; n++) {
    index.set(record(n));
    saves.push(index.save());
    if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(saves);
  const again = await CommandIndex.load(join(folder, "index.json"));
  expect(again.isBroken).toBe(false);
  expect([...again.index.records()]).toHaveLength(50);
});

test("[CMDHIST-2] an index that cannot be written refuses the command and leaves no log behind", async () => {
  const history = await started();
  await writeFile(join(folder, "blocker"), "");
  // A folder in the place of the temporary file, which even root cannot write.
  const { mkdir } = await import("node:fs/promises");
  await mkdir(join(folder, "index.json.tmp"));
  await expect(history.begin(record(1))).rejects.toMatchObject({ cause: { code: "EISDIR" } });
  expect((await readdir(folder)).filter((name) => name.endsWith(".log"))).toEqual([]);
  await rm(join(folder, "index.json.tmp"), { recursive: true });
  await add(history, 2);
  expect(ids(list(history).entries)).toEqual([idOf(2)]);
});

test("[CMDHIST-2] a crash between temporary file and rename leaves the index of before", async () => {
  const history = await started();
  await add(history, 1, "[stdout] a\n");
  await history.stop();
  await writeFile(join(folder, "index.json.tmp"), '{"half');
  const again = await started();
  expect(ids(list(again).entries)).toEqual([idOf(1)]);
  expect(await readdir(folder)).not.toContain("index.json.tmp");
});

test("[CMDHIST-2] a torn index is rebuilt: what can be read of it stays, other logs get an entry", async () => {
  const history = await started();
  await add(history, 1, "[stdout] one\n");
  await add(history, 2, "[stdout] two\n");
  await history.stop();
  const text = await readFile(join(folder, "index.json"), "utf8");
  await writeFile(join(folder, "index.json"), text.slice(0, text.indexOf(idOf(2), text.indexOf(idOf(2)) + 1) + 4));
  const again = await started();
  const entries = new Map(list(again).entries.map((entry) => [entry.commandSessionId, entry]));
  expect(entries.get(idOf(1))).toMatchObject({ commandId: "c1", exitCode: 0 });
  expect(entries.get(idOf(2))).toMatchObject({
    commandId: "",
    exitCode: 137,
    isInterrupted: true,
    outputPreview: "two\n",
  });
  expect(warnings).toEqual(["the index of commands was damaged and was made anew"]);
  expect(await readFile(join(folder, "index.json.broken"), "utf8")).toContain(idOf(1));
  expect((await CommandIndex.load(join(folder, "index.json"))).isBroken).toBe(false);
});

test.each(["", "[]", "null", '{"cmd-x":{}}', "\0\0\0"])(
  "[CMDHIST-2] an index of %j is rebuilt from the logs",
  async (text) => {
    await writeFile(join(folder, "index.json"), text);
    await writeFile(join(folder, `${idOf(7)}.log`), "[stderr] still here\n");
    await utimes(join(folder, `${idOf(7)}.log`), time.now() / 1000, time.now() / 1000);
    const history = await started();
    expect(list(history).entries).toMatchObject([
      { commandSessionId: idOf(7), exitCode: 137, outputPreview: "still here\n", isInterrupted: true },
    ]);
  },
);

test("[CMD-14] [CMDHIST-2] entries that a dead server left open are closed with 137 as interrupted", async () => {
  const history = await open();
  const log = await history.begin(record(1));
  await log.close();
  await writeFile(join(folder, `${idOf(1)}.log`), "[stdout] got this far\n");
  await utimes(join(folder, `${idOf(1)}.log`), time.now() / 1000, time.now() / 1000 + 3);
  const next = await open();
  expect(next.open().map(({ commandId }) => commandId)).toEqual(["c1"]);
  await next.start();
  onTestFinished(() => next.stop());
  expect(list(next).entries).toMatchObject([
    { exitCode: 137, isInterrupted: true, durationMs: 3_000, outputPreview: "got this far\n" },
  ]);
  expect(
    (JSON.parse(await readFile(join(folder, "index.json"), "utf8")) as Record<string, unknown>)[idOf(1)],
  ).toMatchObject({
    exit_code: 137,
    interrupted: true,
  });
});

test("[CMDHIST-4] entries that ended more than 7 days ago leave with their logs, at start and once a day", async () => {
  const history = await started();
  await add(history, 1, "", time.now() - 6 * DAY_MS);
  await add(history, 2, "", time.now() - 7 * DAY_MS - 1_000);
  await add(history, 3);
  await time.advance(DAY_MS - 1);
  expect(list(history).entries).toHaveLength(3);
  await time.advance(1);
  await expect.poll(() => readdir(folder)).not.toContain(`${idOf(2)}.log`);
  expect(ids(list(history).entries)).toEqual([idOf(3), idOf(1)]);
  await time.advance(DAY_MS);
  await expect.poll(async () => (await readdir(folder)).sort()).toEqual([`${idOf(3)}.log`, "index.json"]);
  await history.stop();
  await time.leap(10 * DAY_MS);
  const later = await started();
  expect(list(later).entries).toEqual([]);
  expect(await readdir(folder)).toEqual(["index.json"]);
});

test("[CMDHIST-4] a running command stays however old it is", async () => {
  const history = await started();
  const log = await history.begin(record(1, time.now() - 30 * DAY_MS));
  await history.tidy();
  expect(ids(list(history).entries)).toEqual([idOf(1)]);
  expect(await readdir(folder)).toContain(`${idOf(1)}.log`);
  await log.close();
  await history.close(idOf(1), ended());
});

test("[CMDHIST-4] a log without an entry and an entry without a log are cleaned, other files are left alone", async () => {
  const history = await started();
  await add(history, 1);
  await add(history, 2);
  await history.stop();
  await rm(join(folder, `${idOf(1)}.log`));
  await writeFile(join(folder, `${idOf(3)}.log`), "");
  await writeFile(join(folder, "notes.log"), "");
  const again = await started();
  expect(ids(list(again).entries)).toEqual([idOf(2)]);
  expect((await readdir(folder)).sort()).toEqual([`${idOf(2)}.log`, "index.json", "notes.log"]);
});

test("[CMDHIST-5] lists go newest first, by directory, in pages that entries in between do not disturb", async () => {
  const history = await started();
  for (let n = 1; n <= 6; n++) await add(history, n, "", time.now() + Math.floor(n / 2));
  expect(ids(list(history).entries)).toEqual([6, 4, 5, 2, 3, 1].map(idOf));
  expect(ids(list(history, { workingDirectory: "/odd" }).entries)).toEqual([5, 3, 1].map(idOf));
  expect(list(history, { workingDirectory: "/od" }).entries).toEqual([]);
  const first = list(history, { limit: 4 });
  expect(ids(first.entries)).toEqual([6, 4, 5, 2].map(idOf));
  await add(history, 8, "", time.now() + 9);
  const second = list(history, { limit: 4, cursor: first.nextCursor ?? "" });
  expect(ids(second.entries)).toEqual([3, 1].map(idOf));
  expect(second.nextCursor).toBeNull();
  for (const limit of [0, -1, 501, 1.5, Number.NaN]) expect(list(history, { limit }).entries).toHaveLength(7);
  expect(() => list(history, { cursor: "../../etc" })).toThrow(expect.objectContaining({ code: "invalid_field" }));
});

test("[CMDHIST-7] an unknown id, and one whose log is gone, has no output", async () => {
  const history = await started();
  expect(await history.readOutput("cmd-unknown", 0, 100)).toBeUndefined();
  expect(await history.readOutput("../../../etc/passwd", 0, 100)).toBeUndefined();
  await add(history, 1, "[stdout] a\n");
  await rm(join(folder, `${idOf(1)}.log`));
  expect(await history.readOutput(idOf(1), 0, 100)).toBeUndefined();
});

test("[CMDHIST-8] pages go from offset to offset between characters and make the whole text", async () => {
  const history = await started();
  const line = "äöü€😀 and more";
  await add(history, 1, `[stdout] ${line}\n`.repeat(40));
  const whole = `${line}\n`.repeat(40);
  for (const maxBytes of [1, 5, 64, 100_000]) {
    let text = "";
    for (let offset: number | null = 0; offset !== null;) {
      const page = await history.readOutput(idOf(1), offset, maxBytes);
      if (page === undefined) throw new Error("the page is missing");
      expect(page).toMatchObject({ offset, totalBytes: Buffer.byteLength(whole), isTruncated: false, lastSeq: 40 });
      // One character at least, or a reader would never get on.
      expect(Buffer.byteLength(page.output)).toBeLessThanOrEqual(Math.max(4, maxBytes));
      text += page.output;
      offset = page.nextOffset;
    }
    expect(text).toBe(whole);
  }
  expect(await history.readOutput(idOf(1), 1, 3)).toMatchObject({ offset: 2, output: "ö" });
  expect(await history.readOutput(idOf(1), 1e9, 3)).toMatchObject({ output: "", nextOffset: null });
});
