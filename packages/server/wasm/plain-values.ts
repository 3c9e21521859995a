/** Ids and times as nearly all are written, which need no closer look. */
import { storeField } from "./current-row";
import { COLON, DOT, MINUS, ZERO } from "./json-bytes";
import { ROW_PRINT } from "./memory-layout";

/** A UUID as it is to be written, in lower case. */
export function isPlainId(start: usize, end: usize): bool {
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
export function storePrint(id: usize): void {
  let high: u32 = 0xdeadbeef;
  let low: u32 = 0x41c6ce57;
  for (let i: usize = 0; i < 36; i++) {
    const unit: u32 = load<u8>(id + i);
    high = (high ^ unit) * 2654435761;
    low = (low ^ unit) * 1597334677;
  }
  high = ((high ^ (high >>> 16)) * 2246822507) ^ ((low ^ (low >>> 13)) * 3266489909);
  low = ((low ^ (low >>> 16)) * 2246822507) ^ ((high ^ (high >>> 13)) * 3266489909);
  storeField(ROW_PRINT, high >>> 8);
  storeField(ROW_PRINT + 4, low >>> 8);
}

/** `2026-03-01T09:00:00.000Z`, as most are written. To the platform the 31st of a shorter month is a day of the next one. */
export function isPlainTime(start: usize, end: usize): bool {
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
