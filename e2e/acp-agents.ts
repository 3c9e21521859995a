/** The real agents of the Agent Client Protocol that the end-to-end tests run, and what each needs and does. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentProgram } from "./agent-program.ts";
import { claudeEnvironment } from "./claude-environment.ts";
import { claudeProgram } from "./claude.ts";

export interface AcpAgent {
  readonly name: string;
  /** Undefined when it is not installed. */
  readonly program: string | undefined;
  readonly arguments: readonly string[];
  /** A call of its shell by the model, and the name it gives the client for it. */
  readonly shell: (command: string) => { name: string; input: Record<string, unknown> };
  readonly shellName: RegExp;
  /** From its start to its first request to the model, on a slow machine. */
  readonly startsWithinSeconds: number;
  readonly canSteer: boolean;
  readonly reportsUsage: boolean;
  /** It may be told to ask for nothing; Claude Code refuses that to root. */
  readonly hasBypassMode: boolean;
  /** A refused tool is the end of the turn. */
  readonly rejectEndsTurn: boolean;
  /** May write its configuration to `home`. */
  readonly environment: (home: string, modelUrl: string) => Record<string, string>;
}

const hostEnvironment = (home: string) => ({ PATH: process.env["PATH"] ?? "", HOME: home });

/** Asks before every command. */
const openCodeConfiguration = (modelUrl: string) => ({
  model: "fake/m1",
  small_model: "fake/m1",
  permission: { bash: "ask" },
  provider: {
    fake: {
      npm: "@ai-sdk/anthropic",
      options: { baseURL: `${modelUrl}/v1`, apiKey: "dummy" },
      models: { m1: { name: "m1", limit: { context: 200_000, output: 8000 } } },
    },
  },
});

/** Asks before every command; its own sandbox needs a kernel that not every test machine has. */
const codexConfiguration = (modelUrl: string) => `
model = "gpt-5.4"
model_provider = "fake"
approval_policy = "untrusted"
sandbox_mode = "danger-full-access"
[model_providers.fake]
name = "fake"
base_url = "${modelUrl}/v1"
env_key = "FAKE_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
`;

export const acpAgents: readonly AcpAgent[] = [
  {
    name: "claude-agent-acp",
    program: claudeProgram === undefined ? undefined : agentProgram("PARL_TEST_CLAUDE_ACP", "claude-agent-acp"),
    arguments: [],
    shell: (command) => ({ name: "Bash", input: { command, description: "a command" } }),
    shellName: /^Bash$/,
    startsWithinSeconds: 15,
    canSteer: true,
    reportsUsage: true,
    hasBypassMode: process.getuid?.() !== 0,
    rejectEndsTurn: false,
    environment: (home, modelUrl) => ({
      ...claudeEnvironment(home, modelUrl),
      CLAUDE_CODE_EXECUTABLE: claudeProgram ?? "",
    }),
  },
  {
    name: "opencode",
    program: agentProgram("PARL_TEST_OPENCODE", "opencode"),
    arguments: ["acp"],
    shell: (command) => ({ name: "bash", input: { command, description: "a command" } }),
    shellName: /^bash$/,
    startsWithinSeconds: 30,
    canSteer: false,
    reportsUsage: true,
    hasBypassMode: false,
    rejectEndsTurn: true,
    environment: (home, modelUrl) => {
      const file = join(home, "opencode.json");
      writeFileSync(file, JSON.stringify(openCodeConfiguration(modelUrl)));
      return {
        ...hostEnvironment(home),
        OPENCODE_CONFIG: file,
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_MODELS_FETCH: "1",
      };
    },
  },
  {
    name: "codex-acp",
    program: agentProgram("PARL_TEST_CODEX_ACP", "codex-acp"),
    arguments: [],
    shell: (command) => ({ name: "exec_command", input: { cmd: command } }),
    shellName: /^touch /, // the command itself
    startsWithinSeconds: 8,
    canSteer: false,
    reportsUsage: false,
    hasBypassMode: false,
    rejectEndsTurn: true,
    environment: (home, modelUrl) => {
      const codexHome = join(home, ".codex");
      mkdirSync(codexHome);
      writeFileSync(join(codexHome, "config.toml"), codexConfiguration(modelUrl));
      return { ...hostEnvironment(home), CODEX_HOME: codexHome, FAKE_KEY: "dummy" };
    },
  },
];
