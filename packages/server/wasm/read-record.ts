/** A record of a session file: what it is, and its place in the log. */
import { addFlags, hasFlag, loadField, storeText } from "./current-row";
import { CLOSE_BRACE, COMMA, OPEN_BRACE, QUOTE } from "./json-bytes";
import { hasEscape, readKey, skipSpace, skipValue, valueBehind } from "./json-value";
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
  if (load<u8>(at) === CLOSE_BRACE) return at + 1;
  while (true) {
    const key = at + 1;
    const keyEnd = readKey(at);
    if (keyEnd === 0 || hasEscape) return 0;
    const value = valueBehind(keyEnd);
    if (value === 0) return 0;
    const bit = recordKey(key, keyEnd - key);
    if ((seen & bit) !== 0) return 0;
    seen |= bit;
    if (bit === KEY_MESSAGE && load<u8>(value) === OPEN_BRACE) at = readMessage(value + 1);
    else if (bit === KEY_ATTACHMENT && load<u8>(value) === OPEN_BRACE) at = readAttachment(value + 1);
    else at = skipValue(value);
    if (at === 0) return 0;
    if (bit !== 0) {
      const isText = load<u8>(value) === QUOTE;
      switch (bit) {
        case KEY_TYPE:
          if (!isText) break;
          if (hasEscape) return 0;
          type = value + 1;
          typeLength = at - 1 - type;
          break;
        case KEY_UUID:
          if (!isText) break;
          if (hasEscape) return 0;
          storeText(ROW_ID, value + 1, at - 1);
          if (isPlainId(value + 1, at - 1)) addFlags(PLAIN_ID);
          break;
        case KEY_PARENT:
          if (!isText) break;
          if (hasEscape) return 0;
          storeText(ROW_PARENT, value + 1, at - 1);
          if (isPlainId(value + 1, at - 1)) addFlags(PLAIN_PARENT);
          break;
        case KEY_TIME:
          if (!isText) break;
          if (hasEscape) return 0;
          storeText(ROW_TIME, value + 1, at - 1);
          if (isPlainTime(value + 1, at - 1)) addFlags(PLAIN_TIME);
          break;
        case KEY_CWD:
          // With its quotes, so that it can be parsed.
          if (isText) storeText(ROW_CWD, value, at);
          break;
        case KEY_SIDECHAIN:
          if (load<u8>(value) === 0x74) addFlags(SIDECHAIN);
          break;
        case KEY_META:
          isMeta = load<u8>(value) === 0x74;
          break;
        case KEY_COMPACT:
          if (load<u8>(value) === 0x74) return 0;
          break;
        case KEY_API_ERROR:
          if (load<u8>(value) === 0x74) addFlags(API_ERROR);
          break;
      }
    }
    at = skipSpace(at);
    const next = load<u8>(at);
    if (next === CLOSE_BRACE) break;
    if (next !== COMMA) return 0;
    at = skipSpace(at + 1);
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

function readAttachment(at: usize): usize {
  let hasType = false;
  at = skipSpace(at);
  if (load<u8>(at) === CLOSE_BRACE) return at + 1;
  while (true) {
    const key = at + 1;
    const keyEnd = readKey(at);
    if (keyEnd === 0 || hasEscape) return 0;
    const value = valueBehind(keyEnd);
    if (value === 0) return 0;
    at = skipValue(value);
    if (at === 0) return 0;
    if (keyEnd - key === 4 && isSame(key, TYPE, 4)) {
      if (hasType) return 0;
      hasType = true;
      if (load<u8>(value) === QUOTE) {
        if (hasEscape) return 0;
        isQueuedCommand = isText(value + 1, at - 2 - value, QUEUED_COMMAND, 14);
      }
    }
    at = skipSpace(at);
    const next = load<u8>(at);
    if (next === CLOSE_BRACE) return at + 1;
    if (next !== COMMA) return 0;
    at = skipSpace(at + 1);
  }
}
