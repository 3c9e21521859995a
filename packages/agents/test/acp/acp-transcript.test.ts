import type { SessionUpdate } from "@agentclientprotocol/sdk";
import { expect, test } from "vitest";
import { AcpTranscript, type AcpMessage } from "../../src/acp/acp-transcript.ts";

const promptId = "0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01";

function transcriptOf(updates: readonly object[], id = promptId): AcpMessage[] {
  const messages: AcpMessage[] = [];
  const transcript = new AcpTranscript(id, (message) => messages.push(message));
  for (const update of updates) transcript.handle(update as SessionUpdate);
  transcript.end();
  return messages;
}

const chunk = (text: string, messageId?: string) => ({
  sessionUpdate: "agent_message_chunk",
  content: { type: "text", text },
  messageId,
});
const thought = (text: string) => ({ sessionUpdate: "agent_thought_chunk", content: { type: "text", text } });
const call = (toolCallId: string, rest: object = {}) => ({
  sessionUpdate: "tool_call",
  toolCallId,
  title: "Terminal",
  ...rest,
});
const change = (toolCallId: string, rest: object) => ({ sessionUpdate: "tool_call_update", toolCallId, ...rest });
const shown = (messages: readonly AcpMessage[]) => messages.map(({ role, blocks }) => ({ role, blocks }));

test("[AGENT-14] chunks become one message, thoughts a block of it, and another message id another message", () => {
  const messages = transcriptOf([
    thought("hm"),
    thought("m"),
    chunk("He"),
    chunk("llo"),
    chunk("More", "m2"),
    chunk("!", "m2"),
  ]);
  expect(shown(messages)).toEqual([
    {
      role: "assistant",
      blocks: [
        { type: "thinking", thinking: "hmm" },
        { type: "text", text: "Hello" },
      ],
    },
    { role: "assistant", blocks: [{ type: "text", text: "More!" }] },
  ]);
});

// As claude-agent-acp 0.100.0 tells a call: its input comes bit by bit, and it never says that it has begun.
test("[AGENT-14] a call is told with its whole input, and its result after it", () => {
  const meta = { _meta: { claudeCode: { toolName: "Bash" } } };
  const messages = transcriptOf([
    chunk("I will."),
    call("t1", { ...meta, name: "Bash", rawInput: {}, status: "pending", content: [] }),
    change("t1", { ...meta, rawInput: { command: "echo hi" }, title: "echo hi" }),
    change("t1", { ...meta, rawInput: { command: "echo hi", description: "x" } }),
    change("t1", { _meta: { claudeCode: { toolResponse: { stdout: "hi" } } } }),
    change("t1", {
      status: "completed",
      rawOutput: "hi",
      content: [{ type: "content", content: { type: "text", text: "```console\nhi\n```" } }],
    }),
    chunk("Done."),
  ]);
  expect(shown(messages)).toEqual([
    {
      role: "assistant",
      blocks: [
        { type: "text", text: "I will." },
        { type: "tool_use", id: "t1", name: "Bash", input: { command: "echo hi", description: "x" } },
      ],
    },
    { role: "user", blocks: [{ type: "tool_result", tool_use_id: "t1", content: "hi" }] },
    { role: "assistant", blocks: [{ type: "text", text: "Done." }] },
  ]);
});

test.each([
  ["text", { rawOutput: "out" }, "out"],
  [
    "content",
    { content: [{ type: "content", content: { type: "text", text: "shown" } }], rawOutput: { a: 1 } },
    "shown",
  ],
  ["codex", { rawOutput: { formatted_output: "formatted", stdout: "raw" } }, "formatted"],
  ["opencode", { rawOutput: { output: "plain", metadata: {} } }, "plain"],
  ["other", { rawOutput: { exit: 0 } }, '{"exit":0}'],
  ["nothing", { content: null, rawOutput: null }, ""],
])("[AGENT-14] where a result stands: %s", (_name, fields, content) => {
  const messages = transcriptOf([call("t", { status: "in_progress" }), change("t", { status: "failed", ...fields })]);
  expect(messages.at(-1)).toMatchObject({
    role: "user",
    blocks: [{ type: "tool_result", tool_use_id: "t", content, is_error: true }],
  });
});

test("[AGENT-14] calls at the same time keep their order, and one whose input is not known waits", () => {
  const messages = transcriptOf([
    call("a", { rawInput: { n: 1 }, status: "in_progress" }),
    call("b", { status: "pending" }),
    change("a", { status: "completed", rawOutput: "A" }),
    change("b", { status: "in_progress", rawInput: { n: 2 } }),
    change("b", { status: "completed", rawOutput: "B" }),
    // Said after its end, or of a call that was never announced: nothing new.
    change("b", { rawOutput: { more: 1 } }),
    change("z", { title: "?" }),
  ]);
  const said = messages.flatMap(({ blocks }) =>
    blocks.map((block) => [block["type"], block["input"] ?? block["content"]]),
  );
  expect(said).toEqual([
    ["tool_use", { n: 1 }],
    ["tool_result", "A"],
    ["tool_use", { n: 2 }],
    ["tool_result", "B"],
  ]);
});

test("[AGENT-14] at the end of a turn no call is without a result", () => {
  const messages = transcriptOf([call("a", { status: "pending", rawInput: { n: 1 } })]);
  expect(shown(messages)).toEqual([
    { role: "assistant", blocks: [{ type: "tool_use", id: "a", name: "Terminal", input: { n: 1 } }] },
    {
      role: "user",
      blocks: [
        {
          type: "tool_result",
          tool_use_id: "a",
          content: "The turn ended before there was a result.",
          is_error: true,
        },
      ],
    },
  ]);
});

test("[AGENT-14] what is asked about is told before the answer", () => {
  const messages: AcpMessage[] = [];
  const transcript = new AcpTranscript(promptId, (message) => messages.push(message));
  transcript.handleTool({ toolCallId: "q", title: "touch x", rawInput: { command: "touch x" } }, true);
  expect(shown(messages)).toEqual([
    { role: "assistant", blocks: [{ type: "tool_use", id: "q", name: "touch x", input: { command: "touch x" } }] },
  ]);
});

test("[AGENT-14] other content is kept by its kind, and kinds of updates that are not known are no part of it", () => {
  const image = { type: "image", mimeType: "image/png", data: "AA==" };
  const updates = [
    image,
    { type: "resource_link", uri: "file:///a", name: "a" },
    { type: "audio", mimeType: "x", data: "" },
  ];
  const messages = transcriptOf([
    ...updates.map((content) => ({ sessionUpdate: "agent_message_chunk", content })),
    { sessionUpdate: "of_a_later_version" },
    { sessionUpdate: "plan", entries: [] },
  ]);
  expect(messages[0]?.blocks).toEqual([
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
    { type: "text", text: "file:///a" },
    { type: "audio" },
  ]);
});

test("[AGENT-14] ids are the same for the same work, and others for another prompt", () => {
  const updates = [chunk("a"), call("t", { status: "completed", rawOutput: "x" }), chunk("b")];
  const ids = transcriptOf(updates).map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  expect(transcriptOf(updates).map(({ id }) => id)).toEqual(ids);
  expect(transcriptOf(updates, "1d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01").map(({ id }) => id)).not.toContain(ids[0]);
});
