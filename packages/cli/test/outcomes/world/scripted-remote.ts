/**
 * A server of the remote on loopback whose answers are fixed, so that golden answers do not depend on agents or clocks. It
 * takes one key, tells of one session and a few commands, and refuses everything with one code where a case wants that. Pairing
 * and devices are there over HTTP, with one token.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RemoteServerMessage, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { WebSocketServer, type WebSocket } from "ws";

export const remoteKey = "k".repeat(43);
export const operatorToken = "t".repeat(43);
export const remoteSession = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
export const remoteRequest = "4be00000-0000-4000-8000-000000000001";
export const remoteCommandRun = "cmd-0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01";
const at = "2026-03-01T09:00:07.412Z";
const runId = "0a0a0a0a-0000-4000-8000-000000000001";

export type Frame = Readonly<Record<string, unknown>> & { readonly type: string };
type Item = RemoteServerMessageOf<"session_history">["messages"][number];
export type Reply = (frame: Frame, say: (message: RemoteServerMessage) => void, server: ScriptedRemote) => void;

export interface RemoteScript {
  /** Refuses every request with this code of the registry. */
  readonly refusal?: string;
  /** Answers these types otherwise than usual. */
  readonly replies?: Readonly<Record<string, Reply>>;
  readonly devices?: readonly object[];
  /** Told after the greeting. */
  readonly pending?: readonly RemoteServerMessage[];
}

export class ScriptedRemote {
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #script: RemoteScript;
  readonly #waiting: { readonly type: string; readonly resolve: () => void }[] = [];
  readonly #seen = new Set<string>();

  private constructor(script: RemoteScript) {
    this.#script = script;
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#http.on("upgrade", (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (connection) => this.#serve(connection));
    });
  }

  static async start(script: RemoteScript = {}): Promise<ScriptedRemote> {
    const server = new ScriptedRemote(script);
    await new Promise<void>((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  /** `http://127.0.0.1:PORT` */
  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const connection of this.#sockets.clients) connection.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Resolves when a message of this type has come, now or before. */
  async received(type: string): Promise<void> {
    if (this.#seen.has(type)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ type, resolve }));
  }

  /** To everybody. */
  push(message: RemoteServerMessage): void {
    for (const connection of this.#sockets.clients) connection.send(JSON.stringify(message));
  }

  /** Drops every connection without a word. */
  cut(): void {
    for (const connection of this.#sockets.clients) connection.terminate();
  }

  #serve(connection: WebSocket): void {
    const say = (message: RemoteServerMessage): void => connection.send(JSON.stringify(message));
    connection.on("error", () => undefined);
    connection.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString("utf8")) as Frame;
      this.#take(frame, say, connection);
      this.#seen.add(frame.type);
      for (const { type, resolve } of this.#waiting) if (type === frame.type) resolve();
    });
    say({
      type: "hello",
      message: "Welcome to Parlatory",
      version: "0.1.0",
      instructions: "Send connect message with session_id",
      auth_version: 1,
      protocol: 1,
      capabilities: [],
    });
  }

  #take(frame: Frame, say: (message: RemoteServerMessage) => void, connection: WebSocket): void {
    const { correlation_id: id } = frame;
    const echo = typeof id === "string" ? { correlation_id: id } : {};
    if (frame.type === "connect") {
      if (frame["api_key"] !== remoteKey) {
        say({ type: "auth_error", message: "Authentication failed" });
        connection.close(4401);
        return;
      }
      for (const message of greeting(String(frame["session_id"]))) say(message);
      for (const message of this.#script.pending ?? []) say(message);
      return;
    }
    const { refusal: code, replies = {} } = this.#script;
    if (code !== undefined && id !== undefined) {
      say({ type: "error", code, message: `refused: ${code}`, retryable: code === "too_many", ...echo });
      return;
    }
    const reply = replies[frame.type] ?? usual[frame.type];
    reply?.(frame, (message) => say({ ...message, ...echo }), this);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const say = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${operatorToken}`) {
      return say(401, { error: "unauthorized", message: "a token is needed" });
    }
    const { devices = [] } = this.#script;
    switch (`${request.method} ${request.url}`) {
      case "POST /api/v1/remote/pair-codes":
        return say(201, { code: "7K2M-Q9XT", expires_at: "2026-03-01T09:10:00.000Z" });
      case "GET /api/v1/remote/devices":
        return say(200, { devices });
      case "DELETE /api/v1/remote/devices/dev-3f9a":
        return say(200, { ok: true });
      default:
        return say(404, { error: "not_found", message: "no device has this id, or it was revoked before" });
    }
  }
}

export const device = {
  id: "dev-3f9a",
  name: "Anna's phone",
  paired_at: at,
  last_seen_at: at,
  last_address: "192.0.2.7",
};

function* greeting(clientSession: string): Generator<RemoteServerMessage> {
  yield {
    type: "connected",
    message: "Session registered",
    session_id: clientSession,
    capabilities: [],
    server_version: "0.1.0",
    replay_count: 0,
    limits: { max_inbound_bytes: 33_554_432, max_size_kb: 16_384 },
    device_id: "dev-main",
  };
  yield { type: "recent_sessions", sessions: [], limit: 10 };
  yield { type: "available_commands", working_directory: "/home/anna", project_commands: [], general_commands: [] };
  yield { type: "session_list", sessions: [], total_count: 0, has_more: false, next_cursor: null };
}

const summary = {
  session_id: remoteSession,
  name: "Fix the cart total",
  working_directory: "/home/anna/shop",
  message_count: 3,
  preview: "Done.",
  agent: "claude",
  state: "idle",
  session_busy_elsewhere: false,
} as const;

export const sessionInfo: RemoteServerMessageOf<"session_info"> = {
  type: "session_info",
  session: {
    ...summary,
    last_modified: at,
    created_at: at,
    log_id: "9c41d2ab03e7f515",
    permission_mode: "default",
    queued_prompts: 0,
    granted_tools: ["Bash"],
    model: "claude-test",
    context_tokens: 812,
  },
};

export function remoteItem(seq: number, text: string, changes: Partial<Item> = {}): Item {
  return {
    id: `a81f0000-0000-4000-8000-${String(seq).padStart(12, "0")}`,
    role: seq % 2 === 1 ? "user" : "assistant",
    text,
    timestamp: at,
    session_id: remoteSession,
    seq,
    kind: seq % 2 === 1 ? "prompt" : "reply",
    parent_id: null,
    ...changes,
  };
}

const log = [
  remoteItem(1, "Fix the cart total"),
  remoteItem(2, "[Tool: Bash npm test]", { kind: "activity" }),
  remoteItem(3, "Done.", { role: "assistant", kind: "reply" }),
];

export function remoteHistory(
  messages: readonly Item[],
  changes: Partial<RemoteServerMessageOf<"session_history">> = {},
): RemoteServerMessageOf<"session_history"> {
  const first = messages[0];
  const last = messages.at(-1);
  return {
    type: "session_history",
    session_id: remoteSession,
    messages: [...messages],
    total_count: log.length,
    oldest_message_id: first?.id ?? null,
    newest_message_id: last?.id ?? null,
    is_complete: true,
    has_more: (first?.seq ?? 1) > 1,
    log_id: "9c41d2ab03e7f515",
    first_seq: first?.seq ?? null,
    last_seq: last?.seq ?? null,
    end_seq: last?.seq ?? log.length,
    gap: null,
    live: false,
    ...changes,
  };
}

export const permissionRequest: RemoteServerMessageOf<"permission_request"> = {
  type: "permission_request",
  request_id: remoteRequest,
  session_id: remoteSession,
  run_id: runId,
  tool_name: "Bash",
  input: { command: "npm publish" },
  summary: "Bash npm publish",
  created_at: at,
  expires_at: at,
};

export const permissionResolved: RemoteServerMessageOf<"permission_resolved"> = {
  type: "permission_resolved",
  request_id: remoteRequest,
  session_id: remoteSession,
  decision: "deny",
  scope: "once",
  by: { device_id: "dev-main", device_name: "main" },
  reason: "answered",
  at,
};

export function promptAck(frame: Frame, changes: Partial<RemoteServerMessageOf<"ack">> = {}): RemoteServerMessage {
  const isNew = frame["new_session_id"] !== undefined;
  return {
    type: "ack",
    message: "Processing prompt...",
    session_id: String(frame["new_session_id"] ?? frame["session_id"]),
    prompt_id: String(frame["prompt_id"]),
    created: isNew,
    agent: "claude",
    working_directory: "/home/anna/shop",
    mode_applied: "run",
    ...changes,
  };
}

export function promptResponse(
  frame: Frame,
  changes: Partial<RemoteServerMessageOf<"response">> = {},
): RemoteServerMessageOf<"response"> {
  return {
    type: "response",
    message_id: "c2f1a6de-1c53-4a2e-9d61-70c6e2a9b3f4",
    success: true,
    text: "All 42 tests pass.",
    session_id: String(frame["new_session_id"] ?? frame["session_id"]),
    prompt_id: String(frame["prompt_id"]),
    run_id: runId,
    usage: { input_tokens: 812, output_tokens: 57 },
    total_cost_usd: 0.0121,
    timestamp: at,
    ...changes,
  };
}

/** A prompt that ends in this way. */
export function failing(error: string, code: string): Reply {
  return (frame, say) => {
    say(promptAck(frame));
    say(promptResponse(frame, { success: false, text: "half", error, code }));
  };
}

/** An answer of another prompt, which a client acknowledges when it has taken everything that was sent before it. */
export function marker(number: number): RemoteServerMessage {
  const id = `eeeeeeee-0000-4000-8000-${String(number).padStart(12, "0")}`;
  return {
    type: "replay",
    message_id: id,
    message: { role: "assistant", text: "", session_id: runId, timestamp: at, prompt_id: id, success: true },
  };
}

/** The number of the marker that a `message_ack` is of. */
export function markerOf(frame: Frame): number {
  return Number(String(frame["message_id"]).slice(-12));
}

const started: Omit<RemoteServerMessageOf<"command_started">, "command_id" | "working_directory"> = {
  type: "command_started",
  command_session_id: remoteCommandRun,
  shell_command: "npm run test",
  timestamp: at,
};

export function commandStarted(frame: Frame): RemoteServerMessage {
  return {
    ...started,
    command_id: String(frame["command_id"]),
    working_directory: String(frame["working_directory"]),
  };
}

export function commandOutput(seq: number, text: string, stream: "stdout" | "stderr" = "stdout"): RemoteServerMessage {
  return { type: "command_output", command_session_id: remoteCommandRun, stream, text, seq };
}

export function commandComplete(exitCode: number, signal?: string): RemoteServerMessage {
  return {
    type: "command_complete",
    command_session_id: remoteCommandRun,
    exit_code: exitCode,
    duration_ms: 1_250,
    ...(signal === undefined ? {} : { signal }),
  };
}

export const outputPage: RemoteServerMessageOf<"command_output_full"> = {
  type: "command_output_full",
  command_session_id: remoteCommandRun,
  output: "42 passed\n",
  exit_code: 0,
  timestamp: at,
  duration_ms: 1_250,
  command_id: "npm.test",
  shell_command: "npm run test",
  working_directory: "/home/anna/shop",
  offset: 0,
  next_offset: null,
  total_bytes: 10,
  truncated: false,
  running: false,
  last_seq: 1,
};

/** How a server whose sessions and commands are all well answers. */
const usual: Readonly<Record<string, Reply>> = {
  get_session_list: (_frame, say) =>
    say({
      type: "session_list",
      sessions: [{ ...summary, last_modified: 1_772_355_607_412, last_modified_at: at }],
      total_count: 1,
      has_more: false,
      next_cursor: null,
    }),
  get_session_info: (_frame, say) => say(sessionInfo),
  subscribe: (frame, say) => {
    const limit = typeof frame["limit"] === "number" ? frame["limit"] : log.length;
    const before = typeof frame["before_seq"] === "number" ? frame["before_seq"] : log.length + 1;
    say(remoteHistory(log.slice(Math.max(0, before - 1 - limit), before - 1), { end_seq: log.length }));
  },
  prompt: (frame, say) => {
    say(promptAck(frame));
    say(promptResponse(frame));
  },
  kill_session: (frame, say) =>
    say({ type: "session_killed", session_id: String(frame["session_id"]), message: "Session process terminated" }),
  compact_session: (frame, say) =>
    say({
      type: "compaction_complete",
      session_id: String(frame["session_id"]),
      pre_tokens: 90_000,
      post_tokens: 9_000,
    }),
  interrupt_session: (_frame, say) => say({ type: "ack", message: "Interrupt requested" }),
  list_permissions: (_frame, say) => {
    say(permissionRequest);
    say({ type: "ack", message: "1 pending" });
  },
  permission_response: (frame, say) =>
    say({
      ...permissionResolved,
      decision: frame["decision"] === "allow" ? "allow" : "deny",
      scope: frame["scope"] === "session" ? "session" : "once",
    }),
  get_available_commands: (frame, say) =>
    say({
      type: "available_commands",
      working_directory: String(frame["working_directory"]),
      project_commands: [
        { id: "npm", label: "npm", type: "group", children: [{ id: "npm.test", label: "Test", type: "command" }] },
      ],
      general_commands: [{ id: "git.status", label: "Git Status", type: "command", description: "Working tree state" }],
    }),
  execute_command: (frame, say, server) => {
    say(commandStarted(frame));
    server.push(commandOutput(1, "42 passed"));
    server.push(commandOutput(2, "1 warning", "stderr"));
    server.push(commandComplete(0));
  },
  kill_command: (_frame, say, server) => {
    say({ type: "ack", message: "Command terminated" });
    server.push(commandComplete(143, "SIGTERM"));
  },
  get_command_history: (_frame, say) =>
    say({
      type: "command_history",
      sessions: [
        {
          command_session_id: remoteCommandRun,
          command_id: "npm.test",
          shell_command: "npm run test",
          working_directory: "/home/anna/shop",
          timestamp: at,
          exit_code: 0,
          duration_ms: 1_250,
          output_preview: "42 passed",
        },
      ],
      limit: 50,
      has_more: false,
      next_cursor: null,
    }),
  get_command_output: (_frame, say) => say(outputPage),
};
