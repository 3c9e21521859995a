import { describe, expect, test } from "vitest";
import { Conversation, turnDefaults, type TurnProposal } from "../../src/turns/conversation.ts";

const denial = { toolName: "BashTool", reason: "gated" };

function proposal(conversation: Conversation, rest: Partial<TurnProposal> = {}): TurnProposal {
  return {
    generation: conversation.generation,
    prompt: "hello",
    usage: { source: "words", inputTokens: 1, outputTokens: 11, cacheReadTokens: null },
    denials: [denial],
    transactional: true,
    ...rest,
  };
}

/** Everything a refusal must leave alone [TURN-6]. */
function traceOf({ messages, transcript, denials, usage, usageSource, compactedTurns }: Conversation) {
  const entries = transcript.replay();
  return { messages, entries, flushed: transcript.flushed, denials, usage, usageSource, compactedTurns };
}

function aborted(): AbortSignal {
  return AbortSignal.abort();
}

describe("checks", () => {
  test("[TURN-3] the defaults", () => {
    expect(turnDefaults).toEqual({
      maxTurns: 8,
      maxBudgetTokens: 2000,
      compactAfterTurns: 12,
      structuredRetryLimit: 2,
    });
    expect(new Conversation({ sessionId: "s" }).limits).toMatchObject({ maxTurns: 8, maxBudgetTokens: 2000 });
  });

  test("[TURN-4] [TURN-7] row 1: a set signal cancels, even with no capacity at all", () => {
    const conversation = new Conversation({ sessionId: "s", limits: { maxTurns: 0 } });
    const signal = aborted();

    expect(conversation.refuse(signal, { transactional: true })).toBe("cancelled");
    expect(conversation.refuse(signal, { transactional: true })).toBe("cancelled");
    expect(conversation.refuse(undefined, { transactional: true })).toBe("max_turns_reached");
  });

  test("[TURN-4] row 2: as many messages as turns", () => {
    const conversation = new Conversation({ sessionId: "s", limits: { maxTurns: 1 } });

    expect(conversation.refuse(undefined, { transactional: true })).toBeUndefined();
    conversation.commit(proposal(conversation));
    expect(conversation.refuse(undefined, { transactional: true })).toBe("max_turns_reached");
  });

  test("[TURN-4] row 3: over the budget, strictly, and before row 4", () => {
    const conversation = new Conversation({ sessionId: "s", limits: { maxBudgetTokens: 12 } });

    expect(conversation.commit(proposal(conversation))).toMatchObject({ committed: true, stopReason: "completed" });
    expect(conversation.commit(proposal(conversation, { signal: aborted() }))).toEqual({
      committed: false,
      stopReason: "max_budget_reached",
    });
  });

  test("[TURN-4] [CAN-6] row 4: a signal set meanwhile, or a generation that is over, refuses the commit", () => {
    const conversation = new Conversation({ sessionId: "s" });
    const late = proposal(conversation);
    const before = traceOf(conversation);

    expect(conversation.commit({ ...late, signal: aborted() })).toEqual({ committed: false, stopReason: "cancelled" });
    conversation.revoke();
    expect(conversation.commit(late)).toEqual({ committed: false, stopReason: "cancelled" });
    expect(traceOf(conversation)).toEqual(before);
    expect(conversation.commit(proposal(conversation))).toMatchObject({ committed: true });
  });

  test("[TURN-4] [TURN-5] row 5: one message, one entry, the denials and the usage, all at once", () => {
    const conversation = new Conversation({ sessionId: "s" });
    conversation.flush();

    expect(conversation.commit(proposal(conversation))).toEqual({
      committed: true,
      stopReason: "completed",
      compaction: undefined,
    });
    expect(traceOf(conversation)).toEqual({
      messages: ["hello"],
      entries: ["hello"],
      flushed: false,
      denials: [denial],
      usage: { inputTokens: 1, outputTokens: 11, cacheReadTokens: null },
      usageSource: "words",
      compactedTurns: 0,
    });
  });

  test("[TURN-7] a signal that is set after the commit changes nothing, nor does one for the next call", () => {
    const conversation = new Conversation({ sessionId: "s" });
    const controller = new AbortController();
    conversation.commit(proposal(conversation, { signal: controller.signal }));
    const before = traceOf(conversation);
    controller.abort();

    expect(traceOf(conversation)).toEqual(before);
    expect(conversation.refuse(new AbortController().signal, { transactional: true })).toBeUndefined();
  });
});

describe("refusals", () => {
  test("[TURN-6] leave no trace, however often, and a larger budget makes the same session usable", () => {
    const conversation = new Conversation({ sessionId: "s", limits: { maxBudgetTokens: 20 } });
    conversation.commit(proposal(conversation, { prompt: "good" }));
    conversation.flush();
    const before = traceOf(conversation);
    for (let call = 0; call < 3; call += 1) {
      expect(conversation.commit(proposal(conversation, { prompt: "refused" })).committed).toBe(false);
      expect(traceOf(conversation)).toEqual(before);
    }

    conversation.limits = { ...conversation.limits, maxBudgetTokens: 2000 };
    conversation.commit(proposal(conversation, { prompt: "welcome" }));

    expect(conversation.messages).toEqual(["good", "welcome"]);
    expect(conversation.usage).toMatchObject({ inputTokens: 2, outputTokens: 22 });
  });

  test("[TURN-13] an agent over its budget is refused before, and its last turn is committed", () => {
    const conversation = new Conversation({ sessionId: "s", limits: { maxBudgetTokens: 20 } });
    const agent = { transactional: false };
    conversation.commit(proposal(conversation, agent));
    expect(conversation.refuse(undefined, agent)).toBeUndefined();

    expect(conversation.commit(proposal(conversation, agent))).toMatchObject({
      committed: true,
      stopReason: "max_budget_reached",
    });
    expect(conversation.messages).toHaveLength(2);
    expect(conversation.refuse(undefined, agent)).toBe("max_budget_reached");
  });

  test("[TURN-13] [CAN-6] an agent that comes late over its budget is refused as any other", () => {
    const conversation = new Conversation({ sessionId: "s", limits: { maxBudgetTokens: 0 } });
    const late = proposal(conversation, { transactional: false });
    conversation.revoke();

    expect(conversation.commit(late)).toEqual({ committed: false, stopReason: "cancelled" });
    expect(conversation.messages).toEqual([]);
  });

  test("[TURN-13] the total that equals the budget refuses an agent; without a budget nothing does", () => {
    const usage = { source: "agent", inputTokens: 10, outputTokens: 10, cacheReadTokens: 900 } as const;
    const exact = new Conversation({ sessionId: "s", limits: { maxBudgetTokens: 20 } });
    const free = new Conversation({ sessionId: "s", limits: { maxBudgetTokens: undefined } });
    for (const conversation of [exact, free]) {
      expect(conversation.commit(proposal(conversation, { usage, transactional: false }))).toMatchObject({
        stopReason: "completed",
      });
    }

    expect(exact.refuse(undefined, { transactional: false })).toBe("max_budget_reached");
    expect(free.refuse(undefined, { transactional: false })).toBeUndefined();
    expect(exact.usage).toEqual({ inputTokens: 10, outputTokens: 10, cacheReadTokens: 900 });
  });
});

describe("transcript", () => {
  test("[SES-11] append clears the mark, flush sets it, replay is a snapshot", () => {
    const conversation = new Conversation({ sessionId: "s" });
    conversation.commit(proposal(conversation));
    const snapshot = conversation.transcript.replay();
    conversation.flush();
    const { flushed } = conversation.transcript;
    conversation.commit(proposal(conversation, { prompt: "again" }));

    expect({ snapshot, flushed }).toEqual({ snapshot: ["hello"], flushed: true });
    expect(conversation.transcript.flushed).toBe(false);
    expect(conversation.transcript.replay()).toEqual(["hello", "again"]);
  });

  test("[SES-11] compact keeps the newest, or none, and leaves the mark", () => {
    const conversation = new Conversation({ sessionId: "s" });
    for (const prompt of ["a", "b", "c"]) conversation.commit(proposal(conversation, { prompt }));
    conversation.flush();
    const { transcript } = conversation;

    expect(transcript.compact(2).replay()).toEqual(["b", "c"]);
    expect(transcript.compact(0).replay()).toEqual([]);
    expect(transcript.compact(9)).toMatchObject({ size: 3, flushed: true });
  });

  test("[SES-12] a commit cuts to the newest 12, counts what it drops, and leaves the tokens", () => {
    const conversation = new Conversation({ sessionId: "s", limits: { maxTurns: 99 } });
    const decisions = Array.from({ length: 14 }, (_, index) =>
      conversation.commit(proposal(conversation, { prompt: `p${index}` })),
    );

    expect(decisions[11]).toMatchObject({ compaction: undefined });
    expect(decisions[12]).toMatchObject({ compaction: { dropped: 1, kept: 12 } });
    expect(conversation.messages).toEqual(Array.from({ length: 12 }, (_, index) => `p${index + 2}`));
    expect(conversation.transcript.replay()).toEqual(conversation.messages);
    expect(conversation.compactedTurns).toBe(2);
    expect(conversation.usage).toMatchObject({ inputTokens: 14, outputTokens: 154 });
  });

  test("[SES-13] a restore brings messages, usage and a flushed transcript, and no denials", () => {
    const restored = {
      messages: ["one", "two"],
      usage: { inputTokens: 5, outputTokens: 6, cacheReadTokens: null },
      usageSource: "agent",
      compactedTurns: 3,
      interruptedTurns: 4,
    } as const;
    const conversation = new Conversation({ sessionId: "s", restored });

    expect(traceOf(conversation)).toEqual({
      messages: ["one", "two"],
      entries: ["one", "two"],
      flushed: true,
      denials: [],
      usage: restored.usage,
      usageSource: "agent",
      compactedTurns: 3,
    });
    expect(conversation.interruptedTurns).toBe(4);
    expect(conversation.limits.maxBudgetTokens).toBe(2000);
  });
});
