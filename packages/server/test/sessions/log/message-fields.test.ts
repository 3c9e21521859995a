import { describe, expect, test } from "vitest";
import { ownMessage } from "../../../src/sessions/log/own-message.ts";
import { buildLog, messageOf } from "./build-log.ts";
import { Conversation, idOf } from "./conversation.ts";

const user = (content: unknown, fields: object = {}) => ({
  type: "user",
  uuid: idOf(1),
  message: { role: "user", content },
  ...fields,
});
const assistant = (content: unknown, fields: object = {}) => ({ ...user(content), type: "assistant", ...fields });

describe("what kind of message it is", () => {
  test.each([
    ["prompt", user("Fix the cart total")],
    [
      "prompt",
      user([
        { type: "text", text: "See" },
        { type: "image", source: {} },
      ]),
    ],
    ["prompt", user("<b>bold</b> is what I want")],
    ["tool_result", user([{ type: "tool_result", tool_use_id: "t", content: "ok" }])],
    ["compact_summary", user("This session is being continued", { isCompactSummary: true })],
    ["notice", user("<command-name>/compact</command-name>\n<command-args></command-args>")],
    ["notice", user("<local-command-stdout>Compacted </local-command-stdout>")],
    ["notice", user("<bash-input>ls</bash-input>")],
    ["notice", user([{ type: "text", text: "[Request interrupted by user]" }])],
    ["notice", user([{ type: "text", text: "[Request interrupted by user for tool use]" }])],
    ["reply", assistant([{ type: "text", text: "Done." }])],
    [
      "reply",
      assistant([
        { type: "thinking", thinking: "Hm" },
        { type: "text", text: "Done." },
      ]),
    ],
    ["reply", assistant("Done.")],
    ["activity", assistant([{ type: "tool_use", id: "t", name: "Bash", input: {} }])],
    ["activity", assistant([{ type: "thinking", thinking: "Hm" }])],
    ["activity", assistant([])],
    ["api_error", assistant([{ type: "text", text: "API Error: 529" }], { isApiErrorMessage: true })],
  ])("[HIST-8] a %s", (kind, record) => {
    expect(messageOf(record)).toMatchObject({ kind, role: record.type });
  });

  test("[HIST-8] what was put into a running turn by a machine is no prompt", () => {
    const attachment = { type: "queued_command", prompt: "<task-notification>", commandMode: "task-notification" };
    expect(messageOf({ type: "attachment", uuid: idOf(1), attachment })?.kind).toBe("notice");
  });
});

describe("the nearest ancestor in the log", () => {
  test("[HIST-8] goes through records that the filter drops, over branches and calls side by side", () => {
    const talk = new Conversation().prompt("One").attachment("environment").attachment("model").call("a", "Bash", {});
    const first = talk.leaf ?? "";
    talk
      .call("b", "Bash", {})
      .result("b", "ok")
      .result("a", "ok", { parent: first })
      .reply("Done")
      .system("stop_hook_summary");
    talk.prompt("Two").from(idOf(1)).prompt("Another branch").from(null).system("compact_boundary").prompt("After");
    const { messages } = buildLog(talk.records);
    const seqOf = new Map(messages.map(({ id, seq }) => [id, seq]));
    const parents = messages.map(({ parentId }) => (parentId === null ? null : seqOf.get(parentId)));
    expect(parents).toEqual([null, 1, 2, 3, 2, 5, 6, 1, null]);
  });

  test("[HIST-8] is null where it is in no record of the file", () => {
    expect(messageOf(user("Hello", { parentUuid: idOf(99) }))?.parentId).toBeNull();
  });
});

describe("prompts of this server", () => {
  test("[HIST-8] the id that a prompt was handed over with is that of its record, or is beside a steered one", () => {
    const talk = new Conversation()
      .prompt("One", { uuid: idOf(500) })
      .steered("Two", idOf(501))
      .reply("Done");
    expect(buildLog(talk.records).messages.map(({ promptId }) => promptId)).toEqual([idOf(500), idOf(501), undefined]);
  });

  test("[HIST-1] [HIST-8] a record of our own log becomes a message by the same rules", () => {
    const record = {
      uuid: idOf(1),
      parentUuid: null,
      type: "user" as const,
      timestamp: "2026-03-01T09:00:00.5Z",
      cwd: "/home/anna/shop",
      message: { role: "user" as const, content: [{ type: "text", text: "Hello" }] },
      promptId: idOf(9).toUpperCase(),
    };
    expect(ownMessage(record, { seq: 4, fallbackTime: 0 })).toEqual({
      id: idOf(1),
      seq: 4,
      role: "user",
      kind: "prompt",
      text: "Hello",
      timestamp: Date.UTC(2026, 2, 1, 9, 0, 0, 500),
      parentId: null,
      promptId: idOf(9),
      blocks: [{ type: "text", text: "Hello" }],
    });
    expect(
      ownMessage({ ...record, type: "assistant", promptId: undefined }, { seq: 4, fallbackTime: 0 }),
    ).not.toHaveProperty("promptId");
  });
});
