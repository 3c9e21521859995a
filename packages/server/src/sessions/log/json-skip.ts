/**
 * Going through JSON in bytes without making anything of it: several times as fast as parsing, and as strict. Every function
 * takes an index and returns the one behind what it went through, or a negative number. The byte behind the text has to be
 * one that no JSON text goes on with, such as the newline that ends a line.
 */

/** It is no JSON. */
export const INVALID = -1;
/** It may be, but that is not for this module to say: it is nested too deeply. */
export const UNSURE = -2;

const MAX_DEPTH = 512;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ARRAY = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** 1 for a byte that stands for itself in a string. */
const plain = new Uint8Array(256).map((_, byte) => (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0));
/** Containers that are open, inner ones last: 1 for an object. One for all calls, which do not meet. */
const open = new Uint8Array(MAX_DEPTH);

export function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** `start` is behind the opening quote. */
export function skipString(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    // The newline behind the text ends the loop: there is no need to look whether it is over with every byte.
    while (plain[bytes[at] as number] === 1) at++;
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return INVALID;
    const escaped = bytes[at + 1] ?? 0;
    if (escaped === 0x75) {
      for (let digit = at + 2; digit < at + 6; digit++) if (!isHex(bytes[digit] ?? 0)) return INVALID;
      at += 6;
    } else if (isEscape(escaped)) at += 2;
    else return INVALID;
  }
}

/** `start` is at the first byte of the value. */
export function skipValue(bytes: Buffer, start: number): number {
  const first = bytes[start] ?? 0;
  if (first === QUOTE) return skipString(bytes, start + 1);
  return first === OBJECT || first === ARRAY ? skipContainer(bytes, start) : skipLiteral(bytes, start);
}

function skipContainer(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  // Each round goes through one value, and then through all that ends with it.
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte === OBJECT || byte === ARRAY) {
      if (depth === MAX_DEPTH) return UNSURE;
      const isObject = byte === OBJECT;
      open[depth++] = isObject ? 1 : 0;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== (isObject ? OBJECT_END : ARRAY_END)) {
        if (isObject) at = skipKey(bytes, at);
        if (at < 0) return at;
        continue;
      }
      at++;
      depth--;
    } else {
      at = byte === QUOTE ? skipString(bytes, at + 1) : skipLiteral(bytes, at);
      if (at < 0) return at;
    }
    for (;;) {
      if (depth === 0) return at;
      at = skipSpace(bytes, at);
      const isObject = open[depth - 1] === 1;
      const next = bytes[at];
      if (next === COMMA) {
        at = skipSpace(bytes, at + 1);
        if (isObject) at = skipKey(bytes, at);
        if (at < 0) return at;
        break;
      }
      if (next !== (isObject ? OBJECT_END : ARRAY_END)) return INVALID;
      at++;
      depth--;
    }
  }
}

/** A key and its colon; the index of the value. */
function skipKey(bytes: Buffer, start: number): number {
  if (bytes[start] !== QUOTE) return INVALID;
  const end = skipString(bytes, start + 1);
  return end < 0 ? end : skipColon(bytes, end);
}

/** A colon and what is blank around it; the index of the value. */
export function skipColon(bytes: Buffer, start: number): number {
  const at = skipSpace(bytes, start);
  return bytes[at] === COLON ? skipSpace(bytes, at + 1) : INVALID;
}

function skipLiteral(bytes: Buffer, start: number): number {
  switch (bytes[start]) {
    case 0x74:
      return isWord(bytes, start, "true") ? start + 4 : INVALID;
    case 0x66:
      return isWord(bytes, start, "false") ? start + 5 : INVALID;
    case 0x6e:
      return isWord(bytes, start, "null") ? start + 4 : INVALID;
    default:
      return skipNumber(bytes, start);
  }
}

function skipNumber(bytes: Buffer, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  if (bytes[at] === 0x30) at++;
  else {
    const digits = skipDigits(bytes, at);
    if (digits === at) return INVALID;
    at = digits;
  }
  if (bytes[at] === 0x2e) {
    const digits = skipDigits(bytes, at + 1);
    if (digits === at + 1) return INVALID;
    at = digits;
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    const from = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    const digits = skipDigits(bytes, from);
    if (digits === from) return INVALID;
    at = digits;
  }
  return at;
}

function skipDigits(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x30 || byte > 0x39) return at;
    at++;
  }
}

export function isWord(bytes: Buffer, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) return false;
  return true;
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

function isEscape(byte: number): boolean {
  switch (byte) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true;
    default:
      return false;
  }
}
