import { toWireTime, type RemoteServerMessage } from "@parlatory/protocol/remote";
import type { PromptResult } from "../../../sessions/run-desk.ts";
import type { DeliveryGap, DeliveryRow } from "../../../store/remote-store.ts";
import type { Peer } from "../peer.ts";
import { toReplay } from "./result-wire.ts";

/** A message of the delivery queue under its own id ([RDLV-3], [RDLV-5]). Its document is what the run desk or the store wrote. */
export function toReplayFrame(row: DeliveryRow, peer: Peer): RemoteServerMessage {
  if (row.kind === "response") {
    const result = { ...(JSON.parse(row.documentJson) as PromptResult), messageId: row.messageId };
    return toReplay(result, { isStrict: peer.outbox.capabilities.size === 0 });
  }
  const gap = JSON.parse(row.documentJson) as DeliveryGap;
  return {
    type: "replay_gap",
    message_id: row.messageId,
    dropped: gap.dropped,
    oldest_timestamp: toWireTime(gap.oldestAt),
    newest_timestamp: toWireTime(gap.newestAt),
    reason: gap.reason,
  };
}
