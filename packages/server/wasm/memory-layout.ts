/** Where things stand in the scanner's memory, and what a row says. The same as in `src/sessions/log/line-row.ts`. */

// From its beginning: what the compiler puts there; names; rows; call entries; the kinds of the brackets that are
// open; and then the bytes to be scanned, with a newline behind the last line and some bytes behind that.
export const NAMES: usize = 4_096;
export const ROWS: usize = 8_192;
export const ROW_BYTES: usize = 80;
export const MAX_ROWS: u32 = 1_024;
export const CALLS: usize = ROWS + ROW_BYTES * (MAX_ROWS as usize);
export const CALL_BYTES: usize = 8;
export const MAX_CALLS: u32 = 4_096;
export const NESTING: usize = CALLS + CALL_BYTES * (MAX_CALLS as usize);
export const MAX_DEPTH: usize = 1_024;

// Flags of a row.
export const UNSURE: u32 = 1;
export const MESSAGE: u32 = 2;
export const USER: u32 = 4;
export const SIDECHAIN: u32 = 8;
export const OF_TURN: u32 = 16;
export const FINISHING: u32 = 32;
export const HAS_RESULT: u32 = 64;
export const API_ERROR: u32 = 128;
export const HAS_USAGE: u32 = 256;
export const PLAIN_TIME: u32 = 512;
export const PLAIN_ID: u32 = 1_024;
export const PLAIN_PARENT: u32 = 2_048;
/** Its text is one string. */
export const HAS_TEXT: u32 = 4_096;

/** Of an entry of the calls: it stands for a call that is answered, and not for one that is made. */
export const IS_RESULT: u32 = 0x8000_0000;

// Offsets in a row.
export const ROW_START: usize = 0;
export const ROW_END: usize = 4;
export const ROW_FLAGS: usize = 8;
export const ROW_ID: usize = 12;
export const ROW_PARENT: usize = 20;
export const ROW_TIME: usize = 28;
export const ROW_CWD: usize = 36;
export const ROW_MODEL: usize = 44;
export const ROW_TOKENS: usize = 52;
export const ROW_CALLS: usize = 56;
export const ROW_PRINT: usize = 64;
export const ROW_TEXT: usize = 72;
