import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LiveBatch, type LiveForm } from "../../../src/sessions/history/live-batch.ts";
import { filler, idOf } from "../log/conversation.ts";
import { readFrame, readUpdated } from "./frames.ts";
import { LOG, MemoryLog, messageAt, messagesTo, SESSION } from "./memory-log.ts";

const KB = 1_024;
const stream: LiveForm = { stream: true, lean: true, blocks: false, budgetBytes: 200 * KB };

describe("live messages", () => {
  test("[SUB-11] a socket with `stream` gets them as history", () => {
    const log = new MemoryLog(messagesTo(5));
    const [frame, ...others] = new LiveBatch(log, log.messages.slice(3)).frames(stream);
    expect(others).toEqual([]);
    expect(frame).toMatchObject({ firstSeq: 4, lastSeq: 5 });
    expect(readFrame(frame?.frame ?? "")).toMatchObject({
      live: true,
      first_seq: 4,
      last_seq: 5,
      end_seq: 5,
      total_count: 5,
      oldest_message_id: idOf(4),
      newest_message_id: idOf(5),
      is_complete: true,
      has_more: true,
      gap: null,
    });
  });

  test("[SUB-11] any other gets the same items as an update", () => {
    const log = new MemoryLog(messagesTo(5));
    const batch = new LiveBatch(log, log.messages.slice(3));
    const [updated] = batch.frames({ ...stream, stream: false });
    const [history] = batch.frames(stream);
    const { messages, ...rest } = readUpdated(updated?.frame ?? "");
    expect(rest).toEqual({ type: "session_updated", session_id: SESSION, log_id: LOG, first_seq: 4, last_seq: 5 });
    expect(messages).toEqual(readFrame(history?.frame ?? "").messages);
  });

  test("[SUB-10] a socket that has some of them gets the rest", () => {
    const log = new MemoryLog(messagesTo(5));
    const batch = new LiveBatch(log, log.messages.slice(2));
    expect(batch.frames(stream, 4).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([[5, 5]]);
    expect(batch.frames(stream, 1).map(({ firstSeq }) => firstSeq)).toEqual([3]);
    expect(batch.frames(stream, 5)).toEqual([]);
  });

  test("[SUB-12] sockets of one form share what was written", () => {
    const log = new MemoryLog(messagesTo(5));
    const batch = new LiveBatch(log, log.messages);
    expect(batch.frames({ ...stream })).toBe(batch.frames({ ...stream }));
    expect(batch.frames({ ...stream, blocks: true })).not.toBe(batch.frames(stream));
  });

  test("[SUB-12] [SUB-7] [RLIM-2] [RLIM-4] what does not fit is split, oldest first, and a message alone is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(40_000), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 4 * KB, max: 60 * KB }),
        fc.record({ stream: fc.boolean(), lean: fc.boolean(), blocks: fc.boolean() }),
        (sizes, budgetBytes, form) => {
          const messages = sizes.map((size, i) => messageAt(i + 1, { text: filler(size, i) }));
          const log = new MemoryLog(messages);
          const frames = new LiveBatch(log, messages).frames({ ...form, budgetBytes });
          const got = frames.flatMap(({ frame, firstSeq, lastSeq }) => {
            expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(budgetBytes);
            const read = form.stream ? readFrame(frame) : readUpdated(frame);
            expect([read.first_seq, read.last_seq]).toEqual([firstSeq, lastSeq]);
            return read.messages;
          });
          expect(got.map(({ seq }) => seq)).toEqual(messages.map(({ seq }) => seq));
          for (const { seq, text, truncated } of got) {
            expect(truncated === true || text === messages[seq - 1]?.text).toBe(true);
            expect(text).not.toBe(sizes[seq - 1] === 0 ? undefined : "");
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
