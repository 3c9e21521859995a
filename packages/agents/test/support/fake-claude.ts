// Stands in for Claude Code: speaks its stream-json protocol, and does what the prompt says.
import { spawn } from "node:child_process";
import { readLines } from "./read-lines.ts";
import { startStubborn } from "./stubborn.ts";

const args = process.argv.slice(2);
const mode = process.env["FAKE_MODE"] ?? "";
const optionValue = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);

interface Line {
  type?: string;
  request_id?: string;
  request?: { subtype?: string; message_uuid?: string; mode?: string };
  response?: { request_id?: string; response?: { behavior?: string; message?: string; updatedInput?: unknown } };
  uuid?: string;
  message?: { content?: string | { text?: string }[] };
}

const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const raw = (text: string) => process.stdout.write(text);
const state = (name: string) => say({ type: "system", subtype: "session_state_changed", state: name });
const seen = new Set<string>();
let turns = 0;
let current: { uuid: string; text: string; onInterrupt: (() => void) | undefined } | undefined;
let lastContent: unknown;
let onAnswer: ((answer: NonNullable<Line["response"]>["response"]) => void) | undefined;

const usage = (input: number, output: number) => ({
  input_tokens: input,
  cache_creation_input_tokens: 5,
  cache_read_input_tokens: 100,
  output_tokens: output,
});

function finish(result: Record<string, unknown>): void {
  turns += 1;
  say({
    type: "result",
    subtype: "success",
    is_error: false,
    usage: usage(2, 3),
    // Over the whole session, as the real one counts.
    modelUsage: { fake: { inputTokens: 1000 * turns, outputTokens: 1000 * turns } },
    permission_denials: [],
    terminal_reason: "completed",
    ...result,
  });
  current = undefined;
  state("idle");
}

function answer(text: string): void {
  const content = [{ type: "text", text }];
  say({ type: "stream_event", event: { type: "content_block_delta", delta: { type: "text_delta", text } } });
  say({ type: "assistant", message: { content } });
  finish({ result: text });
}

const aborted = () =>
  finish({ is_error: true, subtype: "error_during_execution", terminal_reason: "aborted_streaming" });

function handlePrompt(line: Line): void {
  const uuid = line.uuid ?? "";
  const content = line.message?.content ?? "";
  const text = typeof content === "string" ? content : content.flatMap((block) => block.text ?? []).join(" | ");
  lastContent = content;
  const replay = { type: "user", message: { content }, uuid, isReplay: true };
  if (seen.has(uuid)) {
    say(replay);
    state("idle");
    return;
  }
  seen.add(uuid);
  if (current !== undefined) {
    current.onInterrupt = undefined;
    say({ type: "command_lifecycle", command_uuid: uuid, state: "started" });
    say(replay);
    answer(`steered: ${text}`);
    return;
  }
  current = { uuid, text, onInterrupt: aborted };
  state("running");
  say({ type: "command_lifecycle", command_uuid: uuid, state: "started" });
  say({ type: "system", subtype: "init", session_id: optionValue("session-id") ?? optionValue("resume") });
  say(replay);
  const [word = "", rest = ""] = text.split(/ (.*)/s);
  actions[word]?.(rest);
  if (actions[word] === undefined) answer(`You said ${text}`);
}

const actions: Record<string, (rest: string) => void> = {
  stall: () => undefined,
  // Neither the interrupt nor SIGTERM moves it.
  ignore: () => {
    if (current !== undefined) current.onInterrupt = undefined;
    process.on("SIGTERM", () => undefined);
  },
  block: () => {
    process.on("SIGTERM", () => undefined);
    for (;;);
  },
  late: () => {
    if (current !== undefined) current.onInterrupt = () => answer("finished in spite of it");
  },
  garbage: () => {
    raw('Update available!\n\n[1,2]\n42\n{"type":\n\u0000\u0001\n');
    say({ type: "of_a_later_version", anything: 1 });
    say({ type: "system", subtype: "of_a_later_version" });
    say({ type: "assistant", message: "not an object" });
    answer("fine");
  },
  arguments: () => answer(JSON.stringify(args)),
  environment: () => answer(JSON.stringify(process.env)),
  content: () => answer(JSON.stringify(lastContent)),
  array: () => {
    say([{ type: "assistant", message: { content: [{ type: "text", text: "fine" }] } }]);
    const result = {
      type: "result",
      subtype: "success",
      is_error: false,
      result: "fine",
      terminal_reason: "completed",
    };
    say([result, { type: "system", subtype: "session_state_changed", state: "idle" }]);
    current = undefined;
  },
  /** Says the lines, and does nothing more. */
  retry: (rest) => {
    for (const line of JSON.parse(rest) as object[]) say({ type: "system", subtype: "api_retry", ...line });
  },
  "retry-then": (rest) => {
    say({ type: "system", subtype: "api_retry", attempt: 1, max_retries: 4, retry_delay_ms: 9, error_status: 529 });
    answer(rest);
  },
  "/compact": (rest) => {
    say({ type: "system", subtype: "status", status: "compacting" });
    if (rest === "fail") {
      say({ type: "system", subtype: "status", status: null, compact_result: "failed", compact_error: "no way" });
      finish({ result: "" });
    } else if (rest === "nothing") finish({ result: "Not enough messages to compact." });
    else {
      say({ type: "system", subtype: "status", status: null, compact_result: "success" });
      const metadata = { trigger: "manual", pre_tokens: 900, post_tokens: 30 };
      say({ type: "system", subtype: "compact_boundary", compact_metadata: metadata });
      finish({ result: "" });
    }
  },
  crash: () => {
    process.stderr.write("something broke\n");
    process.exit(3);
  },
  result: (rest) => {
    const { before = [], ...result } = JSON.parse(rest) as { before?: unknown[] };
    for (const event of before) say(event);
    finish(result);
  },
  tools: () => {
    say({ type: "stream_event", event: { delta: { type: "text_delta", text: "I look. " } } });
    say({ type: "assistant", message: { content: [{ type: "tool_use", id: "t1", name: "Read" }] } });
    say({
      type: "user",
      parent_tool_use_id: null,
      message: { content: [{ type: "tool_result", tool_use_id: "t1", is_error: true, content: "not allowed here" }] },
    });
    say({ type: "stream_event", event: { delta: { type: "text_delta", text: "Done." } } });
    finish({ result: "Done.", permission_denials: [{ tool_name: "Read", tool_use_id: "t1" }] });
  },
  ask: (command) => {
    const input = { command };
    onAnswer = (given) =>
      given?.behavior === "allow"
        ? answer(`ran ${JSON.stringify(given.updatedInput)}`)
        : finish({
            result: `refused: ${given?.message}`,
            permission_denials: [{ tool_name: "Bash", tool_use_id: "t2", tool_input: input }],
          });
    say({
      type: "control_request",
      request_id: "q1",
      request: { subtype: "can_use_tool", tool_name: "Bash", input, tool_use_id: "t2" },
    });
  },
  offspring: () => answer(startStubborn()),
  "crash-offspring": () => {
    process.stdout.write(
      `${JSON.stringify({ type: "stream_event", event: { delta: { type: "text_delta", text: startStubborn() } } })}\n`,
      () => process.exit(3),
    );
  },
};

function handleLine(text: string): void {
  const line = JSON.parse(text) as Line;
  const id = line.request_id;
  if (line.type === "user") handlePrompt(line);
  else if (line.type === "control_response") onAnswer?.(line.response?.response);
  else if (line.request?.subtype === "initialize") {
    if (mode === "mute") return;
    say({ type: "control_response", response: { subtype: "success", request_id: id, response: {} } });
  } else if (line.request?.subtype === "interrupt") {
    const react = current?.onInterrupt;
    if (current !== undefined && react === undefined) return;
    say({ type: "control_response", response: { subtype: "success", request_id: id, response: { still_queued: [] } } });
    react?.();
  } else if (line.request?.subtype === "set_permission_mode" && mode !== "no-modes") {
    const wanted = line.request.mode;
    if (wanted === "bypassPermissions" && !args.includes("--dangerously-skip-permissions")) {
      const error = "the session was not launched with --dangerously-skip-permissions";
      say({ type: "control_response", response: { subtype: "error", request_id: id, error } });
      return;
    }
    say({ type: "system", subtype: "status", status: null, permissionMode: wanted });
    const response = { mode: wanted };
    say({ type: "control_response", response: { subtype: "success", request_id: id, response } });
  } else say({ type: "control_response", response: { subtype: "error", request_id: id, error: "unsupported" } });
}

if (args[0] === "--version") {
  process.stdout.write(`${process.env["FAKE_VERSION"] ?? "2.1.329"} (Claude Code)\n`);
} else if (args[0] === "--help") {
  const snapshot = "  --system-prompt-snapshot <on|off>  Record the system prompt once\n";
  process.stdout.write(`  --system-prompt <prompt>  System prompt\n${mode === "old" ? "" : snapshot}`);
} else if (optionValue("resume")?.startsWith("gone") === true) {
  process.stderr.write(`No conversation found with session ID: ${optionValue("resume")}\n`);
  process.exitCode = 1;
} else if (mode === "root") {
  process.stderr.write(
    "--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons\n",
  );
  process.exitCode = 1;
} else {
  if (mode === "mute") spawn("sleep", ["600"], { stdio: "ignore" });
  readLines(handleLine);
}
