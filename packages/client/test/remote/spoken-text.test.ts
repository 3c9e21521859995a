import { expect, test } from "vitest";
import { spokenText } from "../../src/remote/history/spoken-text.ts";
import { item } from "./support/remote-fixture.ts";

const reply = (text: string, changes = {}) => item(2, { kind: "reply", role: "assistant", text, ...changes });
const live = { isLive: true };

test("[CLIENT-7] a live reply is spoken", () => {
  expect(spokenText(reply("All 42 tests pass."), live)).toBe("All 42 tests pass.");
});

test("[CLIENT-7] history is not, whatever it says", () => {
  expect(spokenText(reply("All 42 tests pass."), { isLive: false })).toBeUndefined();
});

test.each(["prompt", "tool_result", "compact_summary", "notice", "activity", "api_error"] as const)(
  "[CLIENT-7] a live message of kind %s is not spoken",
  (kind) => {
    expect(spokenText(reply("hello", { kind }), live)).toBeUndefined();
  },
);

test.each([
  ["a block", "Here:\n\n```ts\nconst x = 1;\n```\n\nDone.", "Here:\n\nDone."],
  ["tildes", "Here:\n~~~\ncode\n~~~\nDone.", "Here:\nDone."],
  ["a longer fence around a shorter one", "A\n````md\n```\ncode\n```\nstill\n````\nB", "A\nB"],
  ["an unclosed block", "A\n```\ncode\nmore", "A"],
  ["a fence of the other sort inside", "A\n```\n~~~\ncode\n```\nB", "A\nB"],
  ["an indented fence", "A\n  ```\n  code\n  ```\nB", "A\nB"],
])("[CLIENT-7] code is left out: %s", (_what, text, spoken) => {
  expect(spokenText(reply(text), live)).toBe(spoken);
});

test("[CLIENT-7] code inside a line stays, and a line of backticks with text behind is no fence", () => {
  expect(spokenText(reply("Run `npm test`.\n```npm``` works."), live)).toBe("Run `npm test`.\n```npm``` works.");
});

test("[CLIENT-7] only code is nothing to say", () => {
  expect(spokenText(reply("```\ncode\n```"), live)).toBeUndefined();
});

test("[CLIENT-7] what a reply says of tools and thoughts is left out, with blocks and without", () => {
  const text = "[Thinking: about it]\n\nI look first.\n\n[Tool: Bash ls -la]\n\n[Result: 812 B]";
  expect(spokenText(reply(text), live)).toBe("I look first.");
  const blocks = [
    { type: "thinking" as const, text: "about it" },
    { type: "text" as const, text: "I look first." },
    { type: "tool_use" as const, id: "t", name: "Bash", input: { command: "ls" } },
    { type: "text" as const, text: "[Tool: is what I would write]" },
  ];
  expect(spokenText(reply(text, { blocks }), live)).toBe("I look first.\n\n[Tool: is what I would write]");
});
