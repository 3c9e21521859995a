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
 * This is AssemblyScript: `npm run generate` makes `src/sessions/log/line-scanner-wasm.generated.ts` of it.
 */
import { beginRow, beginTable, endRow, giveUpRow, hasRoom } from "./current-row";
import { NEWLINE, OPEN_BRACE } from "./json-bytes";
import { skipSpace } from "./json-value";
import { MAX_ROWS } from "./memory-layout";
import { readRecord } from "./read-record";

/** Where the last call of `scan` stopped: behind the last line that it took. */
let stoppedAt: usize = 0;

export function stopped(): usize {
  return stoppedAt;
}

/** Fills rows for the lines from `at` on, the last of which ends with the byte before `to`. Returns how many rows there are. */
export function scan(at: usize, to: usize): u32 {
  let rows: u32 = 0;
  beginTable();
  while (at < to && rows < MAX_ROWS && hasRoom()) {
    const start = at;
    at = skipSpace(at);
    if (load<u8>(at) === NEWLINE) {
      at++;
      continue;
    }
    beginRow(rows, start);
    rows++;
    const behind: usize = load<u8>(at) === OPEN_BRACE ? readRecord(at + 1) : 0;
    const end: usize = behind === 0 ? 0 : skipSpace(behind);
    if (end === 0 || load<u8>(end) !== NEWLINE) {
      giveUpRow();
      at = findNewline(at);
    } else at = end;
    endRow(at);
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
