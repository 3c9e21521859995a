import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { OutputLine } from "../../src/commands/command-desk.ts";
import { OutputRecorder } from "../../src/commands/execution/output-recorder.ts";
import { OutputSplitter, type OutputBlock } from "../../src/commands/execution/output-splitter.ts";
import { RunningCommand } from "../../src/commands/execution/running-command.ts";
import { CommandLog } from "../../src/commands/history/command-log.ts";
import { SteppedTime } from "../support/stepped-time.ts";

/** A log whose writes end when the test says so. */
class HeldLog {
  appendedBytes = 0;
  #flushes: PromiseWithResolvers<void>[] = [];
  #isOpen = false;

  append({ bytes }: OutputBlock): void {
    this.appendedBytes += bytes.length;
  }

  flush(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    const flush = Promise.withResolvers<void>();
    this.#flushes.push(flush);
    return flush.promise;
  }

  get isWriting(): boolean {
    return this.#flushes.length > 0;
  }

  release(): void {
    for (const flush of this.#flushes.splice(0)) flush.resolve();
  }

  fail(cause: Error): void {
    for (const flush of this.#flushes.splice(0)) flush.reject(cause);
  }

  openForEver(): void {
    this.#isOpen = true;
    this.release();
  }
}

function open(log: HeldLog = new HeldLog()) {
  const lines: OutputLine[] = [];
  const failures: unknown[] = [];
  let onWritten = (): void => undefined;
  const recorder = new OutputRecorder({
    log,
    onLines: (told) => void lines.push(...told),
    onWritten: () => onWritten(),
    onLogFailed: (cause) => void failures.push(cause),
  });
  const splitters = { stdout: new OutputSplitter(8), stderr: new OutputSplitter(8) };
  const print = (stream: "stdout" | "stderr", text: string): void =>
    splitters[stream].push(Buffer.from(text), (block) => recorder.take(block, stream));
  const whenWritten = (run: () => void): void => void (onWritten = run);
  return { log, recorder, lines, failures, print, whenWritten };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("[CMD-12] nothing is told before it is in the log, and what came meanwhile is told together", async () => {
  const { log, recorder, lines, print } = open();
  print("stdout", "a\n");
  await turn();
  expect(log.isWriting).toBe(true);
  print("stderr", "b\n");
  print("stdout", "c\n");
  await turn();
  expect(lines).toEqual([]);
  log.release();
  await turn();
  expect(lines.map(({ text }) => text)).toEqual(["a"]);
  expect(recorder.recordedSeq).toBe(1);
  log.release();
  await recorder.settle();
  expect(lines).toEqual([
    { stream: "stdout", seq: 1, text: "a", isPartial: false },
    { stream: "stderr", seq: 2, text: "b", isPartial: false },
    { stream: "stdout", seq: 3, text: "c", isPartial: false },
  ]);
  expect(recorder.recordedSeq).toBe(3);
});

test("[CMD-11] [CMDHIST-9] pieces of a line share its number; while it is unfinished, the last whole line is before it", async () => {
  const { log, recorder, lines, print } = open();
  log.openForEver();
  print("stdout", "first\n0123456789");
  print("stderr", "other\n");
  await recorder.settle();
  expect(recorder.recordedSeq).toBe(1);
  print("stdout", "0123456789\nlast\n");
  await recorder.settle();
  expect(recorder.recordedSeq).toBe(4);
  expect(lines.map(({ stream, seq, text, isPartial }) => [stream, seq, text, isPartial])).toEqual([
    ["stdout", 1, "first", false],
    ["stdout", 2, "01234567", true],
    ["stderr", 3, "other", false],
    ["stdout", 2, "89012345", true],
    ["stdout", 2, "6789", false],
    ["stdout", 4, "last", false],
  ]);
});

test("[CMD-12] a log that cannot be written is told of, and output goes on to be told", async () => {
  const { log, recorder, lines, failures, print } = open();
  const cause = new Error("no space");
  print("stdout", "a\n");
  await turn();
  log.fail(cause);
  await recorder.settle();
  log.openForEver();
  print("stdout", "b\n");
  await recorder.settle();
  expect(failures).toEqual([cause]);
  expect(lines.map(({ text }) => text)).toEqual(["a", "b"]);
});

test("[CMD-12] after a write that failed a log takes nothing more and says that it is cut", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parl-log-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = await CommandLog.create(join(folder, "log"), 1_000);
  const block = { bytes: Buffer.from("a\n"), texts: ["a"], isContinued: false, isUnfinished: false };
  log.append(block, "stdout");
  await log.close();
  await expect(log.flush()).rejects.toMatchObject({ code: "EBADF" });
  log.append(block, "stdout");
  expect(log.extent).toEqual({ fileBytes: 0, isCut: true });
  await log.flush();
});

test("[CMDHIST-6] the preview is the beginning of the output", async () => {
  const { log, recorder, print } = open();
  log.openForEver();
  expect(recorder.preview.toString()).toBe("");
  print("stdout", "one\n");
  print("stderr", "two\n0123456789");
  expect(recorder.preview.toString()).toBe("one\ntwo\n01234567");
  print("stdout", "x".repeat(400));
  await recorder.settle();
  expect(recorder.preview.toString()).toBe(`${"one\ntwo\n01234567"}${"x".repeat(184)}...`);
});

test("[CMD-12] while the log is not written, the command is not read: it waits, and memory does not grow", async () => {
  const log = new HeldLog();
  const { recorder, lines, whenWritten } = open(log);
  const line = `${"x".repeat(1_023)}\n`;
  const count = 8_192;
  const script = `const fs = require("node:fs"); const line = Buffer.from(${JSON.stringify(line)});
    for (let i = 0; i < ${count}; i++) for (let at = 0; at < line.length;) at += fs.writeSync(1, line, at);`;
  const time = new SteppedTime();
  const plan = { program: process.execPath, arguments: ["-e", script], workingDirectory: tmpdir(), environment: {} };
  const command = await RunningCommand.start(plan, recorder, time);
  whenWritten(() => command.resume());
  await expect.poll(() => recorder.isFull, { timeout: 10_000 }).toBe(true);
  // Another program that does as much work has ended meanwhile: reading did not just take its time.
  await new Promise((resolve) => spawn(process.execPath, ["-e", ""]).once("exit", resolve));
  // What may wait, a read that was under way, and a buffer of the stream.
  expect(log.appendedBytes).toBeLessThan(1024 * 1024);
  expect(lines).toEqual([]);
  log.openForEver();
  expect(await command.ended).toEqual({ exitCode: 0 });
  expect(lines).toHaveLength(count);
  expect(log.appendedBytes).toBe(count * 1_024);
});
