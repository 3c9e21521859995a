/**
 * Says of a line, by a look at the scalars at its beginning and at its end, that the log drops it and what place it has in
 * the tree, so that it need not be parsed. It says so only when it is certain; the rest is left to the JSON parser.
 *
 * Why it is certain: read forwards from `{`, keys and scalar values up to the first nested value are those of the record
 * itself. Read backwards from the closing `}`, over bytes without a backslash every quote is a real one, so quotes pair up,
 * and until a bracket is met outside of a string the depth is still that of the record. A line that is no valid JSON is
 * dropped either way; one that is damaged in its middle may go on to link the records around it, and is not counted as broken.
 */

export interface Probe {
  /** Empty when the record has none. */
  id: string;
  parentId: string | null;
  isSidechain: boolean;
}

const HEAD_BYTES = 1_024;
const TAIL_BYTES = 1_024;

/** Kinds that are in no tree and that lists read nothing of. */
const loose = new Set([
  "queue-operation",
  "api-request",
  "api-request-shape",
  "api-request-blob",
  "file-history-snapshot",
  "last-prompt",
  "mode",
  "permission-mode",
  "cost-state",
  "tools-used",
  "atis-latch",
]);
/** Kinds that always have to be parsed: they may be in the log, or a name is taken from them. */
const telling = new Set(["user", "assistant", "summary", "ai-title", "custom-title"]);

const QUEUED_COMMAND = Buffer.from("queued_command");
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const CLOSE = 0x7d;

/** What was seen of the fields that matter. One object is used over and over: a file has tens of thousands of lines. */
const seen = { type: "", id: "", parentId: "", hasParent: false, isSidechain: false, isTwice: false };
const probe: Probe = { id: "", parentId: null, isSidechain: false };

/** The beginning of most records of a conversation, up to their type. */
const usual =
  /\{"parentUuid":(?:null|"[^"\\]{1,128}"),"isSidechain":false,(?:"[A-Za-z]{1,32}":(?:"[^"\\]{0,512}"|true|false|null),){0,12}"type":"(?:user|assistant)"/y;

/** Whether the line at `start` of a text has to be parsed, told without a closer look; false says nothing. */
export function isUsualMessage(text: string, start: number): boolean {
  usual.lastIndex = start;
  return usual.test(text);
}

/** The place of a line that is certainly dropped, valid until the next call; undefined when the line has to be parsed. */
export function probeDropped(bytes: Buffer, start: number, end: number): Probe | undefined {
  seen.type = seen.id = seen.parentId = "";
  seen.hasParent = seen.isSidechain = seen.isTwice = false;
  const headEnd = readHead(bytes, start, end);
  if (seen.isTwice) return undefined;
  if (seen.type !== "" && telling.has(seen.type) && !seen.isSidechain) return undefined;
  if (seen.type !== "" && loose.has(seen.type)) return place("", null, false);
  // What comes next is a message: hardly ever one that is dropped, and then it is parsed.
  if (!seen.isSidechain && isMessage(bytes, headEnd)) return undefined;
  readTail(bytes, headEnd, end);
  if (seen.isTwice || seen.type === "" || seen.id === "" || !seen.hasParent) return undefined;
  if (telling.has(seen.type) && !seen.isSidechain) return undefined;
  // The tail ends at the first nested value, so that the type is the record's own and not the attachment's.
  if (seen.type === "attachment" && !seen.isSidechain && bytes.subarray(start, end).includes(QUEUED_COMMAND)) {
    return undefined;
  }
  return place(seen.id, seen.parentId === "" ? null : seen.parentId, seen.isSidechain);
}

function place(id: string, parentId: string | null, isSidechain: boolean): Probe {
  probe.id = id;
  probe.parentId = parentId;
  probe.isSidechain = isSidechain;
  return probe;
}

/** Returns where it stopped: nothing before is looked at again. */
function readHead(bytes: Buffer, start: number, end: number): number {
  const limit = Math.min(end, start + HEAD_BYTES);
  let at = start + 1;
  while (at < limit && bytes[at] === QUOTE) {
    const field = at;
    const keyStart = at + 1;
    const keyEnd = closingQuote(bytes, keyStart, limit);
    if (keyEnd === -1 || bytes[keyEnd + 1] !== COLON) return field;
    const valueStart = keyEnd + 2;
    const valueEnd = scalarEnd(bytes, valueStart, limit);
    if (valueEnd === -1) return field;
    note(bytes, keyStart, keyEnd, valueStart, valueEnd);
    if (bytes[valueEnd] !== COMMA) return valueEnd;
    at = valueEnd + 1;
  }
  return at;
}

/** Index behind a scalar value; -1 for a nested one, one with a backslash, or one that is not over before `limit`. */
function scalarEnd(bytes: Buffer, start: number, limit: number): number {
  if (bytes[start] === QUOTE) {
    const close = closingQuote(bytes, start + 1, limit);
    return close === -1 ? -1 : close + 1;
  }
  let at = start;
  while (at < limit && isLiteral(bytes[at])) at++;
  return at === start || at >= limit ? -1 : at;
}

function closingQuote(bytes: Buffer, start: number, limit: number): number {
  for (let at = start; at < limit; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) return -1;
  }
  return -1;
}

function readTail(bytes: Buffer, start: number, end: number): void {
  const limit = Math.max(start, end - TAIL_BYTES);
  if (bytes[end - 1] !== CLOSE) return;
  let at = end - 1;
  for (;;) {
    // `at` is the index behind a value.
    let valueStart: number;
    if (bytes[at - 1] === QUOTE) {
      valueStart = openingQuote(bytes, at - 2, limit);
      if (valueStart === -1) return;
    } else {
      valueStart = at;
      while (valueStart > limit && isLiteral(bytes[valueStart - 1])) valueStart--;
      if (valueStart === at || valueStart === limit) return;
    }
    if (bytes[valueStart - 1] !== COLON || bytes[valueStart - 2] !== QUOTE) return;
    const keyEnd = valueStart - 2;
    const keyQuote = openingQuote(bytes, keyEnd - 1, limit);
    if (keyQuote === -1) return;
    // A key with nothing before it is in the head.
    if (bytes[keyQuote - 1] !== COMMA) return;
    note(bytes, keyQuote + 1, keyEnd, valueStart, at);
    at = keyQuote - 1;
    if (at <= limit) return;
  }
}

function openingQuote(bytes: Buffer, from: number, limit: number): number {
  for (let at = from; at > limit; at--) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) return -1;
  }
  return -1;
}

function isLiteral(byte: number | undefined): boolean {
  // Letters of `true`, `false`, `null`, digits, and what else a number has.
  return (
    byte !== undefined &&
    ((byte >= 0x61 && byte <= 0x7a) ||
      (byte >= 0x30 && byte <= 0x39) ||
      byte === 0x2d ||
      byte === 0x2e ||
      byte === 0x2b ||
      byte === 0x45)
  );
}

function note(bytes: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
  const first = bytes[keyStart];
  switch (keyEnd - keyStart) {
    case 4:
      if (first === 0x74 && isKey(bytes, keyStart, "type")) {
        seen.isTwice ||= seen.type !== "";
        seen.type = stringAt(bytes, valueStart, valueEnd);
      } else if (first === 0x75 && isKey(bytes, keyStart, "uuid")) {
        seen.isTwice ||= seen.id !== "";
        seen.id = stringAt(bytes, valueStart, valueEnd);
      }
      return;
    case 10:
      if (first === 0x70 && isKey(bytes, keyStart, "parentUuid")) {
        seen.isTwice ||= seen.hasParent;
        seen.hasParent = true;
        seen.parentId = stringAt(bytes, valueStart, valueEnd);
      }
      return;
    case 11:
      if (first === 0x69 && isKey(bytes, keyStart, "isSidechain")) {
        seen.isTwice ||= seen.isSidechain;
        seen.isSidechain = bytes[valueStart] === 0x74;
      }
      return;
    default:
  }
}

function isMessage(bytes: Buffer, at: number): boolean {
  return bytes[at] === QUOTE && bytes[at + 1] === 0x6d && isKey(bytes, at + 1, "message") && bytes[at + 8] === QUOTE;
}

function isKey(bytes: Buffer, at: number, name: string): boolean {
  for (let i = 1; i < name.length; i++) if (bytes[at + i] !== name.charCodeAt(i)) return false;
  return true;
}

/** A string value's text; empty for another value. */
function stringAt(bytes: Buffer, start: number, end: number): string {
  return bytes[start] === QUOTE ? bytes.toString("utf8", start + 1, end - 1) : "";
}
