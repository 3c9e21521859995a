/** A message of a log as an item on the wire ([HIST-8]): written once, with its exact size. */
import {
  REMOTE_LIMITS,
  toWireTime,
  truncateMiddle,
  type RemoteMessageBlock,
  type RemoteMessageItem,
} from "@parlatory/protocol/remote";
import type { LogMessage } from "../session.ts";
import { bytesOf, cutBlocks } from "./cut-blocks.ts";
import { fitText, jsonTextBytes } from "./fit-text.ts";

/** Which fields a socket wants, by its capabilities. */
export interface ItemForm {
  /** Without the aliases `uuid`, `type`, `content`. */
  readonly lean: boolean;
  readonly blocks: boolean;
}

export interface WrittenItem {
  readonly json: string;
  readonly bytes: number;
}

/** A message that is cut to what every item is cut to ([TRUNC-4], [TRUNC-5]). */
interface CutMessage {
  readonly text: string;
  readonly blocks: readonly RemoteMessageBlock[] | undefined;
  readonly isTruncated: boolean;
}

export function writeItem(message: LogMessage, sessionId: string, form: ItemForm): WrittenItem {
  return written(toItem(message, sessionId, form, cutMessage(message, form)));
}

/** The item with its text and blocks cut further, so that it takes no more than `roomBytes` ([SUB-7]). */
export function writeItemWithin(
  message: LogMessage,
  sessionId: string,
  form: ItemForm,
  roomBytes: number,
): WrittenItem {
  const cut = cutMessage(message, form);
  const whole = written(toItem(message, sessionId, form, cut));
  if (whole.bytes <= roomBytes) return whole;
  const empty = { text: "", blocks: cut.blocks === undefined ? undefined : [], isTruncated: true };
  const room = roomBytes - written(toItem(message, sessionId, form, empty)).bytes;
  const copies = form.lean ? 1 : 2;
  if (cut.blocks === undefined) {
    return written(toItem(message, sessionId, form, { ...empty, text: fitText(cut.text, room, copies) }));
  }
  // Blocks get what the text leaves, and at least half.
  const wantedByText = copies * jsonTextBytes(cut.text);
  const brackets = 2;
  const roomOfBlocks = Math.max(Math.floor(room / 2), room - wantedByText) + brackets;
  const { blocks } = cutBlocks(cut.blocks, roomOfBlocks, true);
  const text = fitText(cut.text, room + brackets - bytesOf(blocks), copies);
  return written(toItem(message, sessionId, form, { text, blocks, isTruncated: true }));
}

function cutMessage(message: LogMessage, form: ItemForm): CutMessage {
  const text = truncateMiddle(message.text, REMOTE_LIMITS.messageTextBytes);
  const isTextCut = text !== message.text;
  if (!form.blocks) return { text, blocks: undefined, isTruncated: isTextCut };
  const { blocks, isCut } = cutBlocks(message.blocks as readonly RemoteMessageBlock[], REMOTE_LIMITS.messageTextBytes);
  return { text, blocks, isTruncated: isTextCut || isCut };
}

function toItem(
  message: LogMessage,
  sessionId: string,
  form: ItemForm,
  { text, blocks, isTruncated }: CutMessage,
): RemoteMessageItem {
  const { id, role, seq, kind, parentId, promptId } = message;
  return {
    id,
    ...(form.lean ? {} : { uuid: id }),
    role,
    ...(form.lean ? {} : { type: role }),
    text,
    ...(form.lean ? {} : { content: text }),
    timestamp: toWireTime(message.timestamp),
    session_id: sessionId,
    seq,
    kind,
    parent_id: parentId,
    ...(promptId === undefined ? {} : { prompt_id: promptId }),
    ...(isTruncated ? { truncated: true as const } : {}),
    ...(blocks === undefined ? {} : { blocks: [...blocks] }),
  };
}

function written(item: RemoteMessageItem): WrittenItem {
  const json = JSON.stringify(item);
  return { json, bytes: Buffer.byteLength(json) };
}
