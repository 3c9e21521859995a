/**
 * The answer to a `subscribe`, as the text of its frame: the newest candidates that fit the socket's budget, cut as the
 * contract cuts them, and where the holes are ([SUB-6] to [SUB-9]). Knows nothing of sockets; reads the log from behind and
 * no further than it needs.
 */
import type { RemoteHistoryGap } from "@parlatory/protocol/remote";
import type { SessionLog } from "../catalog.ts";
import type { LogMessage } from "../session.ts";
import { fillEnvelope, historyEnvelope, type MessagesEnvelope } from "./history-frame.ts";
import { resolveRequest, type Candidates, type HistoryRequest } from "./history-request.ts";
import { writeItem, writeItemWithin, type ItemForm, type WrittenItem } from "./message-item.ts";

export interface HistoryForm extends ItemForm {
  /** The whole frame may take so many bytes ([RLIM-1]). */
  readonly budgetBytes: number;
}

export interface PackedHistory {
  readonly frame: string;
  /** The socket's first push begins behind this message; undefined when its position is to be left alone ([SUB-10]). */
  readonly pushedSeq: number | undefined;
}

/** Throws `Message not found: <id>` as a `RemoteError`. */
export async function packHistory(log: SessionLog, request: HistoryRequest, form: HistoryForm): Promise<PackedHistory> {
  const candidates = await resolveRequest(log, request);
  const frame = await pack(log, candidates, { form, limit: request.limit, correlationId: request.correlation_id });
  return { frame, pushedSeq: candidates.isPage ? undefined : log.endSeq };
}

/** What subscribers get when the numbering began anew: the newest page ([HIST-11]). */
export async function packReset(log: SessionLog, form: HistoryForm): Promise<PackedHistory> {
  const candidates: Candidates = {
    afterSeq: log.startSeq - 1,
    beforeSeq: log.endSeq + 1,
    isPage: false,
    isCursorFound: undefined,
    isReset: true,
    aheadSeq: undefined,
  };
  return { frame: await pack(log, candidates, { form }), pushedSeq: log.endSeq };
}

interface Packing {
  readonly form: HistoryForm;
  readonly limit?: number | undefined;
  readonly correlationId?: string | undefined;
}

async function pack(log: SessionLog, candidates: Candidates, packing: Packing): Promise<string> {
  const { form, limit = Number.POSITIVE_INFINITY } = packing;
  /** Newest first. */
  const taken: { message: LogMessage; item: WrittenItem }[] = [];
  let envelope = envelopeOf(log, candidates, undefined, packing);
  let itemBytes = 0;
  reading: for await (const batch of log.readBackwards(candidates.beforeSeq, candidates.afterSeq)) {
    for (const message of batch) {
      if (taken.length >= limit) break reading;
      const newest = taken[0]?.message ?? message;
      const next = envelopeOf(log, candidates, { oldest: message, newest }, packing);
      const separator = taken.length === 0 ? 0 : 1;
      let item = writeItem(message, log.sessionId, form);
      if (next.bytes + itemBytes + separator + item.bytes > form.budgetBytes) {
        if (taken.length > 0) break reading;
        item = writeItemWithin(message, log.sessionId, form, form.budgetBytes - next.bytes);
      }
      itemBytes += separator + item.bytes;
      envelope = next;
      taken.push({ message, item });
    }
  }
  return fillEnvelope(envelope, taken.map(({ item }) => item).toReversed());
}

/** Everything but the messages, were these the returned ones. */
function envelopeOf(
  log: SessionLog,
  candidates: Candidates,
  returned: { oldest: LogMessage; newest: LogMessage } | undefined,
  { correlationId }: Packing,
): MessagesEnvelope {
  const { isCursorFound, isReset } = candidates;
  const firstCandidate = Math.max(candidates.afterSeq + 1, log.startSeq);
  const isComplete = (returned?.oldest.seq ?? candidates.beforeSeq) <= firstCandidate;
  return historyEnvelope(log.sessionId, {
    total_count: log.endSeq - log.startSeq + 1,
    oldest_message_id: returned?.oldest.id ?? null,
    newest_message_id: returned?.newest.id ?? null,
    is_complete: isComplete,
    has_more: returned === undefined ? log.endSeq >= log.startSeq : returned.oldest.seq > log.startSeq,
    log_id: log.logId,
    first_seq: returned?.oldest.seq ?? null,
    last_seq: returned?.newest.seq ?? null,
    end_seq: log.endSeq,
    gap: gapOf(log, candidates, returned?.oldest.seq ?? candidates.beforeSeq),
    live: false,
    ...(isReset ? { log_reset: true as const } : {}),
    ...(isCursorFound === undefined ? {} : { cursor_found: isCursorFound }),
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
  });
}

/** The hole between the cursor and `oldestSeq`, the oldest message that is returned ([SUB-9]). */
function gapOf(log: SessionLog, candidates: Candidates, oldestSeq: number): RemoteHistoryGap | null {
  const { afterSeq, aheadSeq, isCursorFound } = candidates;
  if (aheadSeq !== undefined) {
    return {
      reason: "client_ahead",
      after_seq: log.endSeq,
      before_seq: aheadSeq + 1,
      count: aheadSeq - log.endSeq,
    };
  }
  if (isCursorFound !== true || oldestSeq <= afterSeq + 1) return null;
  const left = oldestSeq - Math.max(afterSeq + 1, log.startSeq);
  if (left > 0) return { reason: "budget", after_seq: afterSeq, before_seq: oldestSeq, count: left };
  return { reason: "pruned", after_seq: afterSeq, before_seq: oldestSeq, count: oldestSeq - afterSeq - 1 };
}
