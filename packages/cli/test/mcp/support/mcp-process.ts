import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { fileURLToPath } from "node:url";

export const parl = fileURLToPath(new URL("../../../bin/parl.mjs", import.meta.url));

export interface RpcMessage {
  jsonrpc: "2.0";
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

export interface ToolResult {
  text: string;
  isError: boolean;
  structured: Record<string, unknown> | undefined;
}

/** A real `parl mcp` behind a raw JSON-RPC client. */
export class McpProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly startedAt = performance.now();
  readonly messages: RpcMessage[] = [];
  /** Lines of stdout that are no JSON-RPC. */
  readonly strayLines: string[] = [];
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stderr = "";
  #nextId = 1;
  #hasEnded = false;
  #wake: (() => void)[] = [];

  constructor(env: Record<string, string>, options: { cwd?: string; command?: string[] } = {}) {
    const [program = process.execPath, ...args] = options.command ?? [process.execPath, parl, "mcp"];
    this.child = spawn(program, args, {
      cwd: options.cwd ?? env["PARL_HOME"] ?? process.cwd(),
      env: { PATH: process.env["PATH"] ?? "", HOME: env["PARL_HOME"] ?? "", ...env },
      stdio: "pipe",
    });
    let rest = "";
    this.child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      rest += chunk;
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
      this.#wakeAll();
    });
    this.child.stderr.setEncoding("utf8").on("data", (chunk: string) => (this.stderr += chunk));
    this.child.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        this.#hasEnded = true;
        this.#wakeAll();
        resolve({ code, signal });
      });
    });
  }

  /** Says `initialize` and `notifications/initialized`; resolves with the result of the first. */
  async initialize(client = { name: "test", version: "1" }): Promise<Record<string, unknown>> {
    const { result } = await this.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: client,
    });
    this.notify("notifications/initialized");
    return result ?? {};
  }

  async request(method: string, params?: Record<string, unknown>): Promise<RpcMessage> {
    const id = this.#nextId++;
    this.write({ jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) });
    return await this.find((message) => message.id === id && message.method === undefined);
  }

  notify(method: string, params?: Record<string, unknown>): void {
    this.write({ jsonrpc: "2.0", method, ...(params === undefined ? {} : { params }) });
  }

  write(message: RpcMessage): void {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<ToolResult> {
    const { result, error } = await this.request("tools/call", { name, arguments: args });
    if (result === undefined) throw new Error(`${name}: ${error?.message}`);
    const [content] = result["content"] as { type: string; text: string }[];
    return {
      text: content?.text ?? "",
      isError: result["isError"] === true,
      structured: result["structuredContent"] as Record<string, unknown> | undefined,
    };
  }

  /** The first message, past or future, that fits. Rejects when the process ends first. */
  async find(fits: (message: RpcMessage) => boolean): Promise<RpcMessage> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      if (this.#hasEnded) throw new Error(`parl mcp ended; stderr: ${this.stderr}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  channelNotifications(): { content: string; meta: Record<string, string> }[] {
    return this.messages
      .filter((message) => message.method === "notifications/claude/channel")
      .map((message) => message.params as { content: string; meta: Record<string, string> });
  }

  /** Closes stdin, as an agent does, and waits for the end. */
  async close(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.stdin.end();
    return await this.ended;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }

  #take(line: string): void {
    try {
      this.messages.push(JSON.parse(line) as RpcMessage);
    } catch {
      this.strayLines.push(line);
    }
  }

  #wakeAll(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}
