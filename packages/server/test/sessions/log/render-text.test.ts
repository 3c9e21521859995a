import { describe, expect, test } from "vitest";
import { renderText } from "../../../src/sessions/log/render-text.ts";
import { messageBlocks } from "../../../src/sessions/log/message-blocks.ts";

const pixel = { type: "base64", media_type: "image/png", data: Buffer.alloc(1_000).toString("base64") };

describe("text of content", () => {
  test.each<[string, unknown, string]>([
    ["text", { type: "text", text: "Done." }, "Done."],
    [
      "a command",
      { type: "tool_use", name: "Bash", input: { description: "Lists", command: "ls\n  -la" } },
      "[Tool: Bash ls -la]",
    ],
    ["a file", { type: "tool_use", name: "Read", input: { limit: 3, file_path: "/a/b.ts" } }, "[Tool: Read /a/b.ts]"],
    [
      "the first text of a strange input",
      { type: "tool_use", name: "Odd", input: { n: 1, what: "this", that: "not" } },
      "[Tool: Odd this]",
    ],
    [
      "an empty detail passed over",
      { type: "tool_use", name: "Bash", input: { command: "", path: "/a" } },
      "[Tool: Bash /a]",
    ],
    ["a tool without input", { type: "tool_use", name: "List", input: {} }, "[Tool: List]"],
    ["an input that is a text", { type: "tool_use", name: "List", input: "ls" }, "[Tool: List]"],
    [
      "a long detail",
      { type: "tool_use", name: "Bash", input: { command: "é".repeat(81) } },
      `[Tool: Bash ${"é".repeat(80)}...]`,
    ],
    [
      "a detail of code points",
      { type: "tool_use", name: "Bash", input: { command: "🛒".repeat(80) } },
      `[Tool: Bash ${"🛒".repeat(80)}]`,
    ],
    ["a result", { type: "tool_result", content: "é".repeat(406) }, "[Result: 812 B]"],
    ["a larger result", { type: "tool_result", content: "x".repeat(3_482) }, "[Result: 3.4 KB]"],
    ["a large result", { type: "tool_result", content: "x".repeat(1_258_291) }, "[Result: 1.2 MB]"],
    [
      "a result of blocks",
      { type: "tool_result", content: [{ type: "text", text: "abc" }, { type: "image" }, { type: "text", text: "d" }] },
      "[Result: 5 B]",
    ],
    ["an empty result", { type: "tool_result" }, "[Result: 0 B]"],
    ["a failure", { type: "tool_result", is_error: true, content: "No such file\nat line 3" }, "[Error: No such file]"],
    [
      "a long failure",
      { type: "tool_result", is_error: true, content: "x".repeat(121) },
      `[Error: ${"x".repeat(120)}...]`,
    ],
    ["a thought", { type: "thinking", thinking: "Let me\nsee", signature: "…" }, "[Thinking: Let me see]"],
    ["a long thought", { type: "thinking", thinking: "x".repeat(100) }, `[Thinking: ${"x".repeat(80)}...]`],
    ["a thought that cannot be read", { type: "thinking", thinking: "", signature: "…" }, "[Thinking]"],
    ["a picture", { type: "image", source: pixel }, "[Image: image/png]"],
    [
      "a document with a title",
      { type: "document", title: "Plan", source: { media_type: "application/pdf" } },
      "[Document: Plan]",
    ],
    [
      "a document without",
      { type: "document", source: { media_type: "application/pdf" } },
      "[Document: application/pdf]",
    ],
    ["anything else", { type: "server_tool_use", name: "web" }, "[server_tool_use]"],
    ["a block without a type", {}, "[unknown]"],
    ["no block at all", 17, "[unknown]"],
  ])("[HIST-7] %s", (_, block, text) => {
    expect(renderText([block])).toBe(text);
  });

  test("[HIST-7] a string is as it is, blocks stand one blank line apart, and empty ones are left out", () => {
    expect(renderText("  as\n it is ")).toBe("  as\n it is ");
    const blocks = [
      { type: "text", text: "One" },
      { type: "text", text: "" },
      { type: "thinking" },
      { type: "text", text: "Two\n" },
    ];
    expect(renderText(blocks)).toBe("One\n\n[Thinking]\n\nTwo\n");
    expect(renderText([])).toBe("");
  });
});

describe("blocks of content", () => {
  test("[HIST-9] content in structure", () => {
    expect(
      messageBlocks([
        { type: "text", text: "Done.", citations: [] },
        { type: "tool_use", id: "toolu_1", name: "Bash", input: { command: "ls" }, caller: 1 },
        {
          type: "tool_result",
          tool_use_id: "toolu_1",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
        { type: "thinking", thinking: "Hm", signature: "…" },
        { type: "image", source: pixel },
        { type: "image", source: { type: "url", url: "https://example.org/a.png" } },
        { type: "redacted_thinking", data: "…" },
        "odd",
      ]),
    ).toEqual([
      { type: "text", text: "Done." },
      { type: "tool_use", id: "toolu_1", name: "Bash", input: { command: "ls" } },
      { type: "tool_result", tool_use_id: "toolu_1", is_error: false, text: "a\nb" },
      { type: "thinking", text: "Hm" },
      { type: "image", media_type: "image/png", size_bytes: 1_000 },
      { type: "image", media_type: "", size_bytes: 0 },
      { type: "unknown", raw_type: "redacted_thinking" },
      { type: "unknown", raw_type: "unknown" },
    ]);
    expect(messageBlocks("Hello")).toEqual([{ type: "text", text: "Hello" }]);
  });

  test("[NAME-2] what a tool was given leaves as it came, whatever its keys", () => {
    const json =
      '{"fooBar":{"snake_case":1,"camelCase":null},"__proto__":{"x":[{"toString":"y"}]},"constructor":"z","":" "}';
    const [block] = messageBlocks([{ type: "tool_use", id: "t", name: "n", input: JSON.parse(json) as unknown }]);
    expect(JSON.stringify(block)).toBe(`{"type":"tool_use","id":"t","name":"n","input":${json}}`);
  });

  test("[HIST-9] an input too deep to be sent is named and not sent", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`);
    expect(messageBlocks([{ type: "tool_use", id: "t", name: "n", input: deep }])).toEqual([
      { type: "tool_use", id: "t", name: "n", input: "[omitted: nested too deeply]" },
    ]);
  });
});
