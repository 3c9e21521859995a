import { isAscii } from "node:buffer";
import { isFields, type Fields } from "./content-block.ts";

/** The record of a line; undefined when it is no valid JSON, or no object ([HIST-3]). */
export function parseObject(bytes: Buffer, start: number, end: number): Fields | undefined {
  try {
    const value: unknown = JSON.parse(textOf(bytes, start, end));
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Most lines are plain ASCII, which need not be decoded. */
function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString(isAscii(bytes.subarray(start, end)) ? "latin1" : "utf8", start, end);
}
