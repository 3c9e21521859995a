import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HistoryRequest } from "../../../src/sessions/history/history-request.ts";
import { packHistory, packReset, type HistoryForm } from "../../../src/sessions/history/pack-history.ts";
import { slowClientFrame } from "../../../src/sessions/history/slow-client-frame.ts";
import { filler, idOf } from "../log/conversation.ts";
import { readFrame, type HistoryFrame } from "./frames.ts";
import { LOG, MemoryLog, messageAt, messagesTo, SESSION } from "./memory-log.ts";

const KB = 1_024;
const roomy: HistoryForm = { lean: false, blocks: false, budgetBytes: 200 * KB };

async function ask(
  log: MemoryLog,
  request: HistoryRequest = {},
  form: Partial<HistoryForm> = {},
): Promise<HistoryFrame> {
  const { frame } = await packHistory(log, request, { ...roomy, ...form });
  expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(form.budgetBytes ?? roomy.budgetBytes);
  return readFrame(frame);
}

const seqs = (frame: HistoryFrame): number[] => frame.messages.map(({ seq }) => seq);
const log5 = (): MemoryLog => new MemoryLog(messagesTo(5));

describe("the answer's form", () => {
  test("[HIST-8] [SUB-8] a whole small log, oldest first, with all aliases", async () => {
    const frame = await ask(
      new MemoryLog([messageAt(1, { text: "Hello", promptId: idOf(9) }), messageAt(2, { text: "Done." })]),
    );
    expect(frame).toEqual({
      type: "session_history",
      session_id: SESSION,
      messages: [
        {
          id: idOf(1),
          uuid: idOf(1),
          role: "user",
          type: "user",
          text: "Hello",
          content: "Hello",
          timestamp: "2026-03-01T09:00:01.000Z",
          session_id: SESSION,
          seq: 1,
          kind: "prompt",
          parent_id: null,
          prompt_id: idOf(9),
        },
        {
          id: idOf(2),
          uuid: idOf(2),
          role: "assistant",
          type: "assistant",
          text: "Done.",
          content: "Done.",
          timestamp: "2026-03-01T09:00:02.000Z",
          session_id: SESSION,
          seq: 2,
          kind: "reply",
          parent_id: idOf(1),
        },
      ],
      total_count: 2,
      oldest_message_id: idOf(1),
      newest_message_id: idOf(2),
      is_complete: true,
      has_more: false,
      log_id: LOG,
      first_seq: 1,
      last_seq: 2,
      end_seq: 2,
      gap: null,
      live: false,
    });
  });

  test("[HIST-8] [HIST-9] without aliases and with blocks, as the capabilities say", async () => {
    const [item] = (await ask(log5(), { limit: 1 }, { lean: true, blocks: true })).messages;
    expect(item).not.toHaveProperty("uuid");
    expect(item).not.toHaveProperty("type");
    expect(item).not.toHaveProperty("content");
    expect(item?.blocks).toEqual([{ type: "text", text: item?.text }]);
    expect((await ask(log5(), { limit: 1 })).messages[0]).not.toHaveProperty("blocks");
  });

  test("[SUB-2] [SUB-8] a log without messages is complete and empty", async () => {
    expect(await ask(new MemoryLog([]))).toMatchObject({
      messages: [],
      total_count: 0,
      oldest_message_id: null,
      newest_message_id: null,
      is_complete: true,
      has_more: false,
      first_seq: null,
      last_seq: null,
      end_seq: 0,
      gap: null,
    });
  });

  test("[CONN-8] a correlation id is echoed, and counted", async () => {
    expect(await ask(log5(), { correlation_id: "c-1" }, { budgetBytes: 4 * KB })).toMatchObject({
      correlation_id: "c-1",
    });
  });
});

describe("the cursor", () => {
  test("[SUB-4] everything after a number, in the same numbering", async () => {
    const frame = await ask(log5(), { last_seq: 3, log_id: LOG });
    expect(seqs(frame)).toEqual([4, 5]);
    expect(frame).toMatchObject({ cursor_found: true, is_complete: true, has_more: true, gap: null, total_count: 5 });
    expect(frame).not.toHaveProperty("log_reset");
  });

  test("[SUB-4] with the right id beside it, too", async () => {
    expect(seqs(await ask(log5(), { last_seq: 3, log_id: LOG, last_message_id: idOf(3) }))).toEqual([4, 5]);
  });

  test.each<[string, HistoryRequest]>([
    ["another numbering", { last_seq: 3, log_id: "0000000000000000" }],
    ["no numbering", { last_seq: 3 }],
    ["another message at the number", { last_seq: 3, log_id: LOG, last_message_id: idOf(2) }],
    ["a message that is not there", { last_seq: 3, log_id: LOG, last_message_id: idOf(77) }],
  ])("[SUB-4] everything and a reset for %s", async (_, request) => {
    const frame = await ask(log5(), request);
    expect(seqs(frame)).toEqual([1, 2, 3, 4, 5]);
    expect(frame).toMatchObject({ cursor_found: false, log_reset: true, gap: null });
  });

  test("[SUB-4] by id alone: after it, or everything when it is not there", async () => {
    expect(seqs(await ask(log5(), { last_message_id: idOf(4) }))).toEqual([5]);
    const frame = await ask(log5(), { last_message_id: idOf(77) });
    expect(seqs(frame)).toEqual([1, 2, 3, 4, 5]);
    expect(frame).toMatchObject({ cursor_found: false });
    expect(frame).not.toHaveProperty("log_reset");
    expect(await ask(log5())).not.toHaveProperty("cursor_found");
  });

  test("[SUB-7] [SUB-8] nothing newer is an empty and complete answer", async () => {
    expect(await ask(log5(), { last_seq: 5, log_id: LOG })).toMatchObject({
      messages: [],
      is_complete: true,
      has_more: true,
      cursor_found: true,
      gap: null,
      end_seq: 5,
    });
  });

  test("[SUB-9] a cursor beyond the end gets everything, and is told so", async () => {
    const frame = await ask(log5(), { last_seq: 9, log_id: LOG });
    expect(seqs(frame)).toEqual([1, 2, 3, 4, 5]);
    expect(frame.gap).toEqual({ reason: "client_ahead", after_seq: 5, before_seq: 10, count: 4 });
    expect(frame).toMatchObject({ cursor_found: false, log_reset: true });
  });

  test("[SUB-9] what an own log no longer holds is a hole that nobody fills", async () => {
    const log = new MemoryLog(messagesTo(9).slice(4), 5);
    const frame = await ask(log, { last_seq: 2, log_id: LOG, last_message_id: idOf(2) });
    expect(seqs(frame)).toEqual([5, 6, 7, 8, 9]);
    expect(frame).toMatchObject({ is_complete: true, has_more: false, total_count: 5, cursor_found: true });
    expect(frame.gap).toEqual({ reason: "pruned", after_seq: 2, before_seq: 5, count: 2 });
  });
});

describe("pages of older messages", () => {
  test("[SUB-5] what is before a message, by id or number", async () => {
    expect(seqs(await ask(log5(), { before_seq: 3 }))).toEqual([1, 2]);
    expect(seqs(await ask(log5(), { before_message_id: idOf(3) }))).toEqual([1, 2]);
    expect(seqs(await ask(log5(), { before_seq: 5, last_seq: 2, log_id: LOG }))).toEqual([3, 4]);
    expect(seqs(await ask(log5(), { before_seq: 6, limit: 2 }))).toEqual([4, 5]);
    expect(await ask(log5(), { before_seq: 1 })).toMatchObject({ messages: [], is_complete: true, has_more: true });
  });

  test("[SUB-5] a mark that is not there is an error", async () => {
    await expect(ask(log5(), { before_message_id: idOf(9) })).rejects.toMatchObject({
      code: "not_found",
      message: `Message not found: ${idOf(9)}`,
    });
    await expect(ask(log5(), { before_seq: 7 })).rejects.toMatchObject({ message: "Message not found: 7" });
  });

  test("[SUB-5] [SUB-10] a page leaves the pushes alone, any other answer moves them to its end", async () => {
    const pushed = async (request: HistoryRequest) => (await packHistory(log5(), request, roomy)).pushedSeq;
    expect(await pushed({})).toBe(5);
    expect(await pushed({ last_seq: 5, log_id: LOG })).toBe(5);
    expect(await pushed({ before_seq: 3 })).toBeUndefined();
    expect(await pushed({ before_message_id: idOf(3) })).toBeUndefined();
  });

  test("[SUB-4] [SUB-5] a number of another numbering marks nothing: the newest page comes, with a reset", async () => {
    const { frame, pushedSeq } = await packHistory(log5(), { before_seq: 3, log_id: "0000000000000000" }, roomy);
    expect(seqs(readFrame(frame))).toEqual([1, 2, 3, 4, 5]);
    expect(readFrame(frame).log_reset).toBe(true);
    expect(pushedSeq).toBe(5);
  });
});

describe("packing", () => {
  test("[SUB-6] [SUB-8] [SUB-9] the newest win, and the hole is named", async () => {
    const log = new MemoryLog(messagesTo(40));
    const frame = await ask(log, { last_seq: 3, log_id: LOG }, { budgetBytes: 8 * KB });
    const first = frame.first_seq ?? 0;
    expect(first).toBeGreaterThan(4);
    expect(seqs(frame)).toEqual(Array.from({ length: 41 - first }, (_, i) => first + i));
    expect(frame).toMatchObject({ is_complete: false, has_more: true, last_seq: 40, total_count: 40 });
    expect(frame.gap).toEqual({ reason: "budget", after_seq: 3, before_seq: first, count: first - 4 });
  });

  test("[SUB-8] [SUB-9] without a cursor what was left out is no hole, but there is more", async () => {
    const frame = await ask(new MemoryLog(messagesTo(40)), { limit: 10 });
    expect(frame).toMatchObject({ is_complete: false, has_more: true, gap: null, first_seq: 31 });
  });

  test("[SUB-9] a limit makes a hole too", async () => {
    const frame = await ask(new MemoryLog(messagesTo(40)), { last_seq: 0, log_id: LOG, limit: 10 });
    expect(frame.gap).toEqual({ reason: "budget", after_seq: 0, before_seq: 31, count: 30 });
  });

  test("[SUB-6] no more of the log is read than is needed", async () => {
    const log = new MemoryLog(messagesTo(2_000));
    const frame = await ask(log, {}, { budgetBytes: 20 * KB });
    expect(log.given).toBeLessThan(frame.messages.length + 8);
  });

  test("[TRUNC-4] each message is cut to 20,480 bytes first, and says so; that is no hole", async () => {
    const text = filler(50_000);
    const frame = await ask(new MemoryLog([messageAt(1, { text, blocks: [] }), messageAt(2)]));
    const [first, second] = frame.messages;
    expect(Buffer.byteLength(first?.text ?? "")).toBeLessThanOrEqual(20_480);
    expect(Buffer.byteLength(first?.text ?? "")).toBeGreaterThan(20_400);
    expect(first).toMatchObject({ truncated: true, content: first?.text });
    expect(second).not.toHaveProperty("truncated");
    expect(frame.is_complete).toBe(true);
  });

  test("[TRUNC-4] [TRUNC-5] blocks that are cut count only for who gets them", async () => {
    const log = new MemoryLog([
      messageAt(1, { text: "[Result: 48.8 KB]", blocks: [{ type: "text", text: filler(50_000) }] }),
    ]);
    expect((await ask(log)).messages[0]).not.toHaveProperty("truncated");
    const [item] = (await ask(log, {}, { blocks: true })).messages;
    expect(item).toMatchObject({ truncated: true, text: "[Result: 48.8 KB]" });
    expect(Buffer.byteLength(JSON.stringify(item?.blocks))).toBeLessThanOrEqual(20_480);
  });

  test("[SUB-7] [RLIM-4] the newest message is always there, cut so that little of the budget is left", async () => {
    for (const lean of [true, false]) {
      for (const text of [filler(30_000), "\u0001".repeat(30_000), "🛒".repeat(8_000), '\\"'.repeat(9_000)]) {
        const log = new MemoryLog([messageAt(1), messageAt(2, { text, blocks: [] })]);
        const { frame } = await packHistory(log, {}, { lean, blocks: false, budgetBytes: 8 * KB });
        expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(8 * KB);
        expect(Buffer.byteLength(frame)).toBeGreaterThanOrEqual(8 * KB * 0.95);
        expect(readFrame(frame)).toMatchObject({ first_seq: 2, is_complete: false, messages: [{ truncated: true }] });
      }
    }
  });

  test("[SUB-7] [RLIM-2] blocks and text share what there is, whatever they are", async () => {
    const inputs: unknown[] = [
      Array.from({ length: 4_000 }, (_, i) => i),
      Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`key number ${i}`, i % 2 === 0 ? "x" : filler(90, i)])),
      { content: filler(200_000) },
      "\u0000".repeat(9_000),
    ];
    for (const input of inputs) {
      for (const budgetBytes of [4 * KB, 6 * KB, 64 * KB]) {
        const blocks = [
          { type: "tool_use", id: "t", name: "Write", input },
          { type: "text", text: filler(700) },
        ] as const;
        const frame = await ask(
          new MemoryLog([messageAt(1, { blocks, text: filler(9_000) })]),
          {},
          { blocks: true, budgetBytes },
        );
        expect(frame.messages).toHaveLength(1);
        expect(frame.messages[0]?.text).not.toBe("");
      }
    }
  });

  test("[HIST-11] a log that began anew is told by its newest page", async () => {
    const { frame, pushedSeq } = await packReset(new MemoryLog(messagesTo(40)), { ...roomy, budgetBytes: 8 * KB });
    expect(readFrame(frame)).toMatchObject({ log_reset: true, last_seq: 40, live: false, gap: null });
    expect(readFrame(frame)).not.toHaveProperty("cursor_found");
    expect(pushedSeq).toBe(40);
  });

  test("[RLIM-5] [SUB-9] a slow socket is told what it missed", () => {
    expect(readFrame(slowClientFrame(log5(), 2))).toMatchObject({
      messages: [],
      is_complete: false,
      first_seq: null,
      end_seq: 5,
      gap: { reason: "slow_client", after_seq: 2, before_seq: 6, count: 3 },
    });
  });
});

const anyMessages = fc.array(fc.tuple(fc.constantFrom(0, 1, 2, 3), fc.nat(60_000)), { maxLength: 40 }).map((parts) =>
  parts.map(([kind, size], i) => {
    const text = kind === 0 ? filler(size, i) : kind === 1 ? "\u0002".repeat(size / 6) : kind === 2 ? "é\ud83d" : "";
    return messageAt(i + 1, { text, blocks: [{ type: "tool_result", tool_use_id: "t", is_error: false, text }] });
  }),
);
const anyBudget = fc.oneof(fc.integer({ min: 4 * KB, max: 12 * KB }), fc.integer({ min: 4 * KB, max: 400 * KB }));

describe("whatever the log and the budget", () => {
  test("[RLIM-2] [SUB-6] [SUB-7] no frame exceeds its budget, and none could have held one message more", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyMessages,
        anyBudget,
        fc.boolean(),
        fc.boolean(),
        async (messages, budgetBytes, lean, blocks) => {
          const log = new MemoryLog(messages);
          const frame = await ask(log, { last_seq: 0, log_id: LOG }, { budgetBytes, lean, blocks });
          expect(frame.messages.length > 0).toBe(messages.length > 0);
          if (frame.is_complete) return;
          const oneMore = await packHistory(
            log,
            { last_seq: 0, log_id: LOG, limit: frame.messages.length + 1 },
            { lean, blocks, budgetBytes: 64 * KB * KB },
          );
          expect(Buffer.byteLength(oneMore.frame)).toBeGreaterThan(budgetBytes);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("[SUB-5] [SUB-8] [SUB-9] who pages by what the answers say gets every message once", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyMessages,
        anyBudget,
        fc.nat(40),
        fc.boolean(),
        async (messages, budgetBytes, cursor, blocks) => {
          const log = new MemoryLog(messages);
          const after = Math.min(cursor, messages.length);
          const known = new Map<number, string>();
          const request: HistoryRequest = { last_seq: after, log_id: LOG };
          for (let answers = 0; ; answers++) {
            expect(answers).toBeLessThanOrEqual(messages.length + 1);
            const frame = await ask(log, request, { budgetBytes, blocks });
            for (const { seq, id } of frame.messages) {
              expect(known.has(seq)).toBe(false);
              known.set(seq, id);
            }
            expect(frame.gap === null).toBe(frame.is_complete);
            if (frame.gap === null) break;
            request.before_seq = frame.gap.before_seq;
          }
          const expected = messages.slice(after);
          expect([...known].toSorted(([a], [b]) => a - b)).toEqual(expected.map(({ seq, id }) => [seq, id]));
        },
      ),
      { numRuns: 120 },
    );
  });
});
