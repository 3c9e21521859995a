/** The row that is being filled. */
import {
  CALL_BYTES,
  CALLS,
  MAX_CALLS,
  ROW_BYTES,
  ROW_CALLS,
  ROW_END,
  ROW_FLAGS,
  ROW_START,
  ROWS,
  UNSURE,
} from "./memory-layout";

/** A line that has more of them is unsure. */
const MAX_LINE_CALLS: u32 = 256;

let row: usize = 0;
let flags: u32 = 0;
/** In the table, and of them those of this row. */
let calls: u32 = 0;
let lineCalls: u32 = 0;

export function beginTable(): void {
  calls = 0;
}

/** The table of calls has room for any line. */
export function hasRoom(): bool {
  return calls <= MAX_CALLS - MAX_LINE_CALLS;
}

export function beginRow(index: u32, start: usize): void {
  row = ROWS + ROW_BYTES * (index as usize);
  memory.fill(row, 0, ROW_BYTES);
  storeField(ROW_START, start as u32);
  lineCalls = 0;
  flags = 0;
}

export function endRow(end: usize): void {
  storeField(ROW_END, end as u32);
  storeField(ROW_FLAGS, flags);
  storeField(ROW_CALLS, calls - lineCalls);
  storeField(ROW_CALLS + 4, lineCalls);
}

/** Nothing that was noted of the line counts: it is unsure. */
export function giveUpRow(): void {
  flags = UNSURE;
  calls -= lineCalls;
  lineCalls = 0;
}

export function addFlags(more: u32): void {
  flags |= more;
}

export function removeFlags(fewer: u32): void {
  flags &= ~fewer;
}

export function hasFlag(flag: u32): bool {
  return (flags & flag) !== 0;
}

export function storeField(field: usize, value: u32): void {
  store<u32>(row + field, value);
}

export function loadField(field: usize): u32 {
  return load<u32>(row + field);
}

export function storeText(field: usize, start: usize, end: usize): void {
  storeField(field, start as u32);
  storeField(field + 4, (end - start) as u32);
}

/** False when the line has too many. */
export function addCall(at: usize, length: u32): bool {
  if (lineCalls === MAX_LINE_CALLS) return false;
  const call = CALLS + CALL_BYTES * (calls as usize);
  store<u32>(call, at as u32);
  store<u32>(call + 4, length);
  calls++;
  lineCalls++;
  return true;
}
