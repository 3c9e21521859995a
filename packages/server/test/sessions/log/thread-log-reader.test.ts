import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FileState } from "../../../src/sessions/log/log-reader.ts";
import type { LogMessage } from "../../../src/sessions/session.ts";
import { realisticConversation } from "./conversation.ts";
import { messagesOf, ReaderPlace, SESSION, stateOf } from "./reader-place.ts";
import { referenceLog } from "./reference-log.ts";

/** What the reference tells of a message. */
function outline(messages: readonly LogMessage[]) {
  return messages.map(({ id, seq, role, timestamp, parentId }) => ({ id, seq, role, timestamp, parentId }));
}

function expected(content: string, mtimeMs: number) {
  const { messages } = referenceLog(Buffer.from(content), SESSION, mtimeMs);
  return messages.map(({ id, seq, role, timestamp, parentId }) => ({ id, seq, role, timestamp, parentId }));
}

describe("a whole file", () => {
  test("[HIST-2] [HIST-5] [HIST-6] the log of a file is what the contract makes of it, scanned or paged", async () => {
    const place = new ReaderPlace();
    const { text } = realisticConversation(60);
    place.write(text);
    const scanned = await place.scan();
    const state = stateOf(scanned);
    const wanted = expected(text, place.mtimeMs);
    expect(state.count).toBe(wanted.length);
    expect(outline(messagesOf(scanned))).toEqual(wanted);
    expect(outline(await place.pages(state))).toEqual(wanted);
    expect(await place.pages(state)).toEqual(messagesOf(scanned));
  });
});

describe("growth", () => {
  test("[HIST-4] [HIST-11] a file that grows by any pieces gives the same log as one that is read at once", async () => {
    const { text } = realisticConversation(6, { bytes: 40 });
    const bytes = Buffer.from(text);
    const place = new ReaderPlace();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        place.write("");
        let state: FileState | undefined;
        const messages: LogMessage[] = [];
        let at = 0;
        for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
          place.append(bytes.subarray(at, cut));
          at = cut;
          const result = await place.scan(state);
          state = stateOf(result);
          messages.push(...messagesOf(result));
        }
        expect(outline(messages)).toEqual(expected(text, place.mtimeMs));
        expect(state?.count).toBe(messages.length);
        expect(state?.idPrints).toBe((await place.state()).idPrints);
        expect(state?.facts).toEqual((await place.state()).facts);
      }),
      { numRuns: 60 },
    );
  });
});
