import { describe, expect, test } from "vitest";
import { isFields, textField, type Fields } from "../../../src/sessions/log/content-block.ts";
import type { LineRow } from "../../../src/sessions/log/line-row.ts";
import { toLogRecord, turnStep } from "../../../src/sessions/log/log-record.ts";
import { printOf, readPrint } from "../../../src/sessions/log/print-row.ts";
import { ownIdOf } from "../../../src/sessions/log/record-id.ts";
import { parseRecordTime } from "../../../src/sessions/log/record-time.ts";
import { anyRecord, anyValue, types } from "./any-record.ts";
import { idOf, realisticConversation } from "./conversation.ts";
import { mutate, mutationSource, type Numbers } from "./mutations.ts";
import { scanLines } from "./scan-lines.ts";

const named = new Set<unknown>(["summary", "ai-title", "custom-title"]);

/** What the log needs of a record, as its parsed form tells it. */
function told(record: Fields): object {
  const type = record["type"];
  const passed = toLogRecord(record);
  const isOfTurn = type === "user" || type === "assistant";
  const id = textField(record, "uuid");
  const isUser = type === "user";
  const { reply } = passed ?? {};
  const step = passed && turnStep(passed);
  return {
    isMessage: passed !== undefined,
    isOfTurn,
    isSidechain: record["isSidechain"] === true,
    id: ownIdOf(id),
    parentId: ownIdOf(record["parentUuid"]),
    time: parseRecordTime(record["timestamp"]),
    cwd: textField(record, "cwd"),
    ...(step && {
      isUser,
      isFinal: !isUser && step.isFinal,
      hasResult: step.hasResult,
      callIds: step.callIds,
      resultIds: step.resultIds,
      print: printOf(id),
      text: oneText(passed?.content),
    }),
    ...(reply && {
      isApiError: passed?.isApiError,
      contextTokens: reply.usage?.contextTokens ?? 0,
      model: reply.model,
    }),
  };
}

/** The text of content that is one string. */
function oneText(content: string | readonly unknown[] | undefined): unknown {
  if (typeof content === "string" || content === undefined) return content;
  const [block] = content;
  return content.length === 1 && isFields(block) && block["type"] === "text" && typeof block["text"] === "string"
    ? block["text"]
    : undefined;
}

/** The same as the scanner tells it. */
function seen(line: LineRow): object {
  const { bytes, isMessage, isUser, modelSpan, textSpan } = line;
  const id = ownIdOf(line.uuid);
  if (line.isPlainTime) expect(parseRecordTime(line.time)).toBeDefined();
  if (line.isPlainId) expect(id).toBe(line.uuid);
  if (line.isPlainParent) expect(ownIdOf(line.parentUuid)).toBe(line.parentUuid);
  return {
    isMessage,
    isOfTurn: line.isOfTurn,
    isSidechain: line.isSidechain,
    id,
    parentId: ownIdOf(line.parentUuid),
    time: parseRecordTime(line.time),
    cwd: line.cwd,
    ...(isMessage && {
      isUser,
      isFinal: !isUser && line.isFinal,
      hasResult: line.hasResult,
      callIds: line.callIds,
      resultIds: line.resultIds,
      print: line.isPlainId ? printText(line) : printOf(line.uuid ?? ""),
      text: textSpan && (JSON.parse(bytes.toString("utf8", textSpan.start - 1, textSpan.end + 1)) as unknown),
    }),
    ...(isMessage &&
      !isUser && {
        isApiError: line.isApiError,
        contextTokens: line.contextTokens,
        model: modelSpan && bytes.toString("utf8", modelSpan.start, modelSpan.end),
      }),
  };
}

/** A print of which the row has the halves. */
function printText(line: LineRow): string {
  const text = printOf(line.uuid ?? "");
  expect({ ...line.print }).toEqual({ ...readPrint(text, 0) });
  return text;
}

/** Compares all that the scanner is certain of with the parser; how many lines that were. */
function compare(lines: readonly Buffer[]): { certain: number; messages: number } {
  const parsed = new Map<number, Fields | undefined>();
  let offset = 0;
  for (const line of lines) {
    if (line.toString("utf8").trim() !== "" || line.includes("\ufeff")) parsed.set(offset, parse(line));
    offset += line.length + 1;
  }
  let certain = 0;
  let messages = 0;
  scanLines(lines, (line, start) => {
    const record = parsed.get(start);
    parsed.delete(start);
    if (line.isUnsure) return;
    certain++;
    if (record === undefined) {
      throw new Error(`certain of what is no record: ${line.bytes.toString("utf8", line.start, line.end)}`);
    }
    if (line.isMessage) messages++;
    expect(named.has(record["type"])).toBe(false);
    expect(seen(line)).toEqual(told(record));
  });
  // Each line that is not blank has its row.
  expect(parsed.size).toBe(0);
  return { certain, messages };
}

function parse(line: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const withoutNewline = (line: Buffer): boolean => !line.includes(10);

/** Records of which the parts that count are as they should be, or anything. */
function oddRecord(next: Numbers, number: number): object {
  const odd = (usual: unknown): unknown => (next(6) === 0 ? anyValue(next, 3) : usual);
  const blocks = (): unknown[] =>
    Array.from({ length: next(4) }, () =>
      odd({
        type: odd(types[next(types.length)]),
        id: odd(`toolu_${next(9)}`),
        tool_use_id: odd(`toolu_${next(9)}`),
        text: odd('say "hi"'),
        input: anyValue(next, 2),
      }),
    );
  const usage = {
    input_tokens: odd(next(5_000)),
    output_tokens: odd(next(2e9)),
    cache_read_input_tokens: odd(next(9)),
  };
  const record = {
    parentUuid: odd(next(2) === 0 ? null : idOf(number)),
    isSidechain: odd(false),
    isMeta: odd(undefined),
    isApiErrorMessage: odd(next(2) === 0),
    type: odd(next(3) === 0 ? "assistant" : "user"),
    uuid: odd(next(4) === 0 ? idOf(number).toUpperCase() : idOf(number)),
    timestamp: odd(new Date(next(4e9) * 1_000).toISOString()),
    cwd: odd("/home/ann\u00e9/shop"),
    message: odd({
      model: odd(next(3) === 0 ? "<synthetic>" : "claude-opus-5-5"),
      content: odd(next(2) === 0 ? blocks() : "text"),
      stop_reason: odd(["end_turn", "tool_use", "stop_sequence", "max_tokens", "refusal", null][next(6)]),
      usage: odd(usage),
    }),
    ...(next(4) === 0 ? anyRecord(next, 2) : {}),
  };
  return next(2) === 0 ? record : Object.fromEntries(Object.entries(record).toReversed());
}

const message = (fields: string): string => `{"uuid":"u","message":{"content":""},${fields}}`;

/** Written as no writer of session files does, and what is no JSON at all though it looks like it. */
const strange = [
  message(`"type":"user","type":"system"`),
  message(`"type":"user","\\u0074ype":"system"`),
  message(`"type":"us\\u0065r"`),
  message(`"type":"user","isMeta":true`),
  message(`"type":"user","isMeta":"true"`),
  message(`"type":"user","isCompactSummary":true`),
  `{"type":"user","uuid":"u","message":{"content":[{"type":"text","text":"a"},7]}}`,
  `{"type":"user","uuid":"u","message":{"content":[7,{"type":"text","text":"a"}]}}`,
  `{"type":"user","uuid":"u","message":{"content":[{"type":"text","text":"a","text":"b"}]}}`,
  `{"type":"user","uuid":"u","message":{"content":[{"text":"a"}]}}`,
  message(`"type":"user","timestamp":"2026-02-29T00:00:00.000Z"`),
  message(`"type":"user","timestamp":"2026-02-31T00:00:00.000Z"`),
  message(`"type":"user","timestamp":"2026-03-01T24:00:00.000Z"`),
  message(`"type":"user","timestamp":"2026-03-01T09:00+0100"`),
  message(`"type":"user","cwd":"C:\\\\shop"`),
  message(`"type":"user","n":01`),
  message(`"type":"user","n":-`),
  message(`"type":"user","n":1.`),
  message(`"type":"user","n":.5`),
  message(`"type":"user","n":1e`),
  message(`"type":"user","n":+1`),
  message(`"type":"user","n":-0.5E+10`),
  message(`"type":"user","n":tru`),
  message(`"type":"user","n":nulls`),
  message(`"type":"user","n":NaN`),
  message(`"type":"user","n":"\\x"`),
  message(`"type":"user","n":"\\u12G4"`),
  message(`"type":"user","n":"\\ud800"`),
  message(`"type":"user","n":"\u007f"`),
  message(`"type":"user","n":"\t"`),
  message(`"type":"user","n":[1,]`),
  message(`"type":"user","n":[,1]`),
  message(`"type":"user","n":[1}`),
  message(`"type":"user","n":{"a":1]`),
  message(`"type":"user","n":{"a"}`),
  message(`"type":"user","n":{a:1}`),
  message(`"type":"user",`),
  message(`"type":"user" "n":1`),
  message(`"type":"user","n":${"[".repeat(2_000)}${"]".repeat(2_000)}`),
  message(`"type":"user","n":${"[".repeat(40)}${"]".repeat(39)}`),
  ` \t\r{ "type" : "user" , "uuid" : "u" ,\r"message" : { "content" : [ { "type" : "tool_result" , "tool_use_id" : "t" } ] } } \r\t`,
  `${message(`"type":"user"`)}x`,
  `${message(`"type":"user"`)}\0`,
  `${message(`"type":"user"`)}${message(`"type":"user"`)}`,
  `\ufeff${message(`"type":"user"`)}`,
  `\u00a0${message(`"type":"user"`)}`,
  `{"type":"user","uuid":"\u00e9","message":{"content":""}}`,
  `{"type":"user","uuid":"${"x".repeat(128)}","message":{"content":""}}`,
  `{"type":"user","uuid":"${"x".repeat(129)}","message":{"content":""}}`,
  `{"type":"user","uuid":"\u007f","message":{"content":""}}`,
  `{"type":"user","uuid":"${"a".repeat(36)}","message":{"content":""}}`,
  `{"type":"user","uuid":"","message":{"content":""}}`,
  `{"type":"user","message":{"content":""}}`,
  `{"type":"user","uuid":"u","message":[]}`,
  `{"type":"user","uuid":"u","message":null}`,
  `{"type":"user","uuid":"u","message":{}}`,
  `{"type":"user","uuid":"u","message":{"content":"","content":7}}`,
  `{"type":"user","uuid":"u","message":{"content":""},"message":{"content":7}}`,
  `{"type":"summary","uuid":"u","summary":"s"}`,
  `{"type":"attachment","uuid":"u","attachment":{"type":"queued_command","prompt":"p"}}`,
  `{"type":"attachment","uuid":"u","attachment":{"type":"queued_command","type":"x","prompt":"p"}}`,
  `{"type":"attachment","uuid":"u","attachment":{"nested":{"type":"queued_command"},"type":"x"}}`,
  `{"type":"assistant","uuid":"u","message":{"content":[],"usage":{"input_tokens":1e3,"output_tokens":2}}}`,
  `{"type":"assistant","uuid":"u","message":{"content":[],"usage":{"input_tokens":-1,"output_tokens":2}}}`,
  `{"type":"assistant","uuid":"u","message":{"content":[],"usage":{"input_tokens":12345678901,"output_tokens":2}}}`,
  `{"type":"assistant","uuid":"u","message":{"content":[],"usage":{"input_tokens":5,"output_tokens":2,"cache_read_input_tokens":null}}}`,
  `{"type":"assistant","uuid":"u","message":{"content":[{"type":"tool_use","id":"a"},{"type":"tool_use","id":"\\u0061"}]}}`,
  `{"type":"assistant","uuid":"u","message":{"content":[${`{"type":"tool_use","id":"a"},`.repeat(400)}1]}}`,
  `{"__proto__":{"type":"user"},"uuid":"u","message":{"content":""}}`,
  "{}",
  "{ }",
  "{",
  "[]",
  "7",
  "null",
  "",
  " \t\r",
];

describe("the scanner of lines", () => {
  test("[HIST-2] [HIST-3] [HIST-6] is certain of what agents write, but for what names are taken from and steered prompts", () => {
    const { records } = realisticConversation(60, { bytes: 400 });
    const lines = records.map((record) => Buffer.from(JSON.stringify(record)));
    const left = records.filter(({ type, attachment }) => type === "ai-title" || isSteered(attachment));
    const { certain, messages } = compare(lines);
    expect(certain).toBe(lines.length - left.length);
    expect(messages).toBe(records.filter(({ type }) => type === "user" || type === "assistant").length);
  });

  test("[HIST-2] [HIST-3] [HIST-6] is certain of nothing that a parser sees otherwise, however strange", () => {
    const { certain } = compare(strange.map((line) => Buffer.from(line)));
    expect(certain).toBeGreaterThan(20);
    for (const line of strange) compare([Buffer.from(line)]);
  });

  test(
    "[HIST-2] [HIST-3] [HIST-12] says the same as a parser of records that hold anything",
    { timeout: 60_000 },
    () => {
      const next = mutationSource(23);
      const total = { certain: 0, messages: 0 };
      for (let round = 0; round < 300; round++) {
        const lines = Array.from({ length: 100 }, (_, i) =>
          Buffer.from(JSON.stringify(oddRecord(next, round * 100 + i), null, next(8) === 0 ? "\t" : undefined)),
        );
        const { certain, messages } = compare(lines.filter(withoutNewline));
        total.certain += certain;
        total.messages += messages;
      }
      expect(total.certain).toBeGreaterThan(10_000);
      expect(total.messages).toBeGreaterThan(5_000);
    },
  );

  test("[HIST-3] says the same as a parser of 100000 damaged lines", { timeout: 60_000 }, () => {
    const next = mutationSource(29);
    const whole = realisticConversation(8, { bytes: 60 }).records.map((record) => Buffer.from(JSON.stringify(record)));
    let done = 0;
    let certain = 0;
    while (done < 100_000) {
      const odd = Array.from({ length: 40 }, (_, i) => Buffer.from(JSON.stringify(oddRecord(next, done + i))));
      const lines = [...whole, ...odd].map((line) => mutate(line, next)).filter(withoutNewline);
      done += lines.length;
      certain += compare(lines).certain;
    }
    expect(certain).toBeGreaterThan(30_000);
    expect(certain).toBeLessThan(done * 0.9);
  });
});

function isSteered(attachment: unknown): boolean {
  return isFields(attachment) && attachment["type"] === "queued_command";
}
