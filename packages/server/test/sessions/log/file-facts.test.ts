import { describe, expect, test } from "vitest";
import { buildLog, countLog } from "./build-log.ts";
import { Conversation, realisticConversation } from "./conversation.ts";

function factsOf(talk: Conversation) {
  const { facts } = buildLog(talk.records).content;
  expect(countLog(talk.records).facts).toEqual(facts);
  return facts;
}

const isFinished = (talk: Conversation): boolean => factsOf(talk).isTurnFinished;

describe("whether a turn is finished", () => {
  test.each(["end_turn", "stop_sequence", "max_tokens", "refusal"])(
    "[HIST-12] it is by an answer that stops by %s",
    (stopReason) => {
      expect(isFinished(new Conversation().prompt("Hi").reply("Done", { stopReason }))).toBe(true);
    },
  );

  test.each(["tool_use", "pause_turn", null])("[HIST-12] it is not by one that stops by %s", (stopReason) => {
    expect(isFinished(new Conversation().prompt("Hi").reply("Done", { stopReason }))).toBe(false);
  });

  test("[HIST-12] it is not while the newest record is the user's", () => {
    expect(isFinished(new Conversation().prompt("Hi").reply("Done").prompt("Go on"))).toBe(false);
    expect(isFinished(new Conversation().prompt("Hi").reply("Done").prompt("Remark", { isMeta: true }))).toBe(false);
    expect(isFinished(new Conversation().prompt("Hi").reply("Done").steered("And this", "x"))).toBe(false);
  });

  test("[HIST-12] records that are no part of a turn change nothing", () => {
    const talk = new Conversation()
      .prompt("Hi")
      .reply("Done")
      .attachment("prompt_snapshot")
      .system("stop_hook_summary");
    expect(isFinished(talk.loose("last-prompt").loose("cost-state"))).toBe(true);
  });

  test("[HIST-12] a call that waits for its result keeps it open, until it has it", () => {
    const call = { type: "tool_use", id: "a", name: "Bash", input: {} };
    const talk = new Conversation().prompt("Hi").assistant([call], { stopReason: "max_tokens" });
    expect(isFinished(talk)).toBe(false);
    talk.result("a", "ok").reply("Done");
    expect(isFinished(talk)).toBe(true);
  });

  test("[HIST-12] calls side by side are answered in any order", () => {
    const talk = new Conversation().prompt("Hi").call("a", "Bash", {});
    const first = talk.leaf ?? "";
    talk.call("b", "Bash", {}).result("b", "ok").result("a", "ok", { parent: first });
    expect(isFinished(talk.reply("Done"))).toBe(true);
  });

  test("[HIST-12] a call of a turn that was broken off is not waited for", () => {
    const talk = new Conversation().prompt("Hi").call("a", "Bash", {}).prompt("[Request interrupted by user]");
    expect(isFinished(talk.prompt("Again").reply("Done"))).toBe(true);
  });

  test("[HIST-12] only the active branch counts, the one of the newest record", () => {
    const talk = new Conversation().prompt("Hi").reply("Done");
    const fork = talk.leaf;
    talk.prompt("One way").call("a", "Bash", {});
    talk.from(fork).prompt("Another way").reply("Done");
    expect(isFinished(talk)).toBe(true);
    expect(factsOf(talk).lastRecordId).toBe(talk.leaf);
  });

  test("[HIST-12] a sub-agent's records are on no branch", () => {
    const talk = new Conversation().prompt("Hi").reply("Done");
    const leaf = talk.leaf;
    talk.prompt("Sub-agent", { isSidechain: true }).from(leaf);
    expect(isFinished(talk)).toBe(true);
    expect(factsOf(talk).lastRecordId).toBe(leaf);
  });
});

describe("what lists show", () => {
  test("[WATCH-4] directory and time of the first record that has one, time and text of the newest message", () => {
    const talk = new Conversation().queueOperation("Hi").prompt("Hi").reply("🛒".repeat(300));
    expect(factsOf(talk)).toMatchObject({
      cwd: "/home/anna/shop",
      createdAt: Date.parse("2026-03-01T09:00:01.020Z"),
      lastTimestamp: Date.parse("2026-03-01T09:00:03.060Z"),
      preview: "🛒".repeat(200),
      model: "claude-opus-5-5",
      contextTokens: 1_249,
    });
  });

  test("[WATCH-7] the newest title and the newest summary", () => {
    const talk = new Conversation().loose("summary", { summary: "Old" }).prompt("Hi");
    talk.loose("ai-title", { aiTitle: "First title" }).loose("custom-title", { customTitle: "Own title" });
    talk.loose("summary", { summary: "New" }).loose("summary", { summary: "  " });
    expect(factsOf(talk)).toMatchObject({ title: "Own title", summary: "New" });
    expect(factsOf(talk.loose("ai-title", { aiTitle: "Last title" })).title).toBe("Last title");
  });

  test("[WATCH-7] the first real prompt that is long enough, else the longest one", () => {
    const talk = new Conversation()
      .prompt("Warmup")
      .prompt("/compact the whole")
      .prompt("<command-name>x</command-name>");
    talk.prompt("!ls -la /home/anna").prompt("[Request interrupted by user]").prompt("Hello");
    expect(factsOf(talk)).toMatchObject({ longestPrompt: "Hello" });
    talk.prompt("Hi").prompt("Hello you").reply("A reply that is long");
    expect(factsOf(talk)).toMatchObject({ longestPrompt: "Hello you" });
    expect(factsOf(talk).firstPrompt).toBeUndefined();
    talk.result("x", "a long result of a tool").prompt("Fix the cart total").prompt("Fix something else");
    expect(factsOf(talk)).toMatchObject({ firstPrompt: "Fix the cart total" });
    expect(factsOf(talk).longestPrompt).toBeUndefined();
  });

  test("[WATCH-4] an error of the service and what the command line wrote itself say nothing of the model", () => {
    const talk = new Conversation().prompt("Hi").reply("Done");
    talk.reply("API Error", { record: { isApiErrorMessage: true }, message: { model: "other" } });
    talk.reply("No response requested.", {
      message: { model: "<synthetic>", usage: { input_tokens: 0, output_tokens: 0 } },
    });
    expect(factsOf(talk)).toMatchObject({ model: "claude-opus-5-5", contextTokens: 1_249 });
  });

  test("[WATCH-7] [HIST-12] a long conversation is counted to the same facts as it is read", () => {
    expect(factsOf(realisticConversation(50))).toMatchObject({ title: "Cart total", isTurnFinished: true });
  });
});
