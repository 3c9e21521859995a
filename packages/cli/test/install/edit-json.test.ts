import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appendAt, removeAt, setAt } from "../../src/install/edit-json.ts";
import { parseJsonSpans } from "../../src/install/json-spans.ts";

const pretty = `{
  "z": 12345678901234567890,
  "10": [1, 2],
  "2": { "a": true },
  "list": [
    "x"
  ]
}
`;

describe("edit of one place", () => {
  test("[CLI-8] a new key goes to the end, in the file's own indentation, and all other bytes stay", () => {
    expect(setAt(pretty, ["new", "deep"], { a: [1] })).toBe(
      pretty.replace("\n  ]\n}", `\n  ],\n  "new": {\n    "deep": {\n      "a": [\n        1\n      ]\n    }\n  }\n}`),
    );
    expect(setAt(pretty, ["2", "b"], 1)).toBe(pretty.replace("true }", `true, "b": 1 }`));
    expect(appendAt(pretty, ["list"], "y")).toBe(pretty.replace(`"x"\n`, `"x",\n    "y"\n`));
    expect(setAt("{}", ["a"], 1)).toBe(`{\n  "a": 1\n}`);
    expect(setAt(`{"b":[]}`, ["a"], { c: 1 })).toBe(`{"b":[],"a":{"c":1}}`);
    expect(setAt(`{\n\t"b": {}\n}`, ["b", "c"], 1)).toBe(`{\n\t"b": {\n\t\t"c": 1\n\t}\n}`);
  });

  test("[CLI-8] of equal keys the last one is meant, as for every JSON reader", () => {
    expect(setAt(`{"a":1,"a":2}`, ["a"], 3)).toBe(`{"a":1,"a":3}`);
    expect(removeAt(`{"a":1,"a":2}`, ["a"])).toBe(`{"a":1}`);
  });

  test("[CLI-8] a path that leads through a text or a number is refused", () => {
    expect(() => setAt(`{"a":"x"}`, ["a", "b"], 1)).toThrow("no place for 'b'");
    expect(() => appendAt(`{"a":{}}`, ["a"], 1)).toThrow("no array at 'a'");
  });
});

describe("edit of any document", () => {
  const spaces = fc.constantFrom("", "  ", "\t", "    ");
  const key = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "1", "hooks", "\\", '"', "\u2028"));
  const document = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true });

  // Keys and values as they are written. JSON.parse of V8 13.6 is no judge: once it has read an object with the key `\`, it
  // reads that key for `"` too, at the same place of an object.
  const entries = (text: string): [string, string][] => {
    const root = parseJsonSpans(text);
    if (root.kind !== "object") throw new Error("the text is no object");
    return root.members.map((member) => [member.key, text.slice(member.value.start, member.value.end)]);
  };
  // Without white space, because the indentation is the document's, and with -0 as it is written.
  const bare = (text: string): string => text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");

  test("[CLI-8] setting a key and removing it gives the same bytes again", () => {
    fc.assert(
      fc.property(document, spaces, key, fc.jsonValue({ maxDepth: 2 }), (value, space, name, added) => {
        fc.pre(!Object.hasOwn(value, name) && Object.keys(value).length > 0);
        const text = JSON.stringify(value, null, space);
        const changed = setAt(text, [name], added);
        const before = entries(text);
        expect(entries(changed).slice(0, -1)).toEqual(before);
        const [itsKey, written] = entries(changed).at(-1) ?? [];
        expect([itsKey, bare(written ?? "")]).toEqual([name, JSON.stringify(added)]);
        expect(removeAt(changed, [name])).toBe(text);
      }),
    );
  });

  test("[CLI-8] replacing a value changes that value only", () => {
    fc.assert(
      fc.property(document, spaces, fc.nat(), fc.jsonValue({ maxDepth: 2 }), (value, space, pick, added) => {
        const keys = Object.keys(value);
        const name = keys[pick % keys.length];
        fc.pre(name !== undefined);
        const text = JSON.stringify(value, null, space);
        const changed = entries(setAt(text, [name ?? ""], added));
        expect(changed.map(([itsKey, written]) => [itsKey, itsKey === name ? bare(written) : written])).toEqual(
          entries(text).map(([itsKey, old]) => [itsKey, itsKey === name ? JSON.stringify(added) : old]),
        );
      }),
    );
  });
});
