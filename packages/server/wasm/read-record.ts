/** A record of a session file: what it is, and its place in the log. */
import { addFlags, hasFlag, loadField, storeText } from "./current-row";
import { CLOSE_BRACE, OPEN_BRACE, QUOTE } from "./json-bytes";
import { hasEscape, key, keyLength, nextOf, readMember, skipSpace, skipValue } from "./json-value";
import {
  API_ERROR,
  MESSAGE,
  OF_TURN,
  PLAIN_ID,
  PLAIN_PARENT,
  PLAIN_TIME,
  ROW_CWD,
  ROW_ID,
  ROW_PARENT,
  ROW_TIME,
  SIDECHAIN,
  USER,
} from "./memory-layout";
import {
  AI_TITLE,
  ASSISTANT,
  ATTACHMENT,
  CUSTOM_TITLE,
  CWD,
  IS_API_ERROR,
  IS_COMPACT,
  IS_META,
  IS_SIDECHAIN,
  isSame,
  isText,
  MESSAGE_KEY,
  PARENT_UUID,
  QUEUED_COMMAND,
  SUMMARY,
  TIMESTAMP,
  TYPE,
  USER_TYPE,
  UUID,
} from "./names";
import { isPlainId, isPlainTime, storePrint } from "./plain-values";
import { forgetMessage, hasContent, readMessage } from "./read-message";

// All of these take where a thing begins, or what stands behind its first byte, and return where it ends; 0 when it is not
// valid, or not certain.

let isQueuedCommand: bool = false;

/** The record of a line, from behind its brace to behind the one that closes it. */
export function readRecord(at: usize): usize {
  let seen: u32 = 0;
  let type: usize = 0;
  let typeLength: usize = 0;
  let isMeta = false;
  forgetMessage();
  isQueuedCommand = false;
  at = skipSpace(at);
  while (load<u8>(at) !== CLOSE_BRACE) {
    const value = readMember(at);
    if (value === 0) return 0;
    const bit = recordKey(key, keyLength);
    if ((seen & bit) !== 0) return 0;
    seen |= bit;
    const first: u32 = load<u8>(value);
    if (bit === KEY_MESSAGE && first === OPEN_BRACE) at = readMessage(value + 1);
    else if (bit === KEY_ATTACHMENT && first === OPEN_BRACE) at = readAttachment(value + 1);
    else at = skipValue(value);
    if (at === 0) return 0;
    if (bit !== 0 && first === QUOTE) {
      const start = value + 1;
      const end = at - 1;
      // With its quotes, so that it can be parsed.
      if (bit === KEY_CWD) storeText(ROW_CWD, value, at);
      else if (hasEscape) return 0;
      else if (bit === KEY_TYPE) {
        type = start;
        typeLength = end - start;
      } else if (bit === KEY_UUID) storeId(ROW_ID, start, end, PLAIN_ID);
      else if (bit === KEY_PARENT) storeId(ROW_PARENT, start, end, PLAIN_PARENT);
      else if (bit === KEY_TIME) {
        storeText(ROW_TIME, start, end);
        if (isPlainTime(start, end)) addFlags(PLAIN_TIME);
      }
    } else if (isTrue(first)) {
      if (bit === KEY_SIDECHAIN) addFlags(SIDECHAIN);
      else if (bit === KEY_META) isMeta = true;
      else if (bit === KEY_COMPACT) return 0;
      else if (bit === KEY_API_ERROR) addFlags(API_ERROR);
    }
    at = nextOf(at, CLOSE_BRACE);
    if (at === 0) return 0;
  }
  // Names are taken from these, whatever else they say.
  if (isText(type, typeLength, SUMMARY, 7) || isText(type, typeLength, AI_TITLE, 8)) return 0;
  if (isText(type, typeLength, CUSTOM_TITLE, 12)) return 0;
  const isUser = isText(type, typeLength, USER_TYPE, 4);
  const isOfTurn = isUser || isText(type, typeLength, ASSISTANT, 9);
  if (isUser) addFlags(USER);
  if (isOfTurn) addFlags(OF_TURN);
  if (isMeta || hasFlag(SIDECHAIN)) return at + 1;
  // A prompt that was put into a running turn, and a message that needs an id made of its bytes.
  if (isQueuedCommand && isText(type, typeLength, ATTACHMENT, 10)) return 0;
  if (!isOfTurn || !hasContent) return at + 1;
  if (loadField(ROW_ID + 4) === 0) return 0;
  addFlags(MESSAGE);
  if (hasFlag(PLAIN_ID)) storePrint(loadField(ROW_ID));
  return at + 1;
}

const KEY_TYPE: u32 = 1;
const KEY_UUID: u32 = 2;
const KEY_PARENT: u32 = 4;
const KEY_TIME: u32 = 8;
const KEY_CWD: u32 = 16;
const KEY_SIDECHAIN: u32 = 32;
const KEY_META: u32 = 64;
const KEY_API_ERROR: u32 = 128;
const KEY_MESSAGE: u32 = 256;
const KEY_ATTACHMENT: u32 = 512;
const KEY_COMPACT: u32 = 1_024;

function recordKey(key: usize, length: usize): u32 {
  switch (length as u32) {
    case 3:
      return isSame(key, CWD, 3) ? KEY_CWD : 0;
    case 4:
      return isSame(key, TYPE, 4) ? KEY_TYPE : isSame(key, UUID, 4) ? KEY_UUID : 0;
    case 6:
      return isSame(key, IS_META, 6) ? KEY_META : 0;
    case 7:
      return isSame(key, MESSAGE_KEY, 7) ? KEY_MESSAGE : 0;
    case 9:
      return isSame(key, TIMESTAMP, 9) ? KEY_TIME : 0;
    case 10:
      return isSame(key, PARENT_UUID, 10) ? KEY_PARENT : isSame(key, ATTACHMENT, 10) ? KEY_ATTACHMENT : 0;
    case 11:
      return isSame(key, IS_SIDECHAIN, 11) ? KEY_SIDECHAIN : 0;
    case 16:
      return isSame(key, IS_COMPACT, 16) ? KEY_COMPACT : 0;
    case 17:
      return isSame(key, IS_API_ERROR, 17) ? KEY_API_ERROR : 0;
    default:
      return 0;
  }
}

function storeId(field: usize, start: usize, end: usize, plain: u32): void {
  storeText(field, start, end);
  if (isPlainId(start, end)) addFlags(plain);
}

/** Of the first byte of a value that is valid. */
function isTrue(first: u32): bool {
  return first === 0x74;
}

function readAttachment(at: usize): usize {
  let hasType = false;
  at = skipSpace(at);
  while (load<u8>(at) !== CLOSE_BRACE) {
    const value = readMember(at);
    if (value === 0) return 0;
    at = skipValue(value);
    if (at === 0) return 0;
    if (keyLength === 4 && isSame(key, TYPE, 4)) {
      if (hasType) return 0;
      hasType = true;
      if (load<u8>(value) === QUOTE) {
        if (hasEscape) return 0;
        isQueuedCommand = isText(value + 1, at - 2 - value, QUEUED_COMMAND, 14);
      }
    }
    at = nextOf(at, CLOSE_BRACE);
    if (at === 0) return 0;
  }
  return at + 1;
}
