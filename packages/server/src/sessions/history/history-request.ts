/** What of a log a `subscribe` asks for ([SUB-4], [SUB-5]): its cursor and its mark, looked up in the log as it is now. */
import { RemoteError, type RemoteClientMessageOf } from "@parlatory/protocol/remote";
import type { SessionLog } from "../catalog.ts";

export type HistoryRequest = Pick<
  RemoteClientMessageOf<"subscribe">,
  "last_message_id" | "last_seq" | "log_id" | "before_message_id" | "before_seq" | "limit" | "correlation_id"
>;

/** Candidates are the messages with `afterSeq` < `seq` < `beforeSeq`. */
export interface Candidates {
  readonly afterSeq: number;
  readonly beforeSeq: number;
  /** Older messages were asked for: where the socket's pushes begin is not touched ([SUB-10]). */
  readonly isPage: boolean;
  /** Undefined when no cursor was sent. */
  readonly isCursorFound: boolean | undefined;
  readonly isReset: boolean;
  /** A cursor of this numbering that lies beyond the log's end. */
  readonly aheadSeq: number | undefined;
}

/** Throws `Message not found: <id>` for a mark that the log has not. */
export async function resolveRequest(log: SessionLog, request: HistoryRequest): Promise<Candidates> {
  const cursor = await resolveCursor(log, request);
  // A mark of another numbering marks nothing: who learns that the log began anew starts with its newest page.
  const isStaleMark = cursor.isReset || (request.log_id !== undefined && request.log_id !== log.logId);
  const mark = request.before_message_id === undefined && isStaleMark ? undefined : await resolveMark(log, request);
  const isReset = cursor.isReset || (isStaleMark && request.before_seq !== undefined && mark === undefined);
  return { ...cursor, isReset, beforeSeq: mark ?? log.endSeq + 1, isPage: mark !== undefined };
}

type Cursor = Omit<Candidates, "beforeSeq" | "isPage">;

async function resolveCursor(log: SessionLog, request: HistoryRequest): Promise<Cursor> {
  const { last_seq: seq, last_message_id: id } = request;
  const everything = { afterSeq: log.startSeq - 1, isReset: false, aheadSeq: undefined };
  if (seq !== undefined) {
    if (request.log_id !== log.logId) return { ...everything, isCursorFound: false, isReset: true };
    if (seq > log.endSeq) return { ...everything, isCursorFound: false, isReset: true, aheadSeq: seq };
    // A message that an own log no longer holds cannot be compared; the numbering vouches for it.
    const isHeld = id === undefined || seq < log.startSeq || (await log.seqOf(id)) === seq;
    if (!isHeld) return { ...everything, isCursorFound: false, isReset: true };
    return { ...everything, afterSeq: seq, isCursorFound: true };
  }
  if (id === undefined) return { ...everything, isCursorFound: undefined };
  const found = await log.seqOf(id);
  return { ...everything, afterSeq: found ?? everything.afterSeq, isCursorFound: found !== undefined };
}

/** `seq` of the mark; undefined when there is none in the request. */
async function resolveMark(log: SessionLog, request: HistoryRequest): Promise<number | undefined> {
  const { before_message_id: id, before_seq: seq } = request;
  if (id !== undefined) {
    const found = await log.seqOf(id);
    if (found === undefined) throw new RemoteError("not_found", `Message not found: ${id}`);
    return found;
  }
  // Right behind the end is where a gap up to the newest message ends.
  if (seq !== undefined && seq > log.endSeq + 1) throw new RemoteError("not_found", `Message not found: ${seq}`);
  return seq;
}
