import { describe, expect, test } from "vitest";
import { probeDropped } from "../../../src/sessions/log/line-probe.ts";

describe("a look at the ends of a line", () => {
  const probe = (record: unknown) => {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    const found = probeDropped(line, 0, line.length - 1);
    return found && { ...found };
  };

  test("[HIST-2] [HIST-8] drops what it is certain of, and knows its place in the tree", () => {
    const place = { id: "u", parentId: "p", isSidechain: false };
    expect(
      probe({ parentUuid: "p", isSidechain: false, attachment: { type: "x" }, type: "attachment", uuid: "u" }),
    ).toEqual(place);
    expect(probe({ parentUuid: null, type: "system", subtype: "x", uuid: "u" })).toEqual({ ...place, parentId: null });
    expect(probe({ parentUuid: "p", isSidechain: true, type: "user", message: { content: "x" }, uuid: "u" })).toEqual({
      ...place,
      isSidechain: true,
    });
    expect(probe({ type: "queue-operation", content: { uuid: "x" } })).toEqual({
      id: "",
      parentId: null,
      isSidechain: false,
    });
  });

  test.each([
    ["a message", { parentUuid: "p", isSidechain: false, type: "user", message: { content: "x" }, uuid: "u" }],
    ["a title", { type: "ai-title", aiTitle: "x" }],
    ["a steered prompt", { parentUuid: "p", attachment: { type: "queued_command" }, type: "attachment", uuid: "u" }],
    ["an id that is in a nested value only", { parentUuid: "p", type: "system", meta: { uuid: "u" } }],
    ["an id behind an escape", { parentUuid: "p", type: "system", meta: {}, uuid: "u", note: 'say "hi"' }],
    ["a type that is nested", { parentUuid: "p", data: { type: "system" }, uuid: "u" }],
  ])("[HIST-2] leaves %s to be read", (_, record) => {
    expect(probe(record)).toBeUndefined();
  });
});
