/**
 * What counting needs of a record, taken from its bytes without parsing it: its place in the tree, whether it passes the
 * filter, and what a turn and a list look at. As strict as the parser; where it is not certain (a key of interest twice, or
 * with an escape) it says so, and the line is parsed.
 */
import { INVALID, isWord, skipColon, skipSpace, skipString, skipValue, UNSURE } from "./json-skip.ts";

/** One object for all lines, valid until the next one: a file has tens of thousands. Empty texts are absent ones. */
export interface WalkedLine {
  type: string;
  id: string;
  parentId: string;
  /** Where the text of `timestamp` is; equal when it has none. */
  timeStart: number;
  timeEnd: number;
  isSidechain: boolean;
  isMeta: boolean;
  isApiError: boolean;
  /** `message` is an object whose `content` is a string or an array. */
  hasContent: boolean;
  model: string;
  stopReason: string;
  /** -1 when `message` has none. */
  contextTokens: number;
  callIds: string[];
  resultIds: string[];
  hasResult: boolean;
}

export const walked: WalkedLine = {
  type: "",
  id: "",
  parentId: "",
  timeStart: 0,
  timeEnd: 0,
  isSidechain: false,
  isMeta: false,
  isApiError: false,
  hasContent: false,
  model: "",
  stopReason: "",
  contextTokens: -1,
  callIds: [],
  resultIds: [],
  hasResult: false,
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ARRAY = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const COMMA = 0x2c;

/**
 * Walks through a line that begins with `{` at `start` and has its newline at `end`. True: `walked` tells of it. False: it
 * is no JSON. Undefined: it has to be parsed.
 */
export function walkLine(bytes: Buffer, start: number, end: number): boolean | undefined {
  lastId = walked.id;
  walked.type = walked.id = walked.parentId = walked.model = walked.stopReason = "";
  walked.timeStart = walked.timeEnd = 0;
  walked.isSidechain = walked.isMeta = walked.isApiError = walked.hasContent = walked.hasResult = false;
  walked.contextTokens = -1;
  if (walked.callIds.length > 0) walked.callIds = [];
  if (walked.resultIds.length > 0) walked.resultIds = [];
  const at = walkObject(bytes, start, recordField);
  if (at === UNSURE) return undefined;
  return at >= 0 && skipSpace(bytes, at) === end;
}

/** Takes a field whose value begins at `value`; returns the index behind the value. `bit` is set once the key was met. */
type Field = (bytes: Buffer, key: number, keyEnd: number, value: number) => number;

let seen = 0;
/** The record before is mostly the parent of the next one: its id need not be made twice. */
let lastId = "";

/** Goes through an object's fields; each of interest may be there once. */
function walkObject(bytes: Buffer, start: number, field: Field): number {
  const seenOutside = seen;
  seen = 0;
  const at = walkFields(bytes, start, field);
  seen = seenOutside;
  return at;
}

function walkFields(bytes: Buffer, start: number, field: Field): number {
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === OBJECT_END) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) return INVALID;
    const key = at + 1;
    const keyEnd = skipString(bytes, key);
    if (keyEnd < 0) return keyEnd;
    if (hasEscape(bytes, key, keyEnd - 1)) return UNSURE;
    const value = skipColon(bytes, keyEnd);
    if (value < 0) return value;
    at = field(bytes, key, keyEnd - 1, value);
    if (at < 0) return at;
    at = skipSpace(bytes, at);
    if (bytes[at] === OBJECT_END) return at + 1;
    if (bytes[at] !== COMMA) return INVALID;
    at = skipSpace(bytes, at + 1);
  }
}

function once(bit: number): boolean {
  if ((seen & bit) !== 0) return false;
  seen |= bit;
  return true;
}

function recordField(bytes: Buffer, key: number, keyEnd: number, value: number): number {
  const length = keyEnd - key;
  switch (length) {
    case 4:
      if (isWord(bytes, key, "type")) return once(1) ? word(bytes, value, setType) : UNSURE;
      if (isWord(bytes, key, "uuid")) return once(2) ? text(bytes, value, setId) : UNSURE;
      break;
    case 6:
      if (isWord(bytes, key, "isMeta")) {
        if (!once(4)) return UNSURE;
        walked.isMeta = bytes[value] === 0x74;
      }
      break;
    case 7:
      if (isWord(bytes, key, "message")) {
        if (!once(8)) return UNSURE;
        if (bytes[value] === OBJECT) return walkObject(bytes, value, messageField);
      }
      break;
    case 9:
      if (isWord(bytes, key, "timestamp")) return once(16) ? time(bytes, value) : UNSURE;
      break;
    case 10:
      if (isWord(bytes, key, "parentUuid")) return once(32) ? text(bytes, value, setParentId) : UNSURE;
      break;
    case 11:
      if (isWord(bytes, key, "isSidechain")) {
        if (!once(64)) return UNSURE;
        walked.isSidechain = bytes[value] === 0x74;
      }
      break;
    case 17:
      if (isWord(bytes, key, "isApiErrorMessage")) {
        if (!once(128)) return UNSURE;
        walked.isApiError = bytes[value] === 0x74;
      }
      break;
    default:
  }
  return skipValue(bytes, value);
}

function messageField(bytes: Buffer, key: number, keyEnd: number, value: number): number {
  switch (keyEnd - key) {
    case 5:
      if (isWord(bytes, key, "model")) return once(1) ? word(bytes, value, setModel) : UNSURE;
      if (isWord(bytes, key, "usage")) {
        if (!once(2)) return UNSURE;
        if (bytes[value] === OBJECT) return walkUsage(bytes, value);
      }
      break;
    case 7:
      if (isWord(bytes, key, "content")) {
        if (!once(4)) return UNSURE;
        walked.hasContent = bytes[value] === QUOTE || bytes[value] === ARRAY;
        if (bytes[value] === ARRAY) return walkBlocks(bytes, value);
      }
      break;
    case 11:
      if (isWord(bytes, key, "stop_reason")) return once(8) ? word(bytes, value, setStopReason) : UNSURE;
      break;
    default:
  }
  return skipValue(bytes, value);
}

const tokens = { input: -1, output: -1, written: -1, read: -1 };

function walkUsage(bytes: Buffer, start: number): number {
  tokens.input = tokens.output = tokens.written = tokens.read = -1;
  const at = walkObject(bytes, start, usageField);
  if (tokens.input >= 0 && tokens.output >= 0) {
    walked.contextTokens = tokens.input + tokens.output + Math.max(0, tokens.written) + Math.max(0, tokens.read);
  }
  return at;
}

function usageField(bytes: Buffer, key: number, keyEnd: number, value: number): number {
  const end = skipValue(bytes, value);
  if (end < 0) return end;
  switch (keyEnd - key) {
    case 12:
      if (!isWord(bytes, key, "input_tokens")) return end;
      if (!once(1)) return UNSURE;
      tokens.input = count(bytes, value, end);
      return tokens.input === UNSURE ? UNSURE : end;
    case 13:
      if (!isWord(bytes, key, "output_tokens")) return end;
      if (!once(2)) return UNSURE;
      tokens.output = count(bytes, value, end);
      return tokens.output === UNSURE ? UNSURE : end;
    case 23:
      if (!isWord(bytes, key, "cache_read_input_tokens")) return end;
      if (!once(4)) return UNSURE;
      tokens.read = count(bytes, value, end);
      return tokens.read === UNSURE ? UNSURE : end;
    case 27:
      if (!isWord(bytes, key, "cache_creation_input_tokens")) return end;
      if (!once(8)) return UNSURE;
      tokens.written = count(bytes, value, end);
      return tokens.written === UNSURE ? UNSURE : end;
    default:
      return end;
  }
}

/** A number of tokens; -1 for what is no number, `UNSURE` for one that is written in an uncommon way. */
function count(bytes: Buffer, start: number, end: number): number {
  if (end - start > 15) return UNSURE;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return at === start ? -1 : UNSURE;
    number = number * 10 + digit;
  }
  return number;
}

const block = { type: "", id: "", resultOf: "" };

function walkBlocks(bytes: Buffer, start: number): number {
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === ARRAY_END) return at + 1;
  for (;;) {
    if (bytes[at] === OBJECT) {
      block.type = block.id = block.resultOf = "";
      at = walkObject(bytes, at, blockField);
      if (block.type === "tool_use") {
        if (block.id !== "") walked.callIds.push(block.id);
      } else if (block.type === "tool_result") {
        walked.hasResult = true;
        if (block.resultOf !== "") walked.resultIds.push(block.resultOf);
      }
    } else at = skipValue(bytes, at);
    if (at < 0) return at;
    at = skipSpace(bytes, at);
    if (bytes[at] === ARRAY_END) return at + 1;
    if (bytes[at] !== COMMA) return INVALID;
    at = skipSpace(bytes, at + 1);
  }
}

function blockField(bytes: Buffer, key: number, keyEnd: number, value: number): number {
  switch (keyEnd - key) {
    case 2:
      if (isWord(bytes, key, "id")) return once(1) ? text(bytes, value, setBlockId) : UNSURE;
      break;
    case 4:
      if (isWord(bytes, key, "type")) return once(2) ? word(bytes, value, setBlockType) : UNSURE;
      break;
    case 11:
      if (isWord(bytes, key, "tool_use_id")) return once(4) ? text(bytes, value, setBlockResultOf) : UNSURE;
      break;
    default:
  }
  return skipValue(bytes, value);
}

function text(bytes: Buffer, value: number, set: (text: string) => void): number {
  const end = skipValue(bytes, value);
  if (end < 0 || bytes[value] !== QUOTE) return end;
  if (hasEscape(bytes, value + 1, end - 1)) return UNSURE;
  const isLast = lastId !== "" && isEqual(bytes, value + 1, end - 1, lastId);
  set(isLast ? lastId : bytes.toString("utf8", value + 1, end - 1));
  return end;
}

/** A text that is one of a few. */
function word(bytes: Buffer, value: number, set: (text: string) => void): number {
  const end = skipValue(bytes, value);
  if (end < 0 || bytes[value] !== QUOTE) return end;
  if (hasEscape(bytes, value + 1, end - 1)) return UNSURE;
  const slot = (end - value + 7 * (bytes[value + 1] ?? 0)) & (words.length - 1);
  let known = words[slot] ?? "";
  if (!isEqual(bytes, value + 1, end - 1, known)) known = words[slot] = bytes.toString("utf8", value + 1, end - 1);
  set(known);
  return end;
}

/** Words that were met, each in the place that its length and its first letter give it. */
const words: string[] = Array.from({ length: 64 }, () => "");

function isEqual(bytes: Buffer, start: number, end: number, ascii: string): boolean {
  return end - start === ascii.length && isWord(bytes, start, ascii);
}

function time(bytes: Buffer, value: number): number {
  const end = skipValue(bytes, value);
  if (end < 0 || bytes[value] !== QUOTE) return end;
  if (hasEscape(bytes, value + 1, end - 1)) return UNSURE;
  walked.timeStart = value + 1;
  walked.timeEnd = end - 1;
  return end;
}

function hasEscape(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return true;
  return false;
}

const setType = (value: string): void => void (walked.type = value);
const setId = (value: string): void => void (walked.id = value);
const setParentId = (value: string): void => void (walked.parentId = value);
const setModel = (value: string): void => void (walked.model = value);
const setStopReason = (value: string): void => void (walked.stopReason = value);
const setBlockId = (value: string): void => void (block.id = value);
const setBlockType = (value: string): void => void (block.type = value);
const setBlockResultOf = (value: string): void => void (block.resultOf = value);
