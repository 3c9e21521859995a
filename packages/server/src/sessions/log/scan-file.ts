/**
 * Reading a file to its end, all of it or what was appended ([HIST-11]). In a thread: everything here blocks.
 */
import type { FileState, LogFingerprint, SessionFile } from "./log-reader.ts";
import { LogBuilder, type DraftMessage } from "./log-builder.ts";
import { scanLines } from "./line-scan.ts";
import { prefixHash, prefixHashOf, readBytes, shortHash, withFile, type OpenFile } from "./open-file.ts";

export interface ScanJob {
  readonly file: SessionFile;
  /** Without prints, unless `readsIds`. */
  readonly from?: FileState | undefined;
  readonly compare?: LogFingerprint | undefined;
  readonly atRest: boolean;
  readonly wantMessages: boolean;
  /** Read all ids before `from` too: one of those behind it may be among them. */
  readonly readsIds?: boolean | undefined;
  /** Nothing is read of a file of this size that would have to be read whole. */
  readonly largeBytes?: number | undefined;
}

export type ScanAnswer =
  | { readonly outcome: "gone" }
  | { readonly outcome: "unchanged" }
  | { readonly outcome: "large"; readonly size: number }
  | {
      readonly outcome: "grown";
      /** `idPrints` are only those of what was read. */
      readonly state: FileState;
      readonly drafts: readonly DraftMessage[];
      readonly hasMore: boolean;
      /** It was read from where `from` ends, and not from the start. */
      readonly isContinued: boolean;
    }
  | { readonly outcome: "rewritten"; readonly state: FileState; readonly isPrefixKept: boolean };

/** Lines of so many bytes are turned into messages at once; the rest is left for the next scan. */
const MESSAGES_BYTES = 4 * 1024 * 1024;

export function scanFile(job: ScanJob): ScanAnswer {
  return withFile(job.file.path, (file) => scanOpen(file, job)) ?? { outcome: "gone" };
}

function scanOpen(file: OpenFile, job: ScanJob): ScanAnswer {
  const { from } = job;
  if (from === undefined || from.offset === 0) {
    // Nothing was numbered yet, or nothing that is known here.
    if (job.largeBytes !== undefined && file.size >= job.largeBytes) return { outcome: "large", size: file.size };
    const read = readFrom(file, job, undefined, job.wantMessages && job.compare === undefined);
    if (job.compare === undefined) return { outcome: "grown", isContinued: false, ...read.growth };
    return { outcome: "rewritten", state: read.growth.state, isPrefixKept: read.isPrefixKept };
  }
  if (isUnchanged(file, from) && !(job.atRest && from.offset < from.size)) return { outcome: "unchanged" };
  if (isGrowth(file, from)) {
    const { growth } = readFrom(file, job, from, job.wantMessages);
    const isSame = growth.state.offset === from.offset && growth.state.size === from.size;
    if (isSame && growth.state.mtimeMs === from.mtimeMs) return { outcome: "unchanged" };
    return { outcome: "grown", isContinued: true, ...growth };
  }
  const compare = job.compare ?? { count: from.count, idsHash: from.idsHash };
  const { growth, isPrefixKept } = readFrom(file, { ...job, compare }, undefined, false);
  return { outcome: "rewritten", state: growth.state, isPrefixKept };
}

function isUnchanged(file: OpenFile, from: FileState): boolean {
  return isSameFile(file, from) && file.size === from.size && file.mtimeMs === from.mtimeMs;
}

function isSameFile(file: OpenFile, from: FileState): boolean {
  return file.device === from.device && file.inode === from.inode;
}

function isGrowth(file: OpenFile, from: FileState): boolean {
  if (!isSameFile(file, from) || file.size < from.size || prefixHash(file.fd, from.offset) !== from.prefixHash) {
    return false;
  }
  // A last line that was read without its newline must have ended there: else it has become another line.
  const joint = readBytes(file.fd, from.offset - 1, 2);
  return joint[0] === 0x0a || joint.length < 2 || joint[1] === 0x0a;
}

function readFrom(
  file: OpenFile,
  job: ScanJob,
  from: FileState | undefined,
  wantMessages: boolean,
): {
  growth: { state: FileState; drafts: readonly DraftMessage[]; hasMore: boolean };
  isPrefixKept: boolean;
} {
  const builder = new LogBuilder({
    sessionId: job.file.sessionId,
    fallbackTime: Math.floor(file.mtimeMs),
    wantMessages,
    from,
    compare: job.compare,
    idsBefore: from !== undefined && job.readsIds === true ? readIds(file, job, from.offset) : undefined,
  });
  const start = from?.offset ?? 0;
  let firstLineHash = from?.firstLineHash;
  let budget = wantMessages ? MESSAGES_BYTES : Number.POSITIVE_INFINITY;
  let isCut = false;
  const scanned = scanLines(file.fd, start, file.size, {
    line: (line, offset) => {
      firstLineHash ??= shortHash(line.bytes.subarray(line.start, line.end));
      builder.addLine(line, offset);
      budget -= line.end - line.start;
      if (budget > 0) return undefined;
      isCut = true;
      return false;
    },
    tooLong: () => builder.skipLine(),
    leave: () => builder.settle(),
  });
  let { offset } = scanned;
  const { rest, whole } = scanned;
  if (job.atRest && rest !== undefined && builder.addUnended(rest, 0, rest.length, offset)) {
    firstLineHash ??= shortHash(rest);
    offset += rest.length;
  }
  const hasMore = isCut && offset < file.size;
  const state: FileState = {
    // Where more is left, the file is seen as grown until it is read.
    size: hasMore ? offset : file.size,
    mtimeMs: file.mtimeMs,
    device: file.device,
    inode: file.inode,
    offset,
    firstLineHash: firstLineHash ?? "",
    prefixHash: whole !== undefined && start === 0 ? prefixHashOf(whole, offset) : prefixHash(file.fd, offset),
    ...builder.content(),
  };
  return { growth: { state, drafts: builder.messages, hasMore }, isPrefixKept: builder.isPrefixKept };
}

/** All ids of the log before an offset. */
function readIds(file: OpenFile, job: ScanJob, offset: number): ReadonlySet<string> {
  const builder = new LogBuilder({ sessionId: job.file.sessionId, fallbackTime: 0, wantMessages: false });
  const { rest, offset: end } = scanLines(file.fd, 0, offset, {
    line: (line, at) => {
      builder.addLine(line, at);
      return undefined;
    },
    tooLong: () => undefined,
    leave: () => builder.settle(),
  });
  if (rest !== undefined) builder.addUnended(rest, 0, rest.length, end);
  return builder.ids;
}
