import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { truncateMiddle } from "@parlatory/protocol/remote";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OutputSplitter } from "../../src/commands/execution/output-splitter.ts";
import { CommandLog } from "../../src/commands/history/command-log.ts";
import type { OutputStream } from "../../src/commands/history/log-buffer.ts";
import { boundaryBefore, MiddleCut } from "../../src/commands/history/middle-cut.ts";
import { readOutputText } from "../../src/commands/history/output-text.ts";
import { previewOfLog } from "../../src/commands/history/preview-of-log.ts";

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-output-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newPath = (): string => join(folder, `${++files}.log`);

async function logOf(text: string): Promise<string> {
  const path = newPath();
  await writeFile(path, text);
  return path;
}

async function textOf(path: string, maxBytes = 1_000_000): Promise<string> {
  return (await readOutputText(path, maxBytes)).text.toString();
}

test("[CMDHIST-7] exactly one marker per line is removed and each line is ended by a newline", async () => {
  const path = await logOf("[stdout] a\n[stderr] [stdout] b\n[stdout] \n[stderr] [stderr+] c\n");
  expect(await readOutputText(path, 1_000)).toMatchObject({ lines: 4, isCut: false });
  expect(await textOf(path)).toBe("a\n[stdout] b\n\n[stderr+] c\n");
});

test("[CMDHIST-7] pieces are joined where their line began, also across lines of the other stream", async () => {
  const path = await logOf(
    "[stdout] one \n[stdout+] two \n[stderr] e1 \n[stdout+] three \n[stdout+] four\n[stderr+] e2\n[stdout] next\n[stderr] last\n",
  );
  expect(await textOf(path)).toBe("one two three four\ne1 e2\nnext\nlast\n");
  expect((await readOutputText(path, 1_000)).lines).toBe(4);
});

test("[CMDHIST-7] it is known which lines are of stderr, by the numbers that the lines have", async () => {
  const path = await logOf("[stderr] a\n[stdout] b \n[stderr] c \n[stdout+] b\n[stderr+] c\n[stderr] d\n[stdout] e\n");
  expect(await readOutputText(path, 1_000)).toMatchObject({
    lines: 5,
    stderr: [
      { from: 1, to: 1 },
      { from: 3, to: 4 },
    ],
  });
  const turns = await logOf("[stderr] e\n[stdout] o\n".repeat(2_000));
  expect((await readOutputText(turns, 100_000)).stderr).toHaveLength(2_000);
  const more = await logOf("[stderr] e\n[stdout] o\n".repeat(2_001));
  expect((await readOutputText(more, 100_000)).stderr).toBeUndefined();
});

test("[CMDHIST-7] a log that a crash tore is read to its end", async () => {
  expect(await textOf(await logOf("[stdout] whole\n[stderr] to"))).toBe("whole\nto\n");
  expect(await textOf(await logOf("[stdout] whole\n[std"))).toBe("whole\n");
  expect(await textOf(await logOf("no marker\n[stdout+] more\n"))).toBe("no markermore\n");
  expect(await textOf(await logOf("[stdout+] only\n"))).toBe("only\n");
  expect(await textOf(await logOf(""))).toBe("");
});

interface Print {
  stream: OutputStream;
  text: string;
}

/** Whole lines of both streams, in the order in which they begin. */
function model(prints: readonly Print[]): string {
  const lines: string[] = [];
  const open: Partial<Record<OutputStream, number>> = {};
  for (const { stream, text } of prints) {
    for (const part of text.split(/(?<=\n)/)) {
      const at = open[stream] ?? lines.push("") - 1;
      lines[at] += part.replace("\n", "");
      if (part.endsWith("\n")) delete open[stream];
      else open[stream] = at;
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

const prints = fc.array(
  fc.record({
    stream: fc.constantFrom<OutputStream>("stdout", "stderr"),
    // Long enough for pieces, so that each print has told where its line stands.
    text: fc.constantFrom("short\n", "12345678€", "abcdefghij\n", "[stdout] x\ny-ä-z-ö-\n", "\n\nabcdefghi"),
  }),
  { maxLength: 12 },
);

test("[CMDHIST-1] [CMDHIST-7] what both streams print, in pieces of any length, is read back line by line", async () => {
  await fc.assert(
    fc.asyncProperty(prints, fc.boolean(), async (all, isFlushedOften) => {
      const path = newPath();
      const log = await CommandLog.create(path, 1_000_000);
      const splitters = { stdout: new OutputSplitter(4), stderr: new OutputSplitter(4) };
      for (const { stream, text } of all) {
        splitters[stream].push(Buffer.from(text), (block) => log.append(block, stream));
        if (isFlushedOften) await log.flush();
      }
      for (const stream of ["stdout", "stderr"] as const) splitters[stream].end((block) => log.append(block, stream));
      await log.flush();
      await log.close();
      expect(await textOf(path)).toBe(model(all));
    }),
    { numRuns: 60 },
  );
});

test("[CMDHIST-8] [TRUNC-2] bytes that pass by are cut as the whole text would be", () => {
  const texts = fc.array(fc.string({ unit: "binary", maxLength: 30 }), { maxLength: 12 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 0, max: 150 }), (parts, maxBytes) => {
      const cut = new MiddleCut(maxBytes);
      for (const part of parts) cut.push(Buffer.from(part));
      // A lone surrogate becomes U+FFFD in bytes.
      const whole = Buffer.from(parts.join("")).toString();
      const bytes = Buffer.concat(parts.map((part) => Buffer.from(part))).toString();
      fc.pre(whole === bytes);
      expect(cut.finish().text.toString()).toBe(truncateMiddle(whole, maxBytes));
    }),
    { numRuns: 1_000 },
  );
});

test("[CMDHIST-8] a log larger than one part is cut in the middle to what is served", async () => {
  const line = `${"0123456789".repeat(10)}é`;
  const path = await logOf(`[stdout] ${line}\n`.repeat(20_000));
  const whole = `${line}\n`.repeat(20_000);
  const read = await readOutputText(path, 100_001);
  expect(read.isCut).toBe(true);
  expect(read.lines).toBe(20_000);
  expect(read.text.toString()).toBe(truncateMiddle(whole, 100_001));
  expect(await textOf(path, 10_000_000)).toBe(whole);
});

test("[CMDHIST-8] a damaged log is served as valid UTF-8 within the limit", async () => {
  const path = newPath();
  await writeFile(path, Buffer.concat([Buffer.from("[stdout] "), Buffer.alloc(500, 0xff), Buffer.from("\n")]));
  const { text } = await readOutputText(path, 600);
  expect(text.length).toBeLessThanOrEqual(600);
  expect(text.toString()).toContain("\uFFFD");
});

test("[CMDHIST-8] the boundary before a place never splits a character", () => {
  const bytes = Buffer.from("a€😀");
  expect([...bytes.keys(), bytes.length].map((at) => boundaryBefore(bytes, at))).toEqual([0, 1, 1, 1, 4, 4, 4, 4, 8]);
});

test("[CMDHIST-3] a log holds no more output than its limit and says that it was cut", async () => {
  const path = newPath();
  const log = await CommandLog.create(path, 20);
  const splitter = new OutputSplitter(1_000);
  const push = (text: string): void => splitter.push(Buffer.from(text), (block) => log.append(block, "stdout"));
  push("0123456789\n");
  await log.flush();
  expect(log.extent.isCut).toBe(false);
  push("abc\ndefgh€\nmore\n");
  push("late\n");
  await log.flush();
  expect(log.extent.isCut).toBe(true);
  const fitting = await textOf(path);
  // 11 + 4 bytes, and of "defgh" what leaves room for its newline.
  expect(fitting).toBe("0123456789\nabc\ndefg\n");
  expect(Buffer.byteLength(fitting)).toBeLessThanOrEqual(20);
  await log.close();
});

test("[CMDHIST-6] a preview is made of a log when its command cannot tell it any more", async () => {
  expect(await previewOfLog(await logOf("[stdout] a\n[stderr] b\n"))).toBe("a\nb\n");
  expect(await previewOfLog(await logOf(`[stdout] ${"😀".repeat(201)}\n`))).toBe(`${"😀".repeat(200)}...`);
  expect(await previewOfLog(await logOf("[stdout] \n".repeat(5_000)))).toBe(`${"\n".repeat(200)}...`);
  expect(await previewOfLog(await logOf(""))).toBe("");
});
