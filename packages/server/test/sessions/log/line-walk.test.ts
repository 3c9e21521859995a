import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { probeDropped } from "../../../src/sessions/log/line-probe.ts";
import { walked, walkLine } from "../../../src/sessions/log/line-walk.ts";
import { buildLog, countLog } from "./build-log.ts";
import { realisticConversation } from "./conversation.ts";
import { mutate, mutationSource } from "./mutations.ts";

function walk(text: string | Buffer): boolean | undefined {
  const line = Buffer.concat([Buffer.from(text), Buffer.from("\n")]);
  return walkLine(line, 0, line.length - 1);
}

/** What the parser says of a line that begins with a brace. */
function parses(text: Buffer): boolean {
  try {
    JSON.parse(text.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

describe("going through a line without parsing it", () => {
  test.each([
    ['{"a":1}', true],
    ["{}", true],
    [' {"a" : [ 1 , -2.5e+3 , "x" , null , true , { } ] } ', true],
    ['{"a":"\\u00e9\\n\\/"}', true],
    ['{"a":1,}', false],
    ['{"a"}', false],
    ['{"a":01}', false],
    ['{"a":1.}', false],
    ['{"a":-}', false],
    ['{"a":1e}', false],
    ['{"a":tru}', false],
    ['{"a":"\\x"}', false],
    ['{"a":"\\u12g4"}', false],
    ['{"a":"tab\there"}', false],
    ['{"a":"open', false],
    ['{"a":[1,2}', false],
    ['{"a":[1,]}', false],
    ['{"a":{"b":1}', false],
    ['{"a":1}}', false],
    ['{"a":1} x', false],
    ["{a:1}", false],
    [`{"a":${"[".repeat(2_000)}${"]".repeat(2_000)}}`, undefined],
  ])("[HIST-3] %j is JSON: %j", (text, verdict) => {
    const trimmed = text.trimStart();
    expect(walk(trimmed)).toBe(verdict);
    expect(verdict ?? true).toBe(parses(Buffer.from(trimmed)));
  });

  test("[HIST-3] it is as strict as the parser, whatever values there are", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.string({ unit: "binary" }), (json, key) => {
        expect(
          walk(
            `{${JSON.stringify(key)}:${json},"b":${JSON.stringify(JSON.parse(json), undefined, 1).replaceAll("\n", " ")}}`,
          ),
        ).not.toBe(false);
      }),
    );
  });

  test("[HIST-2] what it is not certain of it leaves to the parser", () => {
    expect(walk('{"type":"user","type":"system"}')).toBeUndefined();
    expect(walk('{"ty\\u0070e":"user"}')).toBeUndefined();
    expect(walk('{"type":"us\\u0065r"}')).toBeUndefined();
    expect(walk('{"message":{"content":"","content":1}}')).toBeUndefined();
    expect(walk('{"type":"assistant","message":{"usage":{"input_tokens":1e3}}}')).toBeUndefined();
  });

  test("[HIST-2] it sees the record's own fields and no nested ones", () => {
    expect(
      walk(
        '{"x":{"type":"a","uuid":"b","message":{"content":""}},"type":"user","message":{"m":{"content":[]}},"uuid":"u"}',
      ),
    ).toBe(true);
    expect(walked).toMatchObject({ type: "user", id: "u", hasContent: false });
  });

  test("[HIST-2] [HIST-5] [HIST-12] counting and parsing agree on every mutation of real lines", () => {
    const { records } = realisticConversation(3, { bytes: 60 });
    const lines = records.map((record) => Buffer.from(JSON.stringify(record)));
    const next = mutationSource(7);
    for (let round = 0; round < 400; round++) {
      const mutated = lines.map((line) => mutate(line, next)).filter((line) => !line.includes(10));
      const parsed = buildLog(mutated).content;
      expect(countLog(mutated)).toEqual(parsed);
    }
  });
});

describe("a look at the ends of a line", () => {
  const probe = (record: unknown) => {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    const found = probeDropped(line, 0, line.length - 1);
    return found && { ...found };
  };

  test("[HIST-2] [HIST-8] drops what it is certain of, and knows its place in the tree", () => {
    const place = { id: "u", parentId: "p", isSidechain: false };
    expect(
      probe({ parentUuid: "p", isSidechain: false, attachment: { type: "x" }, type: "attachment", uuid: "u" }),
    ).toEqual(place);
    expect(probe({ parentUuid: null, type: "system", subtype: "x", uuid: "u" })).toEqual({ ...place, parentId: null });
    expect(probe({ parentUuid: "p", isSidechain: true, type: "user", message: { content: "x" }, uuid: "u" })).toEqual({
      ...place,
      isSidechain: true,
    });
    expect(probe({ type: "queue-operation", content: { uuid: "x" } })).toEqual({
      id: "",
      parentId: null,
      isSidechain: false,
    });
  });

  test.each([
    ["a message", { parentUuid: "p", isSidechain: false, type: "user", message: { content: "x" }, uuid: "u" }],
    ["a title", { type: "ai-title", aiTitle: "x" }],
    ["a steered prompt", { parentUuid: "p", attachment: { type: "queued_command" }, type: "attachment", uuid: "u" }],
    ["an id that is in a nested value only", { parentUuid: "p", type: "system", meta: { uuid: "u" } }],
    ["an id behind an escape", { parentUuid: "p", type: "system", meta: {}, uuid: "u", note: 'say "hi"' }],
    ["a type that is nested", { parentUuid: "p", data: { type: "system" }, uuid: "u" }],
  ])("[HIST-2] leaves %s to be read", (_, record) => {
    expect(probe(record)).toBeUndefined();
  });
});
