/**
 * Counting one large file in parts, by several threads at once, and putting the parts together to what counting it in one go
 * would have given. Where the parts alone cannot tell (an id is in two of them, or a turn is as long as the last one), nothing
 * is put together and the file has to be counted in one go. In a thread: everything here blocks.
 */
import type { FileFacts, FileState, SessionFile } from "./log-reader.ts";
import { MARK_EVERY } from "./log-reader.ts";
import { IdsHash } from "./ids-hash.ts";
import { LogBuilder, type LogContent } from "./log-builder.ts";
import { scanLines } from "./line-scan.ts";
import { prefixHash, shortHash, withFile, type OpenFile } from "./open-file.ts";
import { PRINT_CHARS, readPrint } from "./print-row.ts";
import { nextLineStart } from "./line-windows.ts";

export interface SegmentJob {
  readonly file: SessionFile;
  /** Lines that begin from here on … */
  readonly from: number;
  /** … and before here; `size` for the last segment. */
  readonly to: number;
  /** Of the whole file, when it was divided. */
  readonly size: number;
  readonly atRest: boolean;
}

export interface Segment {
  readonly identity: Pick<FileState, "mtimeMs" | "device" | "inode">;
  readonly content: LogContent;
  /** Where each message begins. */
  readonly messageOffsets: readonly number[];
  /** What it says of the turn holds whatever stands before it. */
  readonly hasOwnTurn: boolean;
  readonly firstLineHash: string | undefined;
  /** Behind its last line. */
  readonly offset: number;
}

/** Undefined when the file is gone, or smaller than it was. */
export function scanSegment(job: SegmentJob): Segment | undefined {
  return withFile(job.file.path, (file) => (file.size < job.size ? undefined : readSegment(file, job)));
}

function readSegment(file: OpenFile, job: SegmentJob): Segment {
  const isFirst = job.from === 0;
  const isLast = job.to === job.size;
  const start = isFirst ? 0 : nextLineStart(file.fd, job.from, job.size);
  const end = isLast ? job.size : nextLineStart(file.fd, job.to, job.size);
  const builder = new LogBuilder({
    sessionId: job.file.sessionId,
    // Of a time that stands in an earlier part nothing is known here.
    fallbackTime: isFirst ? Math.floor(file.mtimeMs) : Number.NaN,
    wantMessages: false,
    part: { isFirst, messageOffsets: [] },
  });
  let firstLineHash: string | undefined;
  const scanned = scanLines(file.fd, Math.min(start, end), end, {
    line: (line, offset) => {
      firstLineHash ??= shortHash(line.bytes.subarray(line.start, line.end));
      builder.addLine(line, offset);
      return undefined;
    },
    tooLong: () => builder.skipLine(),
    leave: () => builder.settle(),
  });
  let { offset } = scanned;
  const { rest } = scanned;
  if (isLast && job.atRest && rest !== undefined && builder.addUnended(rest, 0, rest.length, offset)) {
    offset += rest.length;
  }
  return {
    identity: { mtimeMs: file.mtimeMs, device: file.device, inode: file.inode },
    content: builder.content(),
    messageOffsets: builder.messageOffsets,
    hasOwnTurn: builder.hasOwnTurn,
    firstLineHash,
    offset,
  };
}

/** The state of the whole file; undefined where the parts cannot be put together. */
export function joinSegments(file: SessionFile, size: number, segments: readonly Segment[]): FileState | undefined {
  const first = segments[0];
  const last = segments.at(-1);
  if (first === undefined || last === undefined || !last.hasOwnTurn) return undefined;
  const isOneFile = segments.every(
    ({ identity }) => identity.device === first.identity.device && identity.inode === first.identity.inode,
  );
  const idPrints = segments.map(({ content }) => content.idPrints).join("");
  if (!isOneFile || !areDistinct(idPrints)) return undefined;
  return withFile(file.path, (open) => {
    if (open.device !== first.identity.device || open.inode !== first.identity.inode || open.size < last.offset) {
      return undefined;
    }
    return {
      size,
      // The oldest: what was written since is found by its own time.
      mtimeMs: Math.min(...segments.map(({ identity }) => identity.mtimeMs)),
      device: open.device,
      inode: open.inode,
      offset: last.offset,
      firstLineHash: first.firstLineHash ?? "",
      prefixHash: prefixHash(open.fd, last.offset),
      ...joinContents(segments, idPrints),
    };
  });
}

function joinContents(segments: readonly Segment[], idPrints: string): LogContent {
  const contents = segments.map(({ content }) => content);
  const hash = new IdsHash();
  for (let at = 0; at < idPrints.length; at += PRINT_CHARS) {
    const { high, low } = readPrint(idPrints, at);
    hash.add(high, low);
  }
  const last = contents.at(-1);
  return {
    count: idPrints.length / PRINT_CHARS,
    idsHash: hash.text,
    idPrints,
    marks: segments.flatMap(({ messageOffsets }) => messageOffsets).filter((_, index) => index % MARK_EVERY === 0),
    repeatedOffsets: contents.flatMap(({ repeatedOffsets }) => repeatedOffsets),
    twins: contents.flatMap(({ twins }) => twins),
    turn: last?.turn ?? { tipId: null, openCalls: [], isAnswered: false },
    tip: last?.tip ?? null,
    skippedLines: contents.reduce((sum, { skippedLines }) => sum + skippedLines, 0),
    facts: contents.map(({ facts }) => facts).reduce(joinFacts),
  };
}

function joinFacts(before: FileFacts, after: FileFacts): FileFacts {
  const hasMessages = after.lastTimestamp !== undefined;
  const isTimed = hasMessages && !Number.isNaN(after.lastTimestamp);
  const firstPrompt = before.firstPrompt ?? after.firstPrompt;
  const isLonger = (after.longestPrompt?.length ?? 0) > (before.longestPrompt?.length ?? 0);
  return {
    cwd: before.cwd ?? after.cwd,
    createdAt: before.createdAt ?? after.createdAt,
    lastTimestamp: isTimed ? after.lastTimestamp : before.lastTimestamp,
    preview: hasMessages ? after.preview : before.preview,
    title: after.title ?? before.title,
    summary: after.summary ?? before.summary,
    firstPrompt,
    longestPrompt: firstPrompt !== undefined ? undefined : isLonger ? after.longestPrompt : before.longestPrompt,
    model: after.model ?? before.model,
    contextTokens: after.contextTokens ?? before.contextTokens,
    lastRecordId: after.lastRecordId,
    isTurnFinished: after.isTurnFinished,
  };
}

function areDistinct(prints: string): boolean {
  const seen = new Set<string>();
  for (let at = 0; at < prints.length; at += PRINT_CHARS) seen.add(prints.slice(at, at + PRINT_CHARS));
  return seen.size === prints.length / PRINT_CHARS;
}
