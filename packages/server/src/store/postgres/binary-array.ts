/**
 * One-dimensional arrays as PostgreSQL reads them in binary (`array_recv`): a column of many rows as one parameter. Read
 * at a third of what the same rows cost as JSON, whose keys come again with each row ([PERF-2]).
 */

/** Numbers of dimensions, whether there are nulls, type of the elements, their number, the first index. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const TEXT = 25;
const INT4 = 23;
const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** From the epoch of Unix to that of PostgreSQL, 2000-01-01. */
const EPOCH_MS = 946_684_800_000;

export function textArray(values: readonly (string | undefined)[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += LENGTH_BYTES + (value === undefined ? 0 : Buffer.byteLength(value));
  const array = allocate(TEXT, values.length, bytes);
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === undefined) at = array.writeInt32BE(NULL_LENGTH, at);
    else {
      const written = array.write(value, at + LENGTH_BYTES, "utf8");
      array.writeInt32BE(written, at);
      at += LENGTH_BYTES + written;
    }
  }
  return array;
}

export function int4Array(values: readonly number[]): Buffer {
  const array = allocate(INT4, values.length, HEADER_BYTES + values.length * (LENGTH_BYTES + 4));
  let at = HEADER_BYTES;
  for (const value of values) at = array.writeInt32BE(value, array.writeInt32BE(4, at));
  return array;
}

export function int8Array(values: readonly number[]): Buffer {
  return wideArray(INT8, values, writeInt64);
}

/** Of instants in milliseconds since the epoch of Unix. */
export function instantArray(values: readonly number[]): Buffer {
  return wideArray(TIMESTAMPTZ, values, (array, at, ms) => writeInt64(array, at, (ms - EPOCH_MS) * 1_000));
}

function wideArray(
  type: number,
  values: readonly number[],
  write: (array: Buffer, at: number, value: number) => void,
): Buffer {
  const array = allocate(type, values.length, HEADER_BYTES + values.length * (LENGTH_BYTES + 8));
  let at = HEADER_BYTES;
  for (const value of values) {
    at = array.writeInt32BE(8, at);
    write(array, at, value);
    at += 8;
  }
  return array;
}

/** Whole numbers below 2^53 in amount. */
function writeInt64(array: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  array.writeInt32BE(high, at);
  array.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}

function allocate(type: number, count: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe(bytes);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(1, 4);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(count, 12);
  array.writeInt32BE(1, 16);
  return array;
}
