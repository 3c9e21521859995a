import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstCodePoints, hasCodePoints } from "../../../src/sessions/log/cut-text.ts";
import { KEPT_CODE_POINTS, promptBeginning, textBeginning } from "../../../src/sessions/log/text-beginning.ts";
import { buildLog, countLog } from "./build-log.ts";
import { idOf } from "./conversation.ts";

/** What a text is written of: characters of one to four bytes, escapes of two, six and twelve, and bytes that are no text. */
const pieces = ["a", "é", "€", "🛒", " ", "\\n", "\\\\", '\\"', "\\u00e9", "\\ud83d\\uded2", "\\ud83d", "\\\\u12"].map(
  (piece) => Buffer.from(piece),
);
const piece = fc.constantFrom(...pieces, Buffer.from([0x80]), Buffer.from([0xe2, 0x82]), Buffer.from([0xff]));

/** Long runs of the same, and short ones: between them everything stands beside everything. */
const text = fc
  .array(fc.tuple(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 300 })), { maxLength: 12 })
  .map((runs) => Buffer.concat(runs.flatMap(([run, times]) => Array.from({ length: times }, () => run).flat())));

const quoted = (bytes: Buffer): { bytes: Buffer; span: { start: number; end: number }; whole: string } => {
  const line = Buffer.concat([Buffer.from('{"text":"'), bytes, Buffer.from('"}\n')]);
  const start = 9;
  const end = start + bytes.length;
  return { bytes: line, span: { start, end }, whole: JSON.parse(line.toString("utf8", start - 1, end + 1)) as string };
};

describe("the beginning of a text", () => {
  test("[WATCH-4] says of the kept code points what all of it says, wherever it is cut", () => {
    let cut = 0;
    fc.assert(
      fc.property(text, (written) => {
        const { bytes, span, whole } = quoted(written);
        const beginning = textBeginning(bytes, span);
        if (beginning.length < whole.length) cut++;
        expect(firstCodePoints(beginning, KEPT_CODE_POINTS)).toBe(firstCodePoints(whole, KEPT_CODE_POINTS));
        // Where only the beginning is given, it has to be enough for a name.
        const prompt = promptBeginning(bytes, span) ?? whole;
        const named = firstCodePoints(prompt.trim(), KEPT_CODE_POINTS);
        expect(named).toBe(firstCodePoints(whole.trim(), KEPT_CODE_POINTS));
        expect(prompt === whole || hasCodePoints(named, KEPT_CODE_POINTS)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(cut).toBeGreaterThan(500);
  });

  test("[WATCH-7] white space that is longer than what is looked at hides no prompt", () => {
    const { bytes, span } = quoted(Buffer.from(`${" ".repeat(5_000)}Fix the cart`));
    expect(promptBeginning(bytes, span)).toBeUndefined();
    const behind = quoted(Buffer.from(`Fix the cart${" ".repeat(5_000)}total`));
    expect(promptBeginning(behind.bytes, behind.span)).toBeUndefined();
  });

  test("[WATCH-4] [WATCH-7] lists say the same of a file whether its lines were parsed or looked at", () => {
    const begins = [
      "Fix the cart",
      "<command-name>/x</command-name>",
      "  [Request interrupted by user",
      "!ls",
      "Warmup",
      "go",
    ];
    const block = fc.oneof(
      text.map((bytes) => [{ type: "text", text: quoted(bytes).whole }]),
      text.map((bytes) => [
        { type: "text", text: quoted(bytes).whole },
        { type: "text", text: "more" },
      ]),
      fc.constant([{ type: "tool_result", tool_use_id: "t", content: "ok" }]),
      fc.constant([{ type: "thinking", thinking: "hm" }]),
      fc.constant([{ type: "text", text: 7 }]),
      fc.constant([]),
    );
    const content = fc.oneof(
      block,
      fc.tuple(fc.constantFrom(...begins), text).map(([begin, bytes]) => `${begin}${quoted(bytes).whole}`),
      fc.constantFrom(...begins, "", "  "),
    );
    const record = fc.record(
      {
        type: fc.constantFrom("user", "assistant"),
        isCompactSummary: fc.boolean(),
        timestamp: fc.constantFrom("2026-03-01T09:00:00.000Z", "2026-03-01T09:00:00Z", "never", 7),
        content,
      },
      { requiredKeys: ["type", "content"] },
    );
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (records) => {
        const lines = records.map(({ content: said, ...fields }, i) => ({
          ...fields,
          uuid: idOf(i + 1),
          message: { content: said, model: `model-${i}` },
        }));
        expect({ ...countLog(lines), tip: null }).toEqual({ ...buildLog(lines).content, tip: null });
      }),
      { numRuns: 1_000 },
    );
  });
});
