import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSession, type DecodedSession } from "../../src/session-store/decode-session.ts";
import { encodeSession } from "../../src/session-store/encode-session.ts";
import type { SessionRecord } from "../../src/session-store/session-record.ts";
import { recordOf } from "./support/store-world.ts";

const decode = (text: string | Buffer, id = "s"): DecodedSession => decodeSession(Buffer.from(text as string), id);
const four = { session_id: "s", messages: ["x"], input_tokens: 1, output_tokens: 11 };

function recordIn(text: string): SessionRecord {
  const decoded = decode(text);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.record;
}

describe("writing", () => {
  test("[SES-4] the file has the keys of the table in their order, 2-space indentation and no final newline", () => {
    const record = recordOf("s", { messages: ["a", "b"], model: "m", agentSessionId: "t", compactedTurns: 4 });

    expect(encodeSession(record)).toBe(`{
  "session_id": "s",
  "messages": [
    "a",
    "b"
  ],
  "input_tokens": 3,
  "output_tokens": 22,
  "version": 1,
  "created_at": "2026-02-03T04:05:06Z",
  "updated_at": "2026-02-03T04:05:07Z",
  "working_directory": "/work",
  "agent": "echo",
  "model": "m",
  "agent_session_id": "t",
  "stop_reason": "completed",
  "usage_source": "words",
  "compacted_turns": 4,
  "interrupted_turns": 0
}`);
  });

  test.each([
    ["combining characters", "e\u0301"],
    ["right-to-left text and marks", "\u05e9\u05dc\u05d5\u05dd \u202eabc"],
    ["astral characters", "\u{1f600}\u{20bb7}"],
    ["line and paragraph separators", "a\u2028b\u2029c"],
    ["lone surrogates", "\ud800x\udc00"],
    ["a byte-order mark", "\ufeffx"],
    ["next line and controls", "\u0085\u0000\u001f\u007f"],
  ])("[FI-6] [SES-4] %s come back from the file as they were, and the file is UTF-8", (_what, text) => {
    const record = recordOf("s", { messages: [text, text.repeat(3)], workingDirectory: `/work/${text}` });
    const bytes = Buffer.from(encodeSession(record));

    expect(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toBe(bytes.toString());
    expect(decodeSession(bytes, "s")).toEqual({ ok: true, record });
  });

  test("[SES-4] any record comes back as it was", () => {
    const text = fc.string({ unit: "binary" });
    const textOrNull = fc.option(text);
    const count = fc.maxSafeNat();
    const records = fc.record<SessionRecord>({
      sessionId: fc.constant("s"),
      messages: fc.array(text),
      inputTokens: count,
      outputTokens: count,
      createdAt: textOrNull,
      updatedAt: textOrNull,
      workingDirectory: textOrNull,
      agent: textOrNull,
      model: textOrNull,
      agentSessionId: textOrNull,
      stopReason: textOrNull,
      usageSource: fc.constantFrom("words", "agent", "none"),
      compactedTurns: count,
      interruptedTurns: count,
      unknown: fc.constant({}),
    });
    fc.assert(
      fc.property(records, (record) => {
        expect(decode(encodeSession(record))).toEqual({ ok: true, record });
      }),
    );
  });
});

describe("reading", () => {
  test("[SES-5] a file with only the first four keys loads, with what their absence means", () => {
    expect(decode(JSON.stringify(four))).toEqual({
      ok: true,
      record: {
        sessionId: "s",
        messages: ["x"],
        inputTokens: 1,
        outputTokens: 11,
        createdAt: null,
        updatedAt: null,
        workingDirectory: null,
        agent: null,
        model: null,
        agentSessionId: null,
        stopReason: null,
        usageSource: "words",
        compactedTurns: 0,
        interruptedTurns: 0,
        unknown: {},
      },
    });
  });

  test("[SES-5] unknown keys survive a rewrite, digit by digit and whatever they are called", () => {
    const source =
      '{"session_id":"s","zz":{"deep":[12345678901234567890,1.0,1e400]},"messages":[],"input_tokens":0,' +
      '"output_tokens":0,"__proto__":{"a":1},"constructor":"x","2":null}';
    const rewritten = encodeSession(recordIn(source));

    expect(rewritten.replaceAll(/\s/gu, "")).toContain('"zz":{"deep":[12345678901234567890,1.0,1e400]}');
    expect(rewritten).toContain('"constructor": "x"');
    const again = JSON.parse(rewritten) as Record<string, unknown>;
    expect(Object.getOwnPropertyDescriptor(again, "__proto__")?.value).toEqual({ a: 1 });
    expect(again["2"]).toBeNull();
    expect(encodeSession(recordIn(rewritten))).toBe(rewritten);
  });

  test.each([
    ["cut off", encodeSession(recordOf("s")).slice(0, -30)],
    ["empty", ""],
    ["prose", "not JSON"],
    ["two values", `${JSON.stringify(four)}{}`],
    ["a byte-order mark before it", `\ufeff${JSON.stringify(four)}`],
    ["a number that is none", '{"session_id":"s","messages":[],"input_tokens":NaN,"output_tokens":0}'],
  ])("[SES-7] [FI-8] a file that is not JSON may be read better later: %s", (_what, text) => {
    expect(decode(text)).toMatchObject({ ok: false, retryable: true, reason: "it is not JSON" });
  });

  test("[SES-7] [FI-8] so may one that is not UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from('{"session_id":"s","messages":["'), Buffer.from([0xc3, 0x28])]);
    expect(decodeSession(bytes, "s")).toMatchObject({ ok: false, retryable: true, reason: "it is not UTF-8" });
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["an array", [four]],
    ["a string", "s"],
    ["a number", 7],
    ["no session_id", { ...four, session_id: undefined }],
    ["no messages", { ...four, messages: undefined }],
    ["no input_tokens", { ...four, input_tokens: undefined }],
    ["no output_tokens", { ...four, output_tokens: undefined }],
    ["session_id a number", { ...four, session_id: 5 }],
    ["another session_id", { ...four, session_id: "t" }],
    ["a session_id in another case", { ...four, session_id: "S" }],
    ["messages a string", { ...four, messages: "x" }],
    ["messages null", { ...four, messages: null }],
    ["a message that is an object", { ...four, messages: ["x", {}] }],
    ["negative tokens", { ...four, input_tokens: -1 }],
    ["fractional tokens", { ...four, output_tokens: 1.5 }],
    ["tokens as text", { ...four, input_tokens: "1" }],
    ["tokens null", { ...four, output_tokens: null }],
    ["tokens beyond what can be counted", { ...four, input_tokens: 2 ** 53 }],
    ["a newer version", { ...four, version: 2 }],
    ["a version of text", { ...four, version: "1" }],
    ["version 0", { ...four, version: 0 }],
    ["created_at a number", { ...four, created_at: 5 }],
    ["agent an object", { ...four, agent: {} }],
    ["an unknown usage_source", { ...four, usage_source: "guess" }],
    ["negative compacted_turns", { ...four, compacted_turns: -1 }],
    ["interrupted_turns as text", { ...four, interrupted_turns: "2" }],
  ])("[SES-7] [FI-8] JSON that is no session stays none: %s", (_what, value) => {
    const decoded = decode(JSON.stringify(value));
    expect(decoded).toMatchObject({ ok: false, retryable: false });
  });

  test("[SES-7] a newer version is named before anything it may have changed", () => {
    expect(decode('{"version":3,"messages":{}}')).toMatchObject({
      ok: false,
      reason: "its version 3 is newer than 1; update `parl`",
    });
  });

  test("[SES-7] [FI-8] an unknown key nested too deeply to be written again is refused, not half kept", () => {
    const depth = 200_000;
    const nested = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(decode(`${JSON.stringify(four).slice(0, -1)},"zz":${nested}}`)).toMatchObject({
      ok: false,
      retryable: false,
    });
  });

  test("[FI-8] no bytes break it", () => {
    const whole = Buffer.from(encodeSession(recordOf("s")));
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
        expect(typeof decodeSession(bytes, "s").ok).toBe("boolean");
      }),
    );
  });
});
