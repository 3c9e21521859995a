/** Runs the real Claude Code command line, without account and network, against a scripted model. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { agentProgram } from "./agent-program.ts";
import { startFakeAnthropic, type FakeAnthropic, type FakeScenario } from "./fake-anthropic.mjs";

export const claudeProgram = agentProgram("PARL_TEST_CLAUDE", "claude");
const parl = fileURLToPath(new URL("../packages/cli/bin/parl.mjs", import.meta.url));

/** One line of the agent's output. */
export interface ClaudeEvent {
  type: string;
  subtype?: string;
  state?: string;
  session_id?: string;
  result?: string;
  is_error?: boolean;
  message?: { content?: string | { type: string; text?: string; name?: string; input?: unknown; content?: unknown }[] };
}

export interface ClaudePlan {
  /** A directory of its own: home, configuration and project of this agent. Reused by a resumed one. */
  directory: string;
  scenario: FakeScenario;
  sessionId: string;
  /** Goes on with the session instead of starting it. */
  resume?: boolean;
  /** For `parl mcp` and the hooks: `PARL_HOME`, `PARL_DISPLAY_NAME` and so on. */
  parlEnv: Record<string, string>;
  /** Registers the hooks of the mesh too. */
  hooks?: boolean;
}

/** One long-lived agent process that takes prompts on stdin and is idle between them. */
export class ClaudeProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly model: FakeAnthropic;
  readonly events: ClaudeEvent[] = [];
  readonly ended: Promise<number | null>;
  stderr = "";

  private constructor(plan: ClaudePlan, model: FakeAnthropic, program: string) {
    this.model = model;
    const home = join(plan.directory, "home");
    const project = join(plan.directory, "project");
    for (const path of [home, project]) mkdirSync(path, { recursive: true });
    const mcpServers = { parlatory: { command: process.execPath, args: [parl, "mcp"], env: plan.parlEnv } };
    const args = [
      "-p",
      ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose", "--replay-user-messages"],
      ...[plan.resume === true ? "--resume" : "--session-id", plan.sessionId],
      ...["--mcp-config", JSON.stringify({ mcpServers }), "--strict-mcp-config", "--allowedTools", "mcp__parlatory"],
      ...(plan.hooks === true ? ["--settings", JSON.stringify({ hooks: meshHooks() })] : []),
    ];
    this.child = spawn(program, args, {
      cwd: project,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: home,
        CLAUDE_CONFIG_DIR: join(home, ".claude"),
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: "dummy",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_TELEMETRY: "1",
        DISABLE_AUTOUPDATER: "1",
        CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: "1",
        ...(plan.hooks === true ? plan.parlEnv : {}),
      },
      stdio: "pipe",
    });
    let rest = "";
    this.child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.events.push(JSON.parse(line) as ClaudeEvent);
    });
    this.child.stderr.setEncoding("utf8").on("data", (chunk: string) => (this.stderr += chunk));
    this.child.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
  }

  static async start(plan: ClaudePlan): Promise<ClaudeProcess> {
    if (claudeProgram === undefined) throw new Error("claude is not installed");
    return new ClaudeProcess(plan, await startFakeAnthropic({ scenario: plan.scenario }), claudeProgram);
  }

  prompt(text: string): void {
    this.child.stdin.write(`${JSON.stringify({ type: "user", message: { role: "user", content: text } })}\n`);
  }

  /** Everything the model was shown as a user's turn, in the order of the stream. */
  userTexts(): string[] {
    return this.events.filter((event) => event.type === "user").map((event) => textOf(event.message?.content));
  }

  results(): string[] {
    return this.events.filter((event) => event.type === "result").map((event) => event.result ?? "");
  }

  /** Idle: the last reported state of the session is so. */
  get isIdle(): boolean {
    return this.events.findLast((event) => event.subtype === "session_state_changed")?.state === "idle";
  }

  /** Ends it as it is, with no chance to clean up. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    const stubborn = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await this.ended;
    clearTimeout(stubborn);
    await this.model.close();
  }
}

function meshHooks(): Record<string, unknown> {
  const run = (...args: string[]) => [
    { hooks: [{ type: "command", command: [process.execPath, parl, "hook", "deliver", ...args].join(" ") }] },
  ];
  return { UserPromptSubmit: run("--status", "working"), PostToolUse: run(), Stop: run("--status", "idle") };
}

function textOf(content: NonNullable<ClaudeEvent["message"]>["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((block) => block.text ?? JSON.stringify(block.content ?? "")).join("\n");
}
