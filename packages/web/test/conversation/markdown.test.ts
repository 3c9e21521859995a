import { describe, expect, test } from "vitest";
import { highlight } from "../../src/conversation/markdown/highlight.ts";
import { markdownTokens } from "../../src/conversation/markdown/markdown-tokens.ts";
import { safeLink } from "../../src/conversation/markdown/safe-link.ts";
import { noticeText } from "../../src/conversation/timeline/notice-text.ts";

describe("tokens", () => {
  test("a text is read once", () => {
    expect(markdownTokens("# once")).toBe(markdownTokens("# once"));
  });

  test.each([
    ["emphasis that takes seconds to pair", "**a*b ".repeat(3_400)],
    ["quotes nested without end", ">".repeat(20_000)],
    ["lists nested without end", "1. ".repeat(6_600)],
  ])("%s is shown as it was written", (_name, text) => {
    expect(markdownTokens(text)).toEqual([{ type: "text", raw: text, text }]);
  });

  test("code with many underscores is still code", () => {
    const code = `\`\`\`py\n${"snake_case_name = other_name\n".repeat(400)}\`\`\``;
    expect(markdownTokens(code)[0]).toMatchObject({ type: "code", lang: "py" });
  });
});

test.each([
  ["https://example.org/a?b#c", "https://example.org/a?b#c"],
  ["mailto:anna@example.org", "mailto:anna@example.org"],
  ["javascript:alert(1)", undefined],
  [" jAvAsCrIpT:alert(1)", undefined],
  ["data:text/html,x", undefined],
  ["file:///etc/passwd", undefined],
  ["vbscript:x", undefined],
  ["/relative", undefined],
  ["//example.org", undefined],
])("a link to %s leads to %s", (href, safe) => {
  expect(safeLink(href)).toBe(safe);
});

test("code is split into words with their sort, and nothing of it is lost", () => {
  const code = "const a = `x${b}`; // <b>";
  const spans = highlight(code, "ts");
  expect(spans?.map(({ text }) => text).join("")).toBe(code);
  expect(spans).toContainEqual({ text: "const", sort: "keyword" });
  expect(highlight(code, "no-such-language")).toBeUndefined();
});

test.each([
  ["<command-name>/compact</command-name>\n<command-args>keep it</command-args>", "/compact keep it"],
  ["[Request interrupted by user for tool use]", "Interrupted"],
  ["<local-command-stdout>done</local-command-stdout>", "done"],
  ["<system-reminder>be kind</system-reminder>", "be kind"],
  ["plain", "plain"],
])("the note %j reads %j", (text, words) => {
  expect(noticeText(text)).toBe(words);
});
