import type { SessionLog } from "../catalog.ts";
import { fillEnvelope, historyEnvelope } from "./history-frame.ts";

/** What a slow socket with `stream` gets when it has drained: no messages, but which ones it missed ([RLIM-5]). */
export function slowClientFrame(log: SessionLog, pushedSeq: number): string {
  const envelope = historyEnvelope(log.sessionId, {
    total_count: log.endSeq - log.startSeq + 1,
    oldest_message_id: null,
    newest_message_id: null,
    is_complete: false,
    has_more: log.endSeq >= log.startSeq,
    log_id: log.logId,
    first_seq: null,
    last_seq: null,
    end_seq: log.endSeq,
    gap: {
      reason: "slow_client",
      after_seq: pushedSeq,
      before_seq: log.endSeq + 1,
      count: log.endSeq - Math.max(pushedSeq, log.startSeq - 1),
    },
    live: true,
  });
  return fillEnvelope(envelope, []);
}
