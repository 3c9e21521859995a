// Stands in for a coding agent of the Agent Client Protocol in tests of the command line: speaks its JSON-RPC lines, does
// what the first word of the prompt says, and keeps a note of each session in the current directory. When it has the
// prompt, a file `asked` appears there.
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

type Json = Record<string, unknown>;

const forEver = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
const send = (message: Json) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const answer = (id: unknown, result: unknown) => send({ id, result });
let onCancel: () => unknown = () => undefined;

function say(sessionId: unknown, text: string): void {
  const content = { type: "text", text };
  send({ method: "session/update", params: { sessionId, update: { sessionUpdate: "agent_message_chunk", content } } });
}

function prompt(id: unknown, params: Json): void {
  const { sessionId } = params;
  const [block] = params["prompt"] as { text: string }[];
  const text = block?.text ?? "";
  const end = (stopReason: string, rest: Json = {}) => answer(id, { stopReason, ...rest });
  const usage = { inputTokens: 5, outputTokens: 7, cachedReadTokens: 100, totalTokens: 112 };
  const isAsked = (): void => writeFileSync("asked", "");
  if (!text.startsWith("stubborn")) isAsked();
  switch (text.split(" ")[0]) {
    case "stubborn": {
      // Ignores everything, and leaves a process that does so too, in a session of its own.
      process.on("SIGTERM", () => undefined);
      const child = spawn(process.execPath, ["-e", forEver], { detached: true, stdio: "ignore" });
      child.unref();
      writeFileSync("pids", `${process.pid} ${child.pid}`);
      isAsked();
      break;
    }
    case "obey":
      onCancel = () => end("cancelled");
      break;
    case "finish":
      onCancel = () => {
        say(sessionId, "finished in spite of it");
        end("end_turn", { usage });
      };
      break;
    case "crash":
      process.exit(3);
    // eslint-disable-next-line no-fallthrough -- the process is gone
    case "silent":
      say(sessionId, "no figures");
      end("end_turn");
      break;
    default:
      say(sessionId, `agent: ${text}`);
      end("end_turn", { usage });
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params = {} } = JSON.parse(line) as { id?: unknown; method?: string; params?: Json };
  switch (method) {
    case "initialize":
      if (existsSync("hang-at-start")) writeFileSync("asked", "");
      else {
        answer(id, {
          protocolVersion: 1,
          agentCapabilities: { loadSession: true },
          agentInfo: { name: "fake-agent", version: "1" },
        });
      }
      break;
    case "session/new":
      writeFileSync("fake-session-1", "");
      answer(id, { sessionId: "fake-session-1" });
      break;
    case "session/load":
      if (existsSync(String(params["sessionId"]))) answer(id, {});
      else send({ id, error: { code: -32602, message: "no such session" } });
      break;
    case "session/prompt":
      prompt(id, params);
      break;
    case "session/cancel":
      onCancel();
      break;
    default:
      if (id !== undefined) send({ id, error: { code: -32601, message: "unknown method" } });
  }
});
