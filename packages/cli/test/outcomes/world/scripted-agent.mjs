// An agent of the Agent Client Protocol that does one thing, named by its argument: answer, stall, auth, rate, crash.
// Plain JavaScript, so that it starts at once.
import { createInterface } from "node:readline";

const [, , behaviour = "answer"] = process.argv;
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const answer = (id, result) => send({ id, result });
const fail = (id, code, message) => send({ id, error: { code, message } });

const requests = {
  initialize: (id) =>
    answer(id, { protocolVersion: 1, agentInfo: { name: "scripted", version: "1" }, agentCapabilities: {} }),
  "session/new": (id) => {
    if (behaviour === "auth") fail(id, -32000, "Authentication required");
    else answer(id, { sessionId: "agent-session-1" });
  },
  "session/prompt": (id) => {
    if (behaviour === "stall") return;
    if (behaviour === "crash") process.exit(3);
    if (behaviour === "rate") return fail(id, -32603, "429 too many requests");
    const content = { type: "text", text: "All is well." };
    const update = { sessionUpdate: "agent_message_chunk", content };
    send({ method: "session/update", params: { sessionId: "agent-session-1", update } });
    answer(id, { stopReason: "end_turn", usage: { inputTokens: 4, outputTokens: 6, totalTokens: 10 } });
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  requests[method]?.(id);
});
