import { describe, expect, test } from "vitest";
import { buildLog, countLog, messageOf } from "./build-log.ts";
import { Conversation, idOf } from "./conversation.ts";

const user = { type: "user", uuid: idOf(1), parentUuid: null, message: { role: "user", content: "Hello" } };

describe("the filter", () => {
  test.each([
    ["a user's text", user],
    ["an array of blocks", { ...user, message: { content: [] } }],
    ["an answer", { ...user, type: "assistant" }],
    ["flags that are not true", { ...user, isSidechain: false, isMeta: null }],
    [
      "a steered prompt",
      { uuid: idOf(1), type: "attachment", attachment: { type: "queued_command", prompt: "Hello" } },
    ],
  ])("[HIST-2] lets %s pass", (_, record) => {
    expect(buildLog([record]).content.count).toBe(1);
    expect(countLog([record]).count).toBe(1);
  });

  test.each([
    ["a sub-agent's record", { ...user, isSidechain: true }],
    ["a remark to the model", { ...user, isMeta: true }],
    ["another type", { ...user, type: "system" }],
    ["a type in other letters", { ...user, type: "User" }],
    ["no type", { ...user, type: undefined }],
    ["a message that is no object", { ...user, message: "Hello" }],
    ["a message that is an array", { ...user, message: [{ content: "Hello" }] }],
    ["content that is no text and no array", { ...user, message: { content: { text: "Hello" } } }],
    ["another attachment", { uuid: idOf(1), type: "attachment", attachment: { type: "file", prompt: "Hello" } }],
    ["a summary", { type: "summary", summary: "Hello", leafUuid: idOf(1) }],
    ["a kind nobody knows", { type: "telepathy", message: { content: "Hello" } }],
  ])("[HIST-2] drops %s without calling it broken", (_, record) => {
    for (const content of [buildLog([user, record]).content, countLog([user, record])]) {
      expect(content).toMatchObject({ count: 1, skippedLines: 0 });
    }
  });

  test("[HIST-2] a steered prompt is a message of the user, under the id of its record", () => {
    const [, steered] = buildLog(
      new Conversation().prompt("Fix it").steered("And the rest", idOf(77)).records,
    ).messages;
    expect(steered).toMatchObject({
      id: idOf(2),
      role: "user",
      kind: "prompt",
      text: "And the rest",
      parentId: idOf(1),
    });
  });

  test("[HIST-3] what is no object of JSON is skipped and counted, and the rest goes on", () => {
    const lines = [user, "{broken", "[1,2]", "17", '"text"', "null", '{"a":1}trailing', { ...user, uuid: idOf(2) }];
    expect(buildLog(lines).content).toMatchObject({ count: 2, skippedLines: 6 });
    expect(countLog(lines)).toMatchObject({ count: 2, skippedLines: 6 });
  });

  test("[HIST-3] blank lines are no lines", () => {
    expect(buildLog(["", user, "  \t\r", `${JSON.stringify({ ...user, uuid: idOf(2) })}\r`]).content).toMatchObject({
      count: 2,
      skippedLines: 0,
    });
  });

  test("[HIST-5] a record whose id occurred before is dropped, and the first one stays", () => {
    const again = { ...user, uuid: idOf(1).toUpperCase(), message: { content: "Again" } };
    const { messages, content } = buildLog([user, again, { ...user, uuid: idOf(2) }]);
    expect(messages.map(({ seq, text }) => [seq, text])).toEqual([
      [1, "Hello"],
      [2, "Hello"],
    ]);
    expect(content.repeatedOffsets).toEqual([JSON.stringify(user).length + 1]);
  });
});

describe("ids", () => {
  test("[HIST-6] [NAME-3] a UUID comes in lower case, another id as it is", () => {
    expect(messageOf({ ...user, uuid: idOf(0xabc).toUpperCase() })?.id).toBe(idOf(0xabc));
    expect(messageOf({ ...user, uuid: "Turn-7" })?.id).toBe("Turn-7");
    expect(messageOf({ ...user, uuid: "x".repeat(128) })?.id).toBe("x".repeat(128));
  });

  test.each([["none"], [""], ["x".repeat(129)], [17], [null], ["with\u0007bell"]])(
    "[HIST-6] a record with the id %j gets one from its line, and keeps it",
    (uuid) => {
      const record = { ...user, uuid: uuid === "none" ? undefined : uuid };
      const id = messageOf(record)?.id;
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(buildLog([{ ...user, uuid: idOf(3) }, record]).messages[1]?.id).toBe(id);
    },
  );

  test("[HIST-6] equal lines without an id are told apart by how many stand before them", () => {
    const line = JSON.stringify({ ...user, uuid: undefined });
    const { messages, content } = buildLog([line, line, JSON.stringify(user), line]);
    const ids = messages.map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(buildLog([line]).messages[0]?.id).toBe(ids[0]);
    expect(content.twins.map(([, earlier]) => earlier)).toEqual([1, 2]);
    expect(countLog([line, line, JSON.stringify(user), line]).idPrints).toBe(content.idPrints);
  });
});

describe("times", () => {
  test.each([
    ["2026-03-01T09:00:00.020Z", "2026-03-01T09:00:00.020Z"],
    ["2026-03-01T09:00:00Z", "2026-03-01T09:00:00.000Z"],
    ["2026-03-01T09:00:00.5Z", "2026-03-01T09:00:00.500Z"],
    ["2026-03-01T09:00:00.123987654Z", "2026-03-01T09:00:00.123Z"],
    ["2026-03-01T11:00:00.020+02:00", "2026-03-01T09:00:00.020Z"],
    ["2026-03-01T09:00:00.020", "2026-03-01T09:00:00.020Z"],
  ])("[NAME-5] the time %s is %s", (timestamp, expected) => {
    expect(new Date(messageOf({ ...user, timestamp })?.timestamp ?? 0).toISOString()).toBe(expected);
  });

  test.each([
    ["yesterday"],
    [1_772_355_607_020],
    ["2026-13-01T00:00:00Z"],
    ["2026-03-01T25:00:00.000Z"],
    [null],
    ["+102026-03-01T00:00:00Z"],
  ])("[HIST-8] instead of the bad time %j a message has that of the one before it", (timestamp) => {
    const lines = [
      { ...user, timestamp: "2026-03-01T09:00:00.000Z" },
      { ...user, uuid: idOf(2), timestamp },
    ];
    expect(buildLog(lines).messages[1]?.timestamp).toBe(Date.UTC(2026, 2, 1, 9));
    expect(countLog(lines).facts.lastTimestamp).toBe(Date.UTC(2026, 2, 1, 9));
  });

  test("[HIST-8] without a message before it, the file's time", () => {
    expect(buildLog([user], 1_234).messages[0]?.timestamp).toBe(1_234);
    expect(countLog([user], 1_234).facts.lastTimestamp).toBe(1_234);
  });
});
