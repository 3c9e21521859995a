/** Enough of a file to list it: its first lines and its last ones ([WATCH-5]). In a thread: everything here blocks. */
import type { FileFacts, FileState, SessionFile } from "./log-reader.ts";
import { LogBuilder, type LogWindow } from "./log-builder.ts";
import { scanLines } from "./line-scan.ts";
import { windowStart } from "./line-windows.ts";
import { withFile, type OpenFile } from "./open-file.ts";
import { scanFile } from "./scan-file.ts";

const HEAD_BYTES = 4 * 1024;
const TAIL_BYTES = 16 * 1024;
/** More is not read for a glance, whatever it would bring. */
const MOST_BYTES = 1024 * 1024;
/** A file of this size costs less to read than to be looked at twice. */
const SMALL_BYTES = HEAD_BYTES + TAIL_BYTES;

const somewhere: LogWindow = { isFirst: false, repeated: new Set<number>(), twins: new Map<number, number>() };

export interface GlanceAnswer {
  readonly state: FileState;
  readonly isExact: boolean;
}

export function glanceFile(file: SessionFile): GlanceAnswer | undefined {
  return withFile(file.path, (open) => (open.size <= SMALL_BYTES ? glanceSmall(file) : glanceLarge(file, open)));
}

function glanceSmall(file: SessionFile): GlanceAnswer | undefined {
  const scanned = scanFile({ file, atRest: false, wantMessages: false });
  return scanned.outcome === "grown" ? { state: scanned.state, isExact: true } : undefined;
}

function glanceLarge(file: SessionFile, open: OpenFile): GlanceAnswer {
  const head = readHead(file, open);
  const tail = readTail(file, open, head.offset);
  const first = head.builder.facts();
  const last = tail.facts();
  const facts: FileFacts = {
    ...first,
    ...defined(last),
    cwd: first.cwd ?? last.cwd,
    createdAt: first.createdAt ?? last.createdAt,
    firstPrompt: first.firstPrompt ?? last.firstPrompt,
    longestPrompt: first.longestPrompt ?? last.longestPrompt,
    preview: tail.count > 0 ? last.preview : first.preview,
  };
  const state: FileState = {
    size: open.size,
    mtimeMs: open.mtimeMs,
    device: open.device,
    inode: open.inode,
    offset: 0,
    firstLineHash: "",
    prefixHash: "",
    ...tail.content(),
    count: head.builder.count + tail.count,
    idsHash: "",
    idPrints: "",
    marks: [],
    repeatedOffsets: [],
    twins: [],
    facts,
  };
  return { state, isExact: false };
}

/** Whole lines from the start, until there is a message. */
function readHead(file: SessionFile, open: OpenFile): { builder: LogBuilder; offset: number } {
  const builder = createBuilder(file, open, undefined);
  let offset = 0;
  scanLines(open.fd, 0, Math.min(open.size, MOST_BYTES), {
    line: (line, at) => {
      builder.addLine(line, at);
      offset = at + (line.end - line.start) + 1;
      return offset < HEAD_BYTES || builder.count === 0 ? undefined : false;
    },
    tooLong: () => undefined,
    leave: () => builder.settle(),
  });
  return { builder, offset };
}

/** Whole lines at the end, as many as it takes until there is a message. */
function readTail(file: SessionFile, open: OpenFile, from: number): LogBuilder {
  for (let bytes = TAIL_BYTES; ; bytes *= 4) {
    const builder = createBuilder(file, open, somewhere);
    scanLines(open.fd, Math.max(from, windowStart(open.fd, open.size, bytes)), open.size, {
      line: (line, at) => {
        builder.addLine(line, at);
        return undefined;
      },
      tooLong: () => undefined,
      leave: () => builder.settle(),
    });
    if (builder.count > 0 || bytes >= MOST_BYTES || open.size - bytes <= from) return builder;
  }
}

function createBuilder(file: SessionFile, open: OpenFile, window: LogWindow | undefined): LogBuilder {
  return new LogBuilder({
    sessionId: file.sessionId,
    fallbackTime: Math.floor(open.mtimeMs),
    wantMessages: false,
    window,
  });
}

function defined(facts: FileFacts): Partial<FileFacts> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
