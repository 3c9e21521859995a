import { expect, test } from "vitest";
import { parseAgentSelection } from "../src/agent-selection.ts";
import { splitWords } from "../src/split-words.ts";

test.each([
  ["npx  my-agent --acp", ["npx", "my-agent", "--acp"]],
  [`a 'b c' "d e"f ''`, ["a", "b c", "d ef", ""]],
  [String.raw`a\ b "c\"d\n" 'e\f'`, ["a b", String.raw`c"d\n`, String.raw`e\f`]],
  ["$HOME `x` *; | &&", ["$HOME", "`x`", "*;", "|", "&&"]],
  ["  ", []],
])("[TURN-2] %s is split into words without a shell", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test("[TURN-2] the agent is echo, claude or acp with a command", () => {
  expect(parseAgentSelection("claude")).toEqual({ ok: true, selection: { agent: "claude" } });
  expect(parseAgentSelection("acp:'my agent' --acp")).toEqual({
    ok: true,
    selection: { agent: "acp", command: ["my agent", "--acp"] },
  });
});

test.each(["Claude", "acp", "acp:", "acp: ", "acp:'open", "acp:''", ""])("[TURN-2] '%s' names no agent", (text) => {
  expect(parseAgentSelection(text)).toMatchObject({ ok: false, problem: expect.stringContaining(text) });
});
