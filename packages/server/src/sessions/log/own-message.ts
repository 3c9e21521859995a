import { isFields } from "./content-block.ts";
import { recordTime, toLogRecord } from "./log-record.ts";
import { parseUuid } from "@parlatory/protocol/remote/text";
import type { OwnRecord } from "../catalog.ts";
import type { LogMessage } from "../session.ts";
import { toMessage } from "./to-message.ts";

/** The message of a record of our own event log; undefined when the filter of the log drops it ([HIST-1], [HIST-2]). */
export function ownMessage(record: OwnRecord, place: { seq: number; fallbackTime: number }): LogMessage | undefined {
  const fields: unknown = record;
  const passed = isFields(fields) ? toLogRecord(fields) : undefined;
  if (passed === undefined || !isFields(fields)) return undefined;
  const { promptId: _, ...message } = toMessage(passed, {
    id: record.uuid,
    seq: place.seq,
    timestamp: recordTime(fields) ?? place.fallbackTime,
    parentId: record.parentUuid,
  });
  const promptId = record.promptId === undefined ? undefined : parseUuid(record.promptId);
  return promptId === undefined ? message : { ...message, promptId };
}
