/**
 * Reads lines of a session file where they stand in memory and says of each, in a row of a table, what the log needs for
 * counting it: whether it is in the log, its ids, its time, its calls. It checks every line to be valid JSON, makes no
 * objects and copies no text.
 *
 * It must not guess. A line that is not valid JSON, or that is written in a way that this code does not follow to the end (an
 * escape in a field that counts, such a field twice, a number that is no plain one, deep nesting) is told as unsure, and
 * whoever asked reads it with a real parser. Bytes outside of ASCII are no question of validity: within a string a decoder
 * makes some text of any of them, and none of them can hide a quote; outside of one they are no JSON.
 *
 * This is AssemblyScript: `npm run generate` makes `src/sessions/log/line-scanner-wasm.generated.ts` of it. The layout of the
 * memory and the flags are the same as in `src/sessions/log/line-row.ts`.
 */

// The memory, from its beginning: what the compiler puts there; names; rows; call entries; the kinds of the brackets that are
// open; and then the bytes to be scanned, with a newline behind the last line and some bytes behind that.
const NAMES: usize = 4_096;
const NAME_BYTES: usize = 32;
const ROWS: usize = 8_192;
const ROW_BYTES: usize = 80;
const MAX_ROWS: u32 = 1_024;
const CALLS: usize = ROWS + ROW_BYTES * (MAX_ROWS as usize);
const CALL_BYTES: usize = 8;
const MAX_CALLS: u32 = 4_096;
const NESTING: usize = CALLS + CALL_BYTES * (MAX_CALLS as usize);
const MAX_DEPTH: usize = 1_024;

/** A line that has more of them is unsure. */
const MAX_LINE_CALLS: u32 = 256;

// Flags of a row.
const UNSURE: u32 = 1;
const MESSAGE: u32 = 2;
const USER: u32 = 4;
const SIDECHAIN: u32 = 8;
const OF_TURN: u32 = 16;
const FINISHING: u32 = 32;
const HAS_RESULT: u32 = 64;
const API_ERROR: u32 = 128;
const HAS_USAGE: u32 = 256;
const PLAIN_TIME: u32 = 512;
const PLAIN_ID: u32 = 1_024;
const PLAIN_PARENT: u32 = 2_048;
/** Its text is one string. */
const HAS_TEXT: u32 = 4_096;

/** Of an entry of the calls: it stands for a call that is answered, and not for one that is made. */
const IS_RESULT: u32 = 0x8000_0000;

// Offsets in a row.
const ROW_START: usize = 0;
const ROW_END: usize = 4;
const ROW_FLAGS: usize = 8;
const ROW_ID: usize = 12;
const ROW_PARENT: usize = 20;
const ROW_TIME: usize = 28;
const ROW_CWD: usize = 36;
const ROW_MODEL: usize = 44;
const ROW_TOKENS: usize = 52;
const ROW_CALLS: usize = 56;
const ROW_PRINT: usize = 64;
const ROW_TEXT: usize = 72;

const TAB: u32 = 0x09;
const NEWLINE: u32 = 0x0a;
const RETURN: u32 = 0x0d;
const SPACE: u32 = 0x20;
const QUOTE: u32 = 0x22;
const PLUS: u32 = 0x2b;
const COMMA: u32 = 0x2c;
const MINUS: u32 = 0x2d;
const DOT: u32 = 0x2e;
const SLASH: u32 = 0x2f;
const ZERO: u32 = 0x30;
const COLON: u32 = 0x3a;
const OPEN_BRACKET: u32 = 0x5b;
const BACKSLASH: u32 = 0x5c;
const CLOSE_BRACKET: u32 = 0x5d;
const OPEN_BRACE: u32 = 0x7b;
const CLOSE_BRACE: u32 = 0x7d;

const TYPE: usize = NAMES;
const UUID: usize = TYPE + NAME_BYTES;
const PARENT_UUID: usize = UUID + NAME_BYTES;
const IS_SIDECHAIN: usize = PARENT_UUID + NAME_BYTES;
const IS_META: usize = IS_SIDECHAIN + NAME_BYTES;
const IS_API_ERROR: usize = IS_META + NAME_BYTES;
const IS_COMPACT: usize = IS_API_ERROR + NAME_BYTES;
const TIMESTAMP: usize = IS_COMPACT + NAME_BYTES;
const CWD: usize = TIMESTAMP + NAME_BYTES;
const MESSAGE_KEY: usize = CWD + NAME_BYTES;
const ATTACHMENT: usize = MESSAGE_KEY + NAME_BYTES;
const CONTENT: usize = ATTACHMENT + NAME_BYTES;
const MODEL: usize = CONTENT + NAME_BYTES;
const STOP_REASON: usize = MODEL + NAME_BYTES;
const USAGE: usize = STOP_REASON + NAME_BYTES;
const INPUT_TOKENS: usize = USAGE + NAME_BYTES;
const OUTPUT_TOKENS: usize = INPUT_TOKENS + NAME_BYTES;
const CACHE_CREATION: usize = OUTPUT_TOKENS + NAME_BYTES;
const CACHE_READ: usize = CACHE_CREATION + NAME_BYTES;
const ID: usize = CACHE_READ + NAME_BYTES;
const TOOL_USE_ID: usize = ID + NAME_BYTES;
const TEXT: usize = TOOL_USE_ID + NAME_BYTES;
const TOOL_USE: usize = TEXT + NAME_BYTES;
const TOOL_RESULT: usize = TOOL_USE + NAME_BYTES;
const USER_TYPE: usize = TOOL_RESULT + NAME_BYTES;
const ASSISTANT: usize = USER_TYPE + NAME_BYTES;
const SUMMARY: usize = ASSISTANT + NAME_BYTES;
const AI_TITLE: usize = SUMMARY + NAME_BYTES;
const CUSTOM_TITLE: usize = AI_TITLE + NAME_BYTES;
const QUEUED_COMMAND: usize = CUSTOM_TITLE + NAME_BYTES;
const END_TURN: usize = QUEUED_COMMAND + NAME_BYTES;
const STOP_SEQUENCE: usize = END_TURN + NAME_BYTES;
const MAX_TOKENS: usize = STOP_SEQUENCE + NAME_BYTES;
const REFUSAL: usize = MAX_TOKENS + NAME_BYTES;
const TRUE: usize = REFUSAL + NAME_BYTES;
const FALSE: usize = TRUE + NAME_BYTES;
const NULL: usize = FALSE + NAME_BYTES;

define(TYPE, "type");
define(UUID, "uuid");
define(PARENT_UUID, "parentUuid");
define(IS_SIDECHAIN, "isSidechain");
define(IS_META, "isMeta");
define(IS_API_ERROR, "isApiErrorMessage");
define(IS_COMPACT, "isCompactSummary");
define(TIMESTAMP, "timestamp");
define(CWD, "cwd");
define(MESSAGE_KEY, "message");
define(ATTACHMENT, "attachment");
define(CONTENT, "content");
define(MODEL, "model");
define(STOP_REASON, "stop_reason");
define(USAGE, "usage");
define(INPUT_TOKENS, "input_tokens");
define(OUTPUT_TOKENS, "output_tokens");
define(CACHE_CREATION, "cache_creation_input_tokens");
define(CACHE_READ, "cache_read_input_tokens");
define(ID, "id");
define(TOOL_USE_ID, "tool_use_id");
define(TEXT, "text");
define(TOOL_USE, "tool_use");
define(TOOL_RESULT, "tool_result");
define(USER_TYPE, "user");
define(ASSISTANT, "assistant");
define(SUMMARY, "summary");
define(AI_TITLE, "ai-title");
define(CUSTOM_TITLE, "custom-title");
define(QUEUED_COMMAND, "queued_command");
define(END_TURN, "end_turn");
define(STOP_SEQUENCE, "stop_sequence");
define(MAX_TOKENS, "max_tokens");
define(REFUSAL, "refusal");
define(TRUE, "true");
define(FALSE, "false");
define(NULL, "null");

/** A name as bytes, which can be compared eight at a time. */
function define(name: usize, text: string): void {
  for (let i = 0; i < text.length; i++) store<u8>(name + (i as usize), text.charCodeAt(i) as u8);
}

// What reading a string leaves behind, beside where it ends.
let hasEscape: bool = false;

// What reading a message and its parts leaves behind.
let row: usize = 0;
let flags: u32 = 0;
let hasContent: bool = false;
let isQueuedCommand: bool = false;
let calls: u32 = 0;
let lineCalls: u32 = 0;

/** Where the last call of `scan` stopped: behind the last line that it took. */
let stoppedAt: usize = 0;

export function stopped(): usize {
  return stoppedAt;
}

/** Fills rows for the lines from `at` on, the last of which ends with the byte before `to`. Returns how many rows there are. */
export function scan(at: usize, to: usize): u32 {
  let rows: u32 = 0;
  calls = 0;
  while (at < to && rows < MAX_ROWS && calls <= MAX_CALLS - MAX_LINE_CALLS) {
    const start = at;
    at = skipSpace(at);
    if (load<u8>(at) === NEWLINE) {
      at++;
      continue;
    }
    row = ROWS + ROW_BYTES * (rows as usize);
    rows++;
    memory.fill(row, 0, ROW_BYTES);
    store<u32>(row + ROW_START, start as u32);
    lineCalls = 0;
    flags = 0;
    const behind: usize = load<u8>(at) === OPEN_BRACE ? readRecord(at + 1) : 0;
    const end: usize = behind === 0 ? 0 : skipSpace(behind);
    if (end === 0 || load<u8>(end) !== NEWLINE) {
      flags = UNSURE;
      at = findNewline(at);
      calls -= lineCalls;
      lineCalls = 0;
    } else at = end;
    store<u32>(row + ROW_END, at as u32);
    store<u32>(row + ROW_FLAGS, flags);
    store<u32>(row + ROW_CALLS, calls - lineCalls);
    store<u32>(row + ROW_CALLS + 4, lineCalls);
    at++;
  }
  stoppedAt = at;
  return rows;
}

function findNewline(at: usize): usize {
  const newline = i8x16.splat(NEWLINE as i8);
  while (true) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), newline));
    if (mask !== 0) return at + (ctz(mask) as usize);
    at += 16;
  }
}

// All of the following take where a thing begins, or what stands behind its first byte, and return where it ends; 0 when it is not
// valid, or not certain.

/** The record of a line, from behind its brace to behind the one that closes it. */
function readRecord(at: usize): usize {
  let seen: u32 = 0;
  let type: usize = 0;
  let typeLength: usize = 0;
  let isMeta = false;
  hasContent = false;
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
          if (isPlainId(value + 1, at - 1)) flags |= PLAIN_ID;
          break;
        case KEY_PARENT:
          if (!isText) break;
          if (hasEscape) return 0;
          storeText(ROW_PARENT, value + 1, at - 1);
          if (isPlainId(value + 1, at - 1)) flags |= PLAIN_PARENT;
          break;
        case KEY_TIME:
          if (!isText) break;
          if (hasEscape) return 0;
          storeText(ROW_TIME, value + 1, at - 1);
          if (isPlainTime(value + 1, at - 1)) flags |= PLAIN_TIME;
          break;
        case KEY_CWD:
          // With its quotes, so that it can be parsed.
          if (isText) storeText(ROW_CWD, value, at);
          break;
        case KEY_SIDECHAIN:
          if (load<u8>(value) === 0x74) flags |= SIDECHAIN;
          break;
        case KEY_META:
          isMeta = load<u8>(value) === 0x74;
          break;
        case KEY_COMPACT:
          if (load<u8>(value) === 0x74) return 0;
          break;
        case KEY_API_ERROR:
          if (load<u8>(value) === 0x74) flags |= API_ERROR;
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
  if (isUser) flags |= USER;
  if (isOfTurn) flags |= OF_TURN;
  if (isMeta || (flags & SIDECHAIN) !== 0) return at + 1;
  // A prompt that was put into a running turn, and a message that needs an id made of its bytes.
  if (isQueuedCommand && isText(type, typeLength, ATTACHMENT, 10)) return 0;
  if (!isOfTurn || !hasContent) return at + 1;
  if (load<u32>(row + ROW_ID + 4) === 0) return 0;
  flags |= MESSAGE;
  if ((flags & PLAIN_ID) !== 0) storePrint(load<u32>(row + ROW_ID));
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

/** `message`: whether it has content, what it says of the model, and what its content calls and answers. */
function readMessage(at: usize): usize {
  let seen: u32 = 0;
  at = skipSpace(at);
  if (load<u8>(at) === CLOSE_BRACE) return at + 1;
  while (true) {
    const key = at + 1;
    const keyEnd = readKey(at);
    if (keyEnd === 0 || hasEscape) return 0;
    const value = valueBehind(keyEnd);
    if (value === 0) return 0;
    const bit = messageKey(key, keyEnd - key);
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
        flags |= HAS_TEXT;
        storeText(ROW_TEXT, value + 1, at - 1);
      } else if (bit === KEY_MODEL) {
        if (hasEscape) return 0;
        storeText(ROW_MODEL, value + 1, at - 1);
      } else if (bit === KEY_STOP_REASON) {
        if (hasEscape) return 0;
        if (isFinishing(value + 1, at - 2 - value)) flags |= FINISHING;
      }
    }
    at = skipSpace(at);
    const next = load<u8>(at);
    if (next === CLOSE_BRACE) return at + 1;
    if (next !== COMMA) return 0;
    at = skipSpace(at + 1);
  }
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
  if (load<u8>(at) === CLOSE_BRACKET) return at + 1;
  while (true) {
    blocks++;
    at = load<u8>(at) === OPEN_BRACE ? readBlock(at + 1) : skipValue(at);
    if (at === 0) return 0;
    if (blocks > 1) flags &= ~HAS_TEXT;
    at = skipSpace(at);
    const next = load<u8>(at);
    if (next === CLOSE_BRACKET) return at + 1;
    if (next !== COMMA) return 0;
    at = skipSpace(at + 1);
  }
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
  if (load<u8>(at) === CLOSE_BRACE) return at + 1;
  while (true) {
    const key = at + 1;
    const keyEnd = readKey(at);
    if (keyEnd === 0 || hasEscape) return 0;
    const value = valueBehind(keyEnd);
    if (value === 0) return 0;
    const length = keyEnd - key;
    const bit: u32 =
      length === 4 && isSame(key, TYPE, 4)
        ? 1
        : length === 2 && isSame(key, ID, 2)
          ? 2
          : length === 11 && isSame(key, TOOL_USE_ID, 11)
            ? 4
            : length === 4 && isSame(key, TEXT, 4)
              ? 8
              : 0;
    if ((seen & bit) !== 0) return 0;
    seen |= bit;
    at = skipValue(value);
    if (at === 0) return 0;
    if (bit !== 0 && load<u8>(value) === QUOTE) {
      if (hasEscape && bit !== 8) return 0;
      const length = at - 2 - value;
      if (bit === 1) {
        type = value + 1;
        typeLength = length;
      } else if (bit === 2) {
        id = value + 1;
        idLength = length;
      } else if (bit === 4) {
        answered = value + 1;
        answeredLength = length;
      } else {
        text = value + 1;
        textLength = length;
      }
    }
    at = skipSpace(at);
    const next = load<u8>(at);
    if (next === CLOSE_BRACE) break;
    if (next !== COMMA) return 0;
    at = skipSpace(at + 1);
  }
  if (isText(type, typeLength, TEXT, 4)) {
    if (text !== 0) {
      flags |= HAS_TEXT;
      storeText(ROW_TEXT, text, text + textLength);
    }
  } else if (isText(type, typeLength, TOOL_USE, 8)) {
    if (idLength > 0 && !addCall(id, idLength as u32)) return 0;
  } else if (isText(type, typeLength, TOOL_RESULT, 11)) {
    flags |= HAS_RESULT;
    if (answeredLength > 0 && !addCall(answered, (answeredLength as u32) | IS_RESULT)) return 0;
  }
  return at + 1;
}

function addCall(at: usize, length: u32): bool {
  if (lineCalls === MAX_LINE_CALLS) return false;
  const call = CALLS + CALL_BYTES * (calls as usize);
  store<u32>(call, at as u32);
  store<u32>(call + 4, length);
  calls++;
  lineCalls++;
  return true;
}

/** `usage`: all that the context holds, when input and output are told. */
function readUsage(at: usize): usize {
  let seen: u32 = 0;
  let numbers: u32 = 0;
  let tokens: u32 = 0;
  at = skipSpace(at);
  if (load<u8>(at) === CLOSE_BRACE) return at + 1;
  while (true) {
    const key = at + 1;
    const keyEnd = readKey(at);
    if (keyEnd === 0 || hasEscape) return 0;
    const value = valueBehind(keyEnd);
    if (value === 0) return 0;
    const bit = usageKey(key, keyEnd - key);
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
    at = skipSpace(at);
    const next = load<u8>(at);
    if (next === CLOSE_BRACE) break;
    if (next !== COMMA) return 0;
    at = skipSpace(at + 1);
  }
  if ((numbers & 3) === 3) {
    flags |= HAS_USAGE;
    store<u32>(row + ROW_TOKENS, tokens);
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

/** Any value. After a string, `hasEscape` says of it whether it has one. */
function skipValue(at: usize): usize {
  let depth: usize = 0;
  while (true) {
    const first: u32 = load<u8>(at);
    if (first === QUOTE) {
      at = readString(at + 1);
      if (at === 0) return 0;
      at++;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const inner = skipSpace(at + 1);
      if (load<u8>(inner) === first + 2) at = inner + 1;
      else {
        if (depth === MAX_DEPTH) return 0;
        store<u8>(NESTING + depth, first as u8);
        depth++;
        at = first === OPEN_BRACE ? skipKey(inner) : inner;
        if (at === 0) return 0;
        continue;
      }
    } else {
      at = readLiteral(at, first);
      if (at === 0) return 0;
    }
    // Behind a value: brackets that close, or the next value.
    while (true) {
      if (depth === 0) return at;
      at = skipSpace(at);
      const next: u32 = load<u8>(at);
      const open: u32 = load<u8>(NESTING + depth - 1);
      if (next === COMMA) {
        at = skipSpace(at + 1);
        if (open === OPEN_BRACE) at = skipKey(at);
        if (at === 0) return 0;
        break;
      }
      if (next !== open + 2) return 0;
      depth--;
      at++;
    }
  }
}

/** A key and its colon: where the value begins. */
function skipKey(at: usize): usize {
  const end = readKey(at);
  return end === 0 ? 0 : valueBehind(end);
}

/** From the quote that opens a key to the one that closes it. */
function readKey(at: usize): usize {
  return load<u8>(at) === QUOTE ? readString(at + 1) : 0;
}

/** From the quote that closes a key to the value. */
function valueBehind(keyEnd: usize): usize {
  const colon = skipSpace(keyEnd + 1);
  return load<u8>(colon) === COLON ? skipSpace(colon + 1) : 0;
}

/** From behind the quote that opens a string to the one that closes it. */
function readString(at: usize): usize {
  const quote = i8x16.splat(QUOTE as i8);
  const backslash = i8x16.splat(BACKSLASH as i8);
  const space = i8x16.splat(SPACE as i8);
  hasEscape = false;
  while (true) {
    const bytes = v128.load(at);
    const mask = i8x16.bitmask(
      v128.or(v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)), i8x16.lt_u(bytes, space)),
    );
    if (mask === 0) {
      at += 16;
      continue;
    }
    at += ctz(mask) as usize;
    const found: u32 = load<u8>(at);
    if (found === QUOTE) return at;
    if (found !== BACKSLASH) return 0;
    hasEscape = true;
    switch (load<u8>(at + 1) as u32) {
      case QUOTE:
      case BACKSLASH:
      case SLASH:
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        at += 2;
        break;
      case 0x75: // u
        for (let i: usize = 2; i < 6; i++) if (!isHexDigit(load<u8>(at + i))) return 0;
        at += 6;
        break;
      default:
        return 0;
    }
  }
}

function isHexDigit(byte: u32): bool {
  return byte - ZERO < 10 || (byte | 0x20) - 0x61 < 6;
}

/** A number, `true`, `false` or `null`. */
function readLiteral(at: usize, first: u32): usize {
  if (first === 0x74) return isSame(at, TRUE, 4) ? at + 4 : 0;
  if (first === 0x66) return isSame(at, FALSE, 5) ? at + 5 : 0;
  if (first === 0x6e) return isSame(at, NULL, 4) ? at + 4 : 0;
  if (first === MINUS) at++;
  if (load<u8>(at) === ZERO) at++;
  else {
    at = skipDigits(at);
    if (at === 0) return 0;
  }
  if (load<u8>(at) === DOT) {
    at = skipDigits(at + 1);
    if (at === 0) return 0;
  }
  if (((load<u8>(at) as u32) | 0x20) === 0x65) {
    const sign: u32 = load<u8>(at + 1);
    at = skipDigits(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

/** One digit at least. */
function skipDigits(at: usize): usize {
  const start = at;
  while ((load<u8>(at) as u32) - ZERO < 10) at++;
  return at === start ? 0 : at;
}

/** White space within a line. */
function skipSpace(at: usize): usize {
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte !== SPACE && byte !== TAB && byte !== RETURN) return at;
    at++;
  }
}

function storeText(field: usize, start: usize, end: usize): void {
  store<u32>(row + field, start as u32);
  store<u32>(row + field + 4, (end - start) as u32);
}

function isText(at: usize, length: usize, name: usize, nameLength: usize): bool {
  return length === nameLength && isSame(at, name, nameLength);
}

function isSame(at: usize, name: usize, length: usize): bool {
  if (length >= 8) {
    let i: usize = 0;
    for (; i + 8 <= length; i += 8) if (load<u64>(at + i) !== load<u64>(name + i)) return false;
    return load<u64>(at + length - 8) === load<u64>(name + length - 8);
  }
  if (length >= 4) {
    return load<u32>(at) === load<u32>(name) && load<u32>(at + length - 4) === load<u32>(name + length - 4);
  }
  return load<u16>(at) === load<u16>(name) && load<u8>(at + length - 1) === load<u8>(name + length - 1);
}

/** A UUID as it is to be written, in lower case. */
function isPlainId(start: usize, end: usize): bool {
  if (end - start !== 36) return false;
  // The dashes are at 8, 13, 18 and 23.
  return (
    isHexBut(v128.load(start), i8x16(0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 0)) &&
    isHexBut(v128.load(start + 16), i8x16(0, 0, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0)) &&
    isHexBut(v128.load(start + 20), i8x16(0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
  );
}

function isHexBut(bytes: v128, dashes: v128): bool {
  const isDigit = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(ZERO as i8)), i8x16.splat(10));
  const isLetter = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x61)), i8x16.splat(6));
  const isDash = i8x16.eq(bytes, i8x16.splat(MINUS as i8));
  return i8x16.all_true(v128.bitselect(isDash, v128.or(isDigit, isLetter), dashes));
}

/** The print of a plain id, as `print-row.ts` makes it. */
function storePrint(id: usize): void {
  let high: u32 = 0xdeadbeef;
  let low: u32 = 0x41c6ce57;
  for (let i: usize = 0; i < 36; i++) {
    const unit: u32 = load<u8>(id + i);
    high = (high ^ unit) * 2654435761;
    low = (low ^ unit) * 1597334677;
  }
  high = ((high ^ (high >>> 16)) * 2246822507) ^ ((low ^ (low >>> 13)) * 3266489909);
  low = ((low ^ (low >>> 16)) * 2246822507) ^ ((high ^ (high >>> 13)) * 3266489909);
  store<u32>(row + ROW_PRINT, high >>> 8);
  store<u32>(row + ROW_PRINT + 4, low >>> 8);
}

/** `2026-03-01T09:00:00.000Z`, as most are written. To the platform the 31st of a shorter month is a day of the next one. */
function isPlainTime(start: usize, end: usize): bool {
  if (end - start !== 24) return false;
  const isShaped =
    load<u8>(start + 4) === MINUS &&
    load<u8>(start + 7) === MINUS &&
    load<u8>(start + 10) === 0x54 &&
    load<u8>(start + 13) === COLON &&
    load<u8>(start + 16) === COLON &&
    load<u8>(start + 19) === DOT &&
    load<u8>(start + 23) === 0x5a;
  if (!isShaped || pair(start) > 99 || pair(start + 2) > 99 || pair(start + 20) > 99) return false;
  if ((load<u8>(start + 22) as u32) - ZERO > 9) return false;
  return (
    pair(start + 5) - 1 < 12 &&
    pair(start + 8) - 1 < 31 &&
    pair(start + 11) < 24 &&
    pair(start + 14) < 60 &&
    pair(start + 17) < 60
  );
}

/** A number of two digits; one over 99 when they are none. */
function pair(at: usize): u32 {
  const tens = (load<u8>(at) as u32) - ZERO;
  const ones = (load<u8>(at + 1) as u32) - ZERO;
  return tens > 9 || ones > 9 ? 0xffff : tens * 10 + ones;
}
