import type { SessionRecord } from "../../../src/session-store/session-record.ts";
import { recordOf } from "./store-world.ts";

/** A record of some size whose every part follows from a number, so that a mixture of two is seen. */
export function countedRecord(id: string, count: number): SessionRecord {
  return recordOf(id, {
    messages: Array.from({ length: 12 }, (_, index) => `${count}:${index} `.repeat(300)),
    inputTokens: count,
    outputTokens: 2 * count,
  });
}
