import { expect, test } from "vitest";
import { structureOutput, structureResult } from "../../src/turns/structured-output.ts";
import { nothingRouted } from "./support/turn-world.ts";

const result = {
  generation: 1,
  outcome: "completed",
  output: "first\nsecond",
  agentStopReason: null,
  error: null,
  usage: { source: "agent", inputTokens: 3, outputTokens: 4, cacheReadTokens: null, cacheWriteTokens: null },
  cost: { inputUsd: null, outputUsd: null, totalUsd: null },
  permissionDenials: [],
  compactions: [],
  isIdle: true,
  isReusable: true,
  isDuplicate: false,
} as const;

/** Fails for the first `failures` values. */
function failing(failures: number) {
  const seen: object[] = [];
  const serialise = (value: object): string => {
    seen.push(value);
    if (seen.length <= failures) throw new TypeError("cannot be serialised");
    return "text";
  };
  return { seen, serialise };
}

test("[TURN-14] the output is indented JSON of the lines and the session's id", () => {
  expect(structureOutput(["a", "b"], { sessionId: "s1" })).toBe(
    '{\n  "summary": [\n    "a",\n    "b"\n  ],\n  "session_id": "s1"\n}',
  );
});

test("[TURN-14] a second attempt says less, and there is no third", () => {
  const once = failing(1);
  const always = failing(9);

  expect(structureOutput(["a"], { sessionId: "s1", serialise: once.serialise })).toBe("text");
  expect(structureOutput(["a"], { sessionId: "s1", serialise: always.serialise })).toBeUndefined();
  expect(once.seen.at(-1)).toEqual({ summary: ["structured output retry"], session_id: "s1" });
  expect(always.seen).toHaveLength(2);
});

test("[TURN-14] what cannot be serialised at all is engine_failed", async () => {
  const { serialise } = failing(9);
  const structured = await structureResult(result, { sessionId: "s1", agent: "claude", echoed: undefined, serialise });

  expect(structured).toMatchObject({ outcome: "failed", output: "", error: { kind: "engine_failed" } });
});

test("[TURN-14] of an agent the lines of its answer, and its own tokens", async () => {
  const structured = await structureResult(result, { sessionId: "s1", agent: "claude", echoed: undefined });

  expect(JSON.parse(structured.output)).toEqual({ summary: ["first", "second"], session_id: "s1" });
  expect(structured.usage).toEqual(result.usage);
});

test("[TURN-14] of echo its four lines, whatever the prompt holds, and the words of the JSON are counted", async () => {
  const echoed = { prompt: "two\nlines", routing: nothingRouted };
  const words = { ...result, usage: { ...result.usage, source: "words" } } as const;
  const { output, usage } = await structureResult(words, { sessionId: "s1", agent: "echo", echoed });

  expect(JSON.parse(output)).toEqual({
    summary: ["Prompt: two\nlines", "Matched commands: none", "Matched tools: none", "Permission denials: 0"],
    session_id: "s1",
  });
  expect(usage.outputTokens).toBe(output.split(/\s+/u).length);
});
