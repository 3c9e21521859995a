/** Reading of a stretch of a file's log from behind, without what stands before it. In a thread: everything here blocks. */
import { FileChangedError, type FileState, type SessionFile } from "./log-reader.ts";
import { LogBuilder, type DraftMessage, type LogWindow } from "./log-builder.ts";
import { scanLines } from "./line-scan.ts";
import { windowStart } from "./line-windows.ts";
import { prefixHash, withFile, type OpenFile } from "./open-file.ts";

/** What of a state is needed to read in a file. */
export type FileAnchor = Pick<
  FileState,
  "device" | "inode" | "offset" | "prefixHash" | "mtimeMs" | "repeatedOffsets" | "twins"
>;

/** The newest message in a line before `offset` has the number `seq`. */
export interface PageStart {
  readonly offset: number;
  readonly seq: number;
}

export interface PageJob {
  readonly file: SessionFile;
  readonly anchor: FileAnchor;
  readonly start: PageStart;
  /** Only messages with `afterSeq` < `seq` < `beforeSeq` are given. */
  readonly beforeSeq: number;
  readonly afterSeq: number;
  /** About so much of the file is read. */
  readonly bytes: number;
}

export interface PageAnswer {
  /** Oldest first. */
  readonly drafts: readonly DraftMessage[];
  /** Where to go on; undefined when there is no more to give. */
  readonly next: PageStart | undefined;
  /** Where what was read begins: what is sought is before it. */
  readonly offset: number;
}

export function readPage(job: PageJob): PageAnswer {
  return withAnchoredFile(job.file, job.anchor, (file) => {
    const { start, beforeSeq, afterSeq } = job;
    const offset = windowStart(file.fd, start.offset, job.bytes);
    const drafts = readWindow(file, job, offset, start.offset);
    const first = start.seq - drafts.length;
    const numbered = drafts
      .map(({ message, sought }) => ({ message: { ...message, seq: first + message.seq }, sought }))
      .filter(({ message }) => message.seq > afterSeq && message.seq < beforeSeq);
    const hasMore = offset > 0 && first > afterSeq;
    return {
      drafts: withTimes(numbered, file, job, offset),
      next: hasMore ? { offset, seq: first } : undefined,
      offset,
    };
  });
}

/** Runs `use` with the file if it is still the one of the state, up to the state's end. */
export function withAnchoredFile<Result>(
  { path }: SessionFile,
  anchor: FileAnchor,
  use: (file: OpenFile) => Result,
): Result {
  const answer = withFile(path, (file) => {
    const isSame = file.device === anchor.device && file.inode === anchor.inode && file.size >= anchor.offset;
    if (!isSame || prefixHash(file.fd, anchor.offset) !== anchor.prefixHash) return undefined;
    return { result: use(file) };
  });
  if (answer === undefined) throw new FileChangedError(`${path} is not the file any more that was read before`);
  return answer.result;
}

function readWindow(
  file: OpenFile,
  { file: { sessionId }, anchor }: Pick<PageJob, "file" | "anchor">,
  from: number,
  to: number,
): readonly DraftMessage[] {
  const window: LogWindow = {
    isFirst: from === 0,
    repeated: new Set(anchor.repeatedOffsets),
    twins: new Map(anchor.twins),
  };
  const builder = new LogBuilder({ sessionId, fallbackTime: Number.NaN, wantMessages: true, window });
  const { rest, offset } = scanLines(file.fd, from, to, {
    line: (line, at) => {
      builder.addLine(line, at);
      return undefined;
    },
    tooLong: () => undefined,
    leave: () => builder.settle(),
  });
  if (rest !== undefined) builder.addUnended(rest, 0, rest.length, offset);
  return builder.messages;
}

/** Messages without a time of their own, at the beginning, get that of the message before them ([HIST-8]). */
function withTimes(
  drafts: readonly DraftMessage[],
  file: OpenFile,
  job: Pick<PageJob, "file" | "anchor" | "bytes">,
  from: number,
): readonly DraftMessage[] {
  const [oldest] = drafts;
  if (oldest === undefined || !Number.isNaN(oldest.message.timestamp)) return drafts;
  const timestamp = timeBefore(file, job, from);
  return drafts.map((draft) =>
    Number.isNaN(draft.message.timestamp) ? { ...draft, message: { ...draft.message, timestamp } } : draft,
  );
}

function timeBefore(file: OpenFile, job: Pick<PageJob, "file" | "anchor" | "bytes">, offset: number): number {
  for (let end = offset; end > 0;) {
    const start = windowStart(file.fd, end, job.bytes);
    const newest = readWindow(file, job, start, end).at(-1);
    if (newest !== undefined && !Number.isNaN(newest.message.timestamp)) return newest.message.timestamp;
    end = start;
  }
  return Math.floor(job.anchor.mtimeMs);
}
