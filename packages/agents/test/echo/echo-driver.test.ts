import { expect, test } from "vitest";
import { countWords } from "../../src/index.ts";
import { createEchoDriver } from "../../src/echo/echo-driver.ts";
import { eventsOf, submit } from "../support/agent-world.ts";

const start = () => createEchoDriver().start({ workingDirectory: "/" });

test("[TURN-8] the output is four lines, and usage counts their words", async () => {
  const session = await start();
  const { output, usage, outcome } = await submit(session, "hello").result;
  expect(output).toBe("Prompt: hello\nMatched commands: none\nMatched tools: none\nPermission denials: 0");
  expect({ outcome, usage }).toEqual({
    outcome: "completed",
    usage: { source: "words", inputTokens: 1, outputTokens: 11, cacheReadTokens: null, cacheWriteTokens: null },
  });
});

test("[TURN-8] [STR-2] names what was routed, gives its denials, and its whole output as one delta", async () => {
  const session = await start();
  const denial = { toolName: "BashTool", reason: "shell execution is gated; allow it with --allow-tool BashTool" };
  const routing = { matchedCommands: ["review", "add-dir"], matchedTools: ["BashTool"], deniedTools: [denial] };
  const run = submit(session, "review bash", { routing });
  const output =
    "Prompt: review bash\nMatched commands: review, add-dir\nMatched tools: BashTool\nPermission denials: 1";
  expect(await eventsOf(run)).toEqual([
    { type: "permission_denied", ...denial },
    { type: "output_delta", text: output },
  ]);
  expect(await run.result).toMatchObject({ output, permissionDenials: [denial] });
});

test("[TURN-9] 995 words make 2000 tokens and 996 make more; the 167th hello is the first over 2000", async () => {
  const session = await start();
  const total = async (prompt: string) => {
    const { usage } = await submit(session, prompt).result;
    return usage.inputTokens + usage.outputTokens;
  };
  expect(await total(Array(995).fill("word").join(" "))).toBe(2000);
  expect(await total(Array(996).fill("word").join(" "))).toBe(2002);
  const hello = await total("hello");
  expect([hello * 166 <= 2000, hello * 167 <= 2000]).toEqual([true, false]);
});

test("[TURN-7] a signal that is set gives cancelled, and a later call without it works", async () => {
  const session = await start();
  const signal = AbortSignal.abort();
  for (const generation of [1, 2]) {
    expect(await submit(session, "hello", { signal, generation }).result).toMatchObject({
      generation,
      outcome: "cancelled",
      output: "",
      isReusable: true,
      usage: { inputTokens: 0, outputTokens: 0 },
    });
  }
  expect(await submit(session, "hello").result).toMatchObject({ outcome: "completed" });
});

test("[TURN-1] echo is transactional and inline", async () => {
  const { capabilities } = await createEchoDriver().probe();
  expect(capabilities).toMatchObject({ transactional: true, isolation: "inline", usageSource: "words" });
});

test("[RTE-2] words are separated by the listed white space and by nothing else", () => {
  expect(countWords("a\u0085b\u001cc\u00a0d\u3000e\u2028f")).toBe(6);
  expect(countWords("a\ufeffb\u200bc")).toBe(1);
  expect([countWords(""), countWords(" \n\t")]).toEqual([0, 0]);
});
