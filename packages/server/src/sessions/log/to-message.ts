import { parseUuid } from "@parlatory/protocol/remote/text";
import type { LogMessage } from "../session.ts";
import type { LogRecord } from "./log-record.ts";
import { messageBlocks } from "./message-blocks.ts";
import { messageKind } from "./message-kind.ts";
import { renderText } from "./render-text.ts";

export interface MessagePlace {
  readonly id: string;
  readonly seq: number;
  readonly timestamp: number;
  readonly parentId: string | null;
}

/**
 * The message of a record at its place in the log ([HIST-8]). Its `promptId` is the id under which the agent was given the
 * prompt: whether that was by this server is for the one to say who knows its prompts.
 */
export function toMessage(record: LogRecord, place: MessagePlace): LogMessage {
  const text = renderText(record.content);
  const promptId = record.givenId === undefined ? undefined : parseUuid(record.givenId);
  return {
    id: place.id,
    seq: place.seq,
    role: record.role,
    kind: messageKind(record, text),
    text,
    timestamp: place.timestamp,
    parentId: place.parentId,
    ...(promptId === undefined ? {} : { promptId }),
    blocks: messageBlocks(record.content),
  };
}
