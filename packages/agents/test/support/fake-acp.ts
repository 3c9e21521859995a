// Stands in for an agent of the Agent Client Protocol: speaks its JSON-RPC lines, and does what the prompt says.
import { readLines } from "./read-lines.ts";
import { startStubborn } from "./stubborn.ts";

type Json = Record<string, unknown>;
const mode = process.env["FAKE_MODE"] ?? "";
const send = (message: Json) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const answer = (id: unknown, result: unknown) => send({ id, result });
const fail = (id: unknown, code: number, message: string, data?: unknown) =>
  send({ id, error: { code, message, data } });
const sessionId = "session-1";
const update = (content: Json) => send({ method: "session/update", params: { sessionId, update: content } });
const text = (value: string) =>
  update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: value } });
const usage = { inputTokens: 4, outputTokens: 6, cachedReadTokens: 50, cachedWriteTokens: 1, totalTokens: 61 };
let onCancel: (() => void) | undefined;
let onAnswer: ((result: Json) => void) | undefined;
let modeId = "default";
let begunWith: unknown;
let cost = Number(process.env["FAKE_COST"] ?? Number.NaN);

const actions: Record<string, (id: unknown, rest: string) => void> = {
  stall: (id) => (onCancel = () => answer(id, { stopReason: "cancelled" })),
  ignore: () => {
    process.on("SIGTERM", () => undefined);
  },
  late: (id) => {
    onCancel = () => {
      text("finished in spite of it");
      answer(id, { stopReason: "end_turn" });
    };
  },
  garbage: (id) => {
    process.stdout.write('Welcome!\n\n[1,2]\n42\n{"jsonrpc":\n');
    send({ method: "_auth/status_update", params: {} });
    update({ sessionUpdate: "of_a_later_version", anything: 1 });
    text("fine");
    answer(id, { stopReason: "end_turn" });
  },
  crash: () => {
    process.stderr.write("something broke\n");
    process.exit(3);
  },
  error: (id, rest) => {
    const { code, message, data } = JSON.parse(rest) as { code: number; message: string; data?: unknown };
    fail(id, code, message, data);
  },
  tools: (id) => {
    text("I look. ");
    update({ sessionUpdate: "tool_call", toolCallId: "t1", title: "Read a file", status: "pending" });
    update({ sessionUpdate: "tool_call_update", toolCallId: "t1", status: "completed" });
    text("Do");
    text("ne.");
    answer(id, { stopReason: "end_turn", usage });
  },
  ask: (id) => {
    const toolCall = {
      toolCallId: "t2",
      title: "touch x",
      rawInput: { command: "touch x" },
      _meta: { any: { toolName: "Bash" } },
    };
    const options = [
      { optionId: "yes", name: "Yes", kind: "allow_once" },
      { optionId: "no", name: "No", kind: "reject_once" },
    ];
    send({ id: 1000, method: "session/request_permission", params: { sessionId, toolCall, options } });
    onAnswer = ({ outcome }) => {
      text(JSON.stringify(outcome));
      answer(id, {
        stopReason: mode === "reject-ends" && JSON.stringify(outcome).includes("no") ? "cancelled" : "end_turn",
      });
    };
  },
  /** Makes the updates, and answers. */
  updates: (id, rest) => {
    for (const item of JSON.parse(rest) as Json[]) update(item);
    answer(id, { stopReason: "end_turn" });
  },
  spend: (id, rest) => {
    cost += Number(rest);
    update({ sessionUpdate: "usage_update", used: 1, size: 2, cost: { amount: cost, currency: "USD" } });
    answer(id, { stopReason: "end_turn" });
  },
  begun: (id) => {
    text(JSON.stringify(begunWith));
    answer(id, { stopReason: "end_turn" });
  },
  environment: (id) => {
    text(JSON.stringify(process.env));
    answer(id, { stopReason: "end_turn" });
  },
  mode: (id) => {
    text(modeId);
    answer(id, { stopReason: "end_turn" });
  },
  offspring: (id) => {
    text(startStubborn());
    answer(id, { stopReason: "end_turn" });
  },
};

const modes = () => ({
  currentModeId: modeId,
  availableModes: ["default", "plan", ...(process.env["FAKE_MODES"]?.split(",") ?? [])].map((name) => ({
    id: name,
    name,
  })),
});
const configOptions = [
  {
    id: "model",
    name: "Model",
    category: "model",
    type: "select",
    currentValue: "small",
    options: [
      { value: "small", name: "Small" },
      { value: "large", name: "Large" },
    ],
  },
];

const requests: Record<string, (id: unknown, params: Json) => void> = {
  initialize: (id) => {
    if (mode === "mute") return;
    answer(id, {
      protocolVersion: mode === "future" ? 99 : 1,
      agentInfo: { name: mode === "reject-ends" ? "opencode" : (process.env["FAKE_NAME"] ?? "fake"), version: "1.2.3" },
      agentCapabilities: {
        loadSession: true,
        promptCapabilities: { image: true, audio: mode === "audio", embeddedContext: true },
      },
      authMethods: [{ id: "login", name: "Login", description: "run `fake login`" }],
      _meta: { steering: { supported: true } },
    });
  },
  "session/new": (id, params) => {
    begunWith = params;
    if (mode === "auth") fail(id, -32000, "Authentication required");
    else answer(id, { sessionId, modes: modes(), configOptions });
  },
  "session/load": (id, params) => {
    if (params["sessionId"] !== sessionId) fail(id, -32603, "Internal error", { details: "no such session" });
    else {
      text("all of the history");
      answer(id, { modes: modes(), configOptions });
    }
  },
  "session/set_mode": (id, params) => {
    if (params["modeId"] === "refused") {
      fail(id, -32603, "Internal error");
      return;
    }
    modeId = String(params["modeId"]);
    answer(id, {});
  },
  "session/set_config_option": (id, params) => {
    modeId = `${modeId}+${String(params["value"])}`;
    answer(id, { configOptions });
  },
  "_session/steering": (id, params) => {
    const outcome = onCancel === undefined ? "promptRequired" : "injected";
    answer(id, { outcome });
    if (outcome === "injected") {
      text(`steered: ${JSON.stringify(params["prompt"])}`);
      onCancel?.();
    }
  },
  "session/prompt": (id, params) => {
    onCancel = undefined;
    const blocks = params["prompt"] as { type: string; text?: string }[];
    const prompt = blocks.flatMap((block) => block.text ?? []).join(" | ");
    if (prompt === "content") {
      text(JSON.stringify(blocks));
      answer(id, { stopReason: "end_turn" });
      return;
    }
    const [word = "", rest = ""] = prompt.split(/ (.*)/s);
    const action = actions[word];
    if (action !== undefined) action(id, rest);
    else {
      text(`You said ${prompt}`);
      answer(id, { stopReason: "end_turn", usage });
    }
  },
};

if (mode === "exit") {
  process.stderr.write("unknown option acp\n");
  process.exit(2);
}
readLines((line) => {
  const message = JSON.parse(line) as { id?: unknown; method?: string; params?: Json; result?: Json };
  if (message.method === "session/cancel") onCancel?.();
  else if (message.method !== undefined) requests[message.method]?.(message.id, message.params ?? {});
  else if (message.id === 1000) onAnswer?.(message.result ?? {});
});
