import { expect, test } from "vitest";
import { parseInstruction } from "../../src/echo-peer/instruction.ts";

test.each([
  ["remember The VPN profile is eu-2", { kind: "remember", text: "The VPN profile is eu-2" }],
  [" Recall  vpn -old ", { kind: "recall", query: "vpn -old" }],
  ["state set release/frozen=true", { kind: "set", key: "release/frozen", value: true }],
  ["state set branch = release 2=4", { kind: "set", key: "branch", value: "release 2=4" }],
  [`state set o={"a":[1]}`, { kind: "set", key: "o", value: { a: [1] } }],
  ["state get branch", { kind: "get", key: "branch" }],
  ["What is branch?", { kind: "get", key: "branch" }],
  ["when a=1 say @ops it is so", { kind: "when", key: "a", value: 1, target: "@ops", text: "it is so" }],
  [`when a="two words" say bob now`, { kind: "when", key: "a", value: "two words", target: "bob", text: "now" }],
  ["say @ops hello\nall", { kind: "say", target: "@ops", text: "hello\nall" }],
  ["PEERS", { kind: "peers" }],
  ["leave", { kind: "leave" }],
  ["what is the branch?", { kind: "talk", text: "what is the branch?" }],
  ["remember", { kind: "talk", text: "remember" }],
  ["state set =1", { kind: "talk", text: "state set =1" }],
  ["", { kind: "talk", text: "" }],
])("[CLI-30] the echo peer takes %j by its rule", (text, expected) => {
  expect(parseInstruction(text)).toEqual(expected);
});
