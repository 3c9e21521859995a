import { expect, test } from "vitest";
import { parseAttachLine } from "../../src/remote/attach-line.ts";

const id = "4be00000-0000-4000-8000-000000000001";

test.each([
  ["", { kind: "nothing" }],
  ["   ", { kind: "nothing" }],
  ["run the tests", { kind: "prompt", text: "run the tests", mode: undefined }],
  ["/steer also this", { kind: "prompt", text: "also this", mode: "steer" }],
  ["/queue later", { kind: "prompt", text: "later", mode: "queue" }],
  ["/now stop and do this", { kind: "prompt", text: "stop and do this", mode: "interrupt" }],
  ["/now", { kind: "incomplete", message: "/now needs a text" }],
  ["/interrupt", { kind: "interrupt" }],
  ["/kill", { kind: "kill" }],
  ["/unlock", { kind: "unlock" }],
  ["/help", { kind: "help" }],
  ["/quit", { kind: "quit" }],
  ["/compact", { kind: "compact", instructions: undefined }],
  ["/compact keep the plan", { kind: "compact", instructions: "keep the plan" }],
])("%j is an order or a prompt", (line, expected) => {
  expect(parseAttachLine(line)).toEqual(expected);
});

test.each([
  ["/allow", { decision: "allow", requestId: undefined, scope: "once", message: undefined }],
  ["/allow session", { decision: "allow", requestId: undefined, scope: "session", message: undefined }],
  [`/allow ${id.toUpperCase()} session`, { decision: "allow", requestId: id, scope: "session", message: undefined }],
  ["/deny", { decision: "deny", requestId: undefined, scope: "once", message: undefined }],
  ["/deny not before lunch", { decision: "deny", requestId: undefined, scope: "once", message: "not before lunch" }],
  [`/deny ${id} not yet`, { decision: "deny", requestId: id, scope: "once", message: "not yet" }],
])("%j answers a question of the agent", (line, expected) => {
  expect(parseAttachLine(line)).toEqual({ kind: "answer", ...expected });
});

test("an allow with words that mean nothing is not taken for one", () => {
  expect(parseAttachLine("/allow everything")).toMatchObject({ kind: "incomplete" });
});

test.each([
  ["/sleep 10 hello", "/sleep 10 hello"],
  ["/killer feature", "/killer feature"],
  ["/kill the process", "/kill the process"],
  ["//kill", "/kill"],
  ["/constructor x", "/constructor x"],
])("%j belongs to the agent", (line, text) => {
  expect(parseAttachLine(line)).toEqual({ kind: "prompt", text, mode: undefined });
});
