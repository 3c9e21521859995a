/** `message` of a record: whether it has content, what it says of the model, and what its content calls and answers. */
import { addCall, addFlags, removeFlags, storeField, storeText } from "./current-row";
import { CLOSE_BRACE, CLOSE_BRACKET, MINUS, OPEN_BRACE, OPEN_BRACKET, QUOTE, ZERO } from "./json-bytes";
import { hasEscape, key, keyLength, nextOf, readMember, skipSpace, skipValue } from "./json-value";
import {
  FINISHING,
  HAS_RESULT,
  HAS_TEXT,
  HAS_USAGE,
  IS_RESULT,
  ROW_MODEL,
  ROW_TEXT,
  ROW_TOKENS,
} from "./memory-layout";
import {
  CACHE_CREATION,
  CACHE_READ,
  CONTENT,
  END_TURN,
  ID,
  INPUT_TOKENS,
  isSame,
  isText,
  MAX_TOKENS,
  MODEL,
  OUTPUT_TOKENS,
  REFUSAL,
  STOP_REASON,
  STOP_SEQUENCE,
  TEXT,
  TOOL_RESULT,
  TOOL_USE,
  TOOL_USE_ID,
  TYPE,
  USAGE,
} from "./names";

// All of these take where a thing begins, or what stands behind its first byte, and return where it ends; 0 when it is not
// valid, or not certain.

/** The message that was read last has content. */
export let hasContent: bool = false;

export function forgetMessage(): void {
  hasContent = false;
}

/** `message`: whether it has content, what it says of the model, and what its content calls and answers. */
export function readMessage(at: usize): usize {
  let seen: u32 = 0;
  at = skipSpace(at);
  while (load<u8>(at) !== CLOSE_BRACE) {
    const value = readMember(at);
    if (value === 0) return 0;
    const bit = messageKey(key, keyLength);
    if ((seen & bit) !== 0) return 0;
    seen |= bit;
    const first: u32 = load<u8>(value);
    if (bit === KEY_CONTENT && first === OPEN_BRACKET) {
      hasContent = true;
      at = readContent(value + 1);
    } else if (bit === KEY_USAGE && first === OPEN_BRACE) at = readUsage(value + 1);
    else at = skipValue(value);
    if (at === 0) return 0;
    if (bit !== 0 && first === QUOTE) {
      if (bit === KEY_CONTENT) {
        hasContent = true;
        addFlags(HAS_TEXT);
        storeText(ROW_TEXT, value + 1, at - 1);
      } else if (bit === KEY_MODEL) {
        if (hasEscape) return 0;
        storeText(ROW_MODEL, value + 1, at - 1);
      } else if (bit === KEY_STOP_REASON) {
        if (hasEscape) return 0;
        if (isFinishing(value + 1, at - 2 - value)) addFlags(FINISHING);
      }
    }
    at = nextOf(at, CLOSE_BRACE);
    if (at === 0) return 0;
  }
  return at + 1;
}

const KEY_CONTENT: u32 = 1;
const KEY_MODEL: u32 = 2;
const KEY_STOP_REASON: u32 = 4;
const KEY_USAGE: u32 = 8;

function messageKey(key: usize, length: usize): u32 {
  switch (length as u32) {
    case 5:
      return isSame(key, MODEL, 5) ? KEY_MODEL : isSame(key, USAGE, 5) ? KEY_USAGE : 0;
    case 7:
      return isSame(key, CONTENT, 7) ? KEY_CONTENT : 0;
    case 11:
      return isSame(key, STOP_REASON, 11) ? KEY_STOP_REASON : 0;
    default:
      return 0;
  }
}

function isFinishing(at: usize, length: usize): bool {
  return (
    isText(at, length, END_TURN, 8) ||
    isText(at, length, STOP_SEQUENCE, 13) ||
    isText(at, length, MAX_TOKENS, 10) ||
    isText(at, length, REFUSAL, 7)
  );
}

/** An array of blocks. Its text is one string when it is one block of text. */
function readContent(at: usize): usize {
  let blocks: u32 = 0;
  at = skipSpace(at);
  while (load<u8>(at) !== CLOSE_BRACKET) {
    blocks++;
    at = load<u8>(at) === OPEN_BRACE ? readBlock(at + 1) : skipValue(at);
    if (at === 0) return 0;
    if (blocks > 1) removeFlags(HAS_TEXT);
    at = nextOf(at, CLOSE_BRACKET);
    if (at === 0) return 0;
  }
  return at + 1;
}

function readBlock(at: usize): usize {
  let seen: u32 = 0;
  let type: usize = 0;
  let typeLength: usize = 0;
  let id: usize = 0;
  let idLength: usize = 0;
  let answered: usize = 0;
  let answeredLength: usize = 0;
  let text: usize = 0;
  let textLength: usize = 0;
  at = skipSpace(at);
  while (load<u8>(at) !== CLOSE_BRACE) {
    const value = readMember(at);
    if (value === 0) return 0;
    const bit = blockKey(key, keyLength);
    if ((seen & bit) !== 0) return 0;
    seen |= bit;
    at = skipValue(value);
    if (at === 0) return 0;
    if (bit !== 0 && load<u8>(value) === QUOTE) {
      if (hasEscape && bit !== KEY_TEXT) return 0;
      const length = at - 2 - value;
      if (bit === KEY_TYPE) {
        type = value + 1;
        typeLength = length;
      } else if (bit === KEY_ID) {
        id = value + 1;
        idLength = length;
      } else if (bit === KEY_TOOL_USE_ID) {
        answered = value + 1;
        answeredLength = length;
      } else {
        text = value + 1;
        textLength = length;
      }
    }
    at = nextOf(at, CLOSE_BRACE);
    if (at === 0) return 0;
  }
  if (isText(type, typeLength, TEXT, 4)) {
    if (text !== 0) {
      addFlags(HAS_TEXT);
      storeText(ROW_TEXT, text, text + textLength);
    }
  } else if (isText(type, typeLength, TOOL_USE, 8)) {
    if (idLength > 0 && !addCall(id, idLength as u32)) return 0;
  } else if (isText(type, typeLength, TOOL_RESULT, 11)) {
    addFlags(HAS_RESULT);
    if (answeredLength > 0 && !addCall(answered, (answeredLength as u32) | IS_RESULT)) return 0;
  }
  return at + 1;
}

const KEY_TYPE: u32 = 1;
const KEY_ID: u32 = 2;
const KEY_TOOL_USE_ID: u32 = 4;
const KEY_TEXT: u32 = 8;

function blockKey(key: usize, length: usize): u32 {
  switch (length as u32) {
    case 2:
      return isSame(key, ID, 2) ? KEY_ID : 0;
    case 4:
      return isSame(key, TYPE, 4) ? KEY_TYPE : isSame(key, TEXT, 4) ? KEY_TEXT : 0;
    case 11:
      return isSame(key, TOOL_USE_ID, 11) ? KEY_TOOL_USE_ID : 0;
    default:
      return 0;
  }
}

/** `usage`: all that the context holds, when input and output are told. */
function readUsage(at: usize): usize {
  let seen: u32 = 0;
  let numbers: u32 = 0;
  let tokens: u32 = 0;
  at = skipSpace(at);
  while (load<u8>(at) !== CLOSE_BRACE) {
    const value = readMember(at);
    if (value === 0) return 0;
    const bit = usageKey(key, keyLength);
    if ((seen & bit) !== 0) return 0;
    seen |= bit;
    at = skipValue(value);
    if (at === 0) return 0;
    const first: u32 = load<u8>(value);
    if (bit !== 0 && (first === MINUS || first - ZERO < 10)) {
      // So many digits that four of them fit into a word.
      if (at - value > 9) return 0;
      let number: u32 = 0;
      for (let digit = value; digit < at; digit++) {
        const one = (load<u8>(digit) as u32) - ZERO;
        if (one > 9) return 0;
        number = number * 10 + one;
      }
      numbers |= bit;
      tokens += number;
    }
    at = nextOf(at, CLOSE_BRACE);
    if (at === 0) return 0;
  }
  if ((numbers & 3) === 3) {
    addFlags(HAS_USAGE);
    storeField(ROW_TOKENS, tokens);
  }
  return at + 1;
}

function usageKey(key: usize, length: usize): u32 {
  switch (length as u32) {
    case 12:
      return isSame(key, INPUT_TOKENS, 12) ? 1 : 0;
    case 13:
      return isSame(key, OUTPUT_TOKENS, 13) ? 2 : 0;
    case 23:
      return isSame(key, CACHE_READ, 23) ? 4 : 0;
    case 27:
      return isSame(key, CACHE_CREATION, 27) ? 8 : 0;
    default:
      return 0;
  }
}
