import { describe, expect, test } from "vitest";
import { lineDiff } from "../../src/conversation/tools/line-diff.ts";
import { plainOutput } from "../../src/conversation/tools/plain-output.ts";
import { labelOf, resultCount, summarize, toolFacts } from "../../src/conversation/tools/tool-facts.ts";
import type { ToolStep } from "../../src/conversation/timeline/timeline-row.ts";

function step(name: string, input: unknown, fields: Partial<ToolStep> = {}): ToolStep {
  return { type: "tool", key: `t:${name}`, at: "", isCut: false, name, input, result: undefined, ...fields };
}

describe("what a call is", () => {
  test.each([
    ["Bash", { command: "npm test" }, "Bash", "npm test"],
    ["Read", { file_path: "/a.ts" }, "Read", "/a.ts"],
    ["Grep", { pattern: "x", path: "src" }, "Grep", "x in src"],
    ["Task", { subagent_type: "explorer", description: "Look" }, "explorer", "Look"],
    ["TodoWrite", { todos: [{ status: "completed" }, { status: "pending" }] }, "Plan", "1 of 2 done"],
    ["mcp__tracker__create_issue", { title: "One" }, "tracker · create_issue", "One"],
    ["constructor", null, "constructor", ""],
    ["Bash", "no object", "Bash", ""],
  ])("%s %j is %s: %s", (name, input, label, detail) => {
    expect(toolFacts(name, input)).toMatchObject({ label, detail });
  });

  test("many are said in one sentence, files counted once, failures named", () => {
    const failed = { text: "", isError: true, at: "" };
    const steps = [
      step("Read", { file_path: "/a" }),
      step("Read", { file_path: "/a" }),
      step("Read", { file_path: "/b" }),
      step("Bash", { command: "x" }, { result: failed }),
    ];
    expect(summarize(steps)).toBe("Read 2 files, ran 1 command · 1 failed");
    expect(summarize([...steps, step("Edit", { file_path: "/a" }), step("WebSearch", {})])).toBe(
      "Read 2 files, ran 1 command, edited 1 file, and more · 1 failed",
    );
    expect(summarize([{ type: "thought", key: "", at: "", isCut: false, text: "" }])).toBe("Thought");
    expect(labelOf("mcp__a__b__c")).toBe("a · b__c");
  });

  test("what was read or found is counted", () => {
    const answered = (name: string, text: string) =>
      resultCount(step(name, {}, { result: { text, isError: false, at: "" } }));
    expect(answered("Read", "1\n2\n3")).toBe("3 lines");
    expect(answered("Glob", "a.ts\n")).toBe("1 file");
    expect(answered("Glob", "No files found")).toBe("0 files");
    expect(answered("Grep", "a:1: x\nb:2: x")).toBe("2 lines");
    expect(answered("Bash", "x")).toBeUndefined();
  });
});

describe("what an edit changes", () => {
  test("lines that came and went are counted, and the words that differ are marked", () => {
    const { lines, added, removed } = lineDiff("a\nreturn round(line);\nb", "a\nreturn round(order);\nb\nc");
    expect({ added, removed }).toEqual({ added: 2, removed: 1 });
    const changed = lines.flatMap(({ sort, parts }) =>
      parts.flatMap((part) => (part.isChanged ? [`${sort} ${part.text}`] : [])),
    );
    expect(lines.map(({ sort }) => sort)[0]).toBe("same");
    expect(changed).toContain("removed line");
    expect(changed).toContain("added order");
  });

  test("a new file is all new, an emptied one all gone", () => {
    expect(lineDiff("", "a\nb\n")).toMatchObject({ added: 2, removed: 0 });
    expect(lineDiff("a\nb\n", "")).toMatchObject({ added: 0, removed: 2 });
  });

  test("of what did not change only the surroundings are shown", () => {
    const many = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    const { lines } = lineDiff(many.join("\n"), [...many.slice(0, 25), "new", ...many.slice(25)].join("\n"));
    expect(lines.map(({ sort }) => sort)).toEqual([
      "skipped",
      "same",
      "same",
      "same",
      "added",
      "same",
      "same",
      "same",
      "skipped",
    ]);
  });

  test("texts without anything in common are exchanged as a whole, without a long search", () => {
    const before = Array.from({ length: 3_000 }, (_, index) => `old ${index}`).join("\n");
    const after = Array.from({ length: 3_000 }, (_, index) => `new ${index}`).join("\n");
    expect(lineDiff(before, after)).toMatchObject({ added: 3_000, removed: 3_000 });
  });
});

test("output of a terminal is text: no colours, and of a line that was written over what was left", () => {
  expect(plainOutput("\u001B[32m✓\u001B[0m ok\r\n10 %\r50 %\r100 %\nend\r")).toBe("✓ ok\n100 %\nend\r");
  expect(plainOutput("\u001B]8;;http://x\u0007link\u001B]8;;\u0007")).toBe("link");
});
