import { expect, test } from "vitest";
import { readToolInput } from "../../src/approvals/tool-input.ts";

test("[APPROVE-1] a command is shown as it is typed, with what else is said about it", () => {
  expect(readToolInput({ command: "npm publish", description: "Publishes", timeout: 5 })).toEqual({
    kind: "command",
    command: "npm publish",
    rest: [
      { name: "description", text: "Publishes" },
      { name: "timeout", text: "5" },
    ],
  });
});

test("[APPROVE-1] an edit is a change, several are several, and a write is its content", () => {
  const edit = { old_string: "a", new_string: "b" };
  expect(readToolInput({ file_path: "/x.ts", ...edit, replace_all: true })).toEqual({
    kind: "edit",
    path: "/x.ts",
    edits: [{ before: "a", after: "b" }],
    rest: [{ name: "replace_all", text: "true" }],
  });
  expect(readToolInput({ path: "/x.ts", edits: [edit, edit] })).toMatchObject({ kind: "edit", edits: { length: 2 } });
  expect(readToolInput({ file_path: "/x.ts", content: "hi" })).toEqual({
    kind: "write",
    path: "/x.ts",
    content: "hi",
    rest: [],
  });
});

test("[NAME-2] what has another shape is shown whole, whatever it is", () => {
  expect(readToolInput({ to: "production", nested: { a: [1] } })).toEqual({
    kind: "fields",
    rest: [
      { name: "to", text: "production" },
      { name: "nested", text: '{\n  "a": [\n    1\n  ]\n}' },
    ],
  });
  expect(readToolInput({ path: "/x", edits: [{ old_string: 1 }] })).toMatchObject({ kind: "fields" });
  expect(readToolInput([1, "two"])).toEqual({ kind: "json", json: '[\n  1,\n  "two"\n]' });
  expect(readToolInput(undefined)).toEqual({ kind: "json", json: "" });
});
