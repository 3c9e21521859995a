/** JSON as such: what is valid, and where it ends. */
import {
  BACKSLASH,
  COLON,
  COMMA,
  DOT,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
  RETURN,
  SLASH,
  SPACE,
  TAB,
  ZERO,
} from "./json-bytes";
import { MAX_DEPTH, NESTING } from "./memory-layout";
import { FALSE, isSame, NULL, TRUE } from "./names";

// All of these take where a thing begins, or what stands behind its first byte, and return where it ends; 0 when it is not
// valid, or not certain.

/** The string that was read last has an escape. */
export let hasEscape: bool = false;

/** Any value. After a string, `hasEscape` says of it whether it has one. */
export function skipValue(at: usize): usize {
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

/** Of the member that was read last: its key, between the quotes. */
export let key: usize = 0;
export let keyLength: usize = 0;

/** A member's key, one without an escape, and its colon: where the value begins. */
export function readMember(at: usize): usize {
  key = at + 1;
  const end = readKey(at);
  if (end === 0 || hasEscape) return 0;
  keyLength = end - key;
  return valueBehind(end);
}

/** From behind a value to what is next in its object or array, or to the bracket that closes that. */
export function nextOf(at: usize, close: u32): usize {
  at = skipSpace(at);
  const byte: u32 = load<u8>(at);
  if (byte === close) return at;
  if (byte !== COMMA) return 0;
  at = skipSpace(at + 1);
  return load<u8>(at) === close ? 0 : at;
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
export function skipSpace(at: usize): usize {
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte !== SPACE && byte !== TAB && byte !== RETURN) return at;
    at++;
  }
}
