// How a scripted model fails, for every suite that drives Claude Code against one.
import type { FakeRule } from "./fake-anthropic.mjs";

/** An error of the model's service. */
export function scriptedError(status: number, type: string, headers: Record<string, string> = {}): FakeRule["reply"] {
  return { error: { status, type, message: "scripted", headers } };
}

/** A prompt that begins with the name of a rule is answered by it; the last answers an agent that makes room for the context. */
export const failingModelRules: readonly FakeRule[] = [
  { name: "401", when: { user: "^401" }, reply: scriptedError(401, "authentication_error") },
  { name: "529", when: { user: "^529" }, reply: scriptedError(529, "overloaded_error") },
  {
    name: "drop",
    when: { user: "^drop" },
    reply: { text: "a long text that is cut off", chunkChars: 3, dropAfter: 2 },
  },
  {
    name: "too long",
    when: { user: "^too long" },
    times: 1,
    reply: {
      error: { status: 400, type: "invalid_request_error", message: "prompt is too long: 250000 tokens > 200000" },
    },
  },
  {
    name: "summary",
    when: { user: "TEXT ONLY|summary of the conversation" },
    reply: "<summary>what was before</summary>",
  },
];
