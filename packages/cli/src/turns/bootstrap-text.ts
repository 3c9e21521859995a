/** The text of bootstrap, section by section [CMD-bootstrap-7]; loaded only in text mode. */
import type { CommandContext } from "../harness/context.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { isTrustedDirectory } from "../reports/trusted-directory.ts";
import type { BootstrapPayload } from "./perform-bootstrap.ts";
import type { TurnEvent } from "./turn-event.ts";
import { readWorkspaceFacts, type WorkspaceFacts } from "./workspace-facts.ts";

export interface BootstrapTextParts {
  readonly context: Pick<CommandContext, "stages">;
  readonly inventory: Inventory;
  readonly events: readonly TurnEvent[];
  /** Absolute. */
  readonly workingDirectory: string;
}

export function createBootstrapText(parts: BootstrapTextParts): (payload: BootstrapPayload) => string[] {
  const { context, inventory, events, workingDirectory } = parts;
  const workspace = readWorkspaceFacts(workingDirectory);
  return (payload) => {
    const { setup, turn, routed_matches: matches } = payload;
    const section = (title: string, lines: readonly string[]) => ["", `## ${title}`, ...lines];
    return [
      "# Runtime Session",
      "",
      `Prompt: ${payload.prompt}`,
      ...section("Context", workspaceLines(workspace)),
      ...section("Setup", [
        `- Runtime: ${setup.implementation} ${setup.runtime_version}`,
        `- Platform: ${setup.platform_name}`,
        `- Test command: ${setup.test_command}`,
      ]),
      ...section(
        "Startup Steps",
        context.stages.map(({ name }) => `- ${name}`),
      ),
      ...section("System Init", [
        `- Trusted: ${isTrustedDirectory(workingDirectory) ? "True" : "False"}`,
        `- Distinct command names: ${new Set(inventory.commands.map(({ name }) => name)).size}`,
        `- Command entries: ${inventory.commands.length}`,
        `- Tool entries: ${inventory.tools.length}`,
      ]),
      ...section("Routed Matches", matchLines(matches)),
      ...section("Command Execution", orNone(payload.command_execution_messages)),
      ...section("Tool Execution", orNone(payload.tool_execution_messages)),
      ...section("Stream Events", events.map(eventLine)),
      ...section("Turn Result", [turn.output]),
      "",
      `Persisted session path: ${payload.persisted_session_path ?? "none"}`,
      "",
      "# Session History",
      "",
      ...historyLines(payload, workspace, inventory),
    ];
  };
}

function workspaceLines(facts: WorkspaceFacts): string[] {
  const count = (files: number) => `${files}${facts.isCut ? "+" : ""}`;
  const names = (folders: readonly string[]) => (folders.length === 0 ? "none" : folders.join(", "));
  return [
    `- Working directory: ${facts.directory}`,
    `- Source folders: ${names(facts.sourceFolders)}`,
    `- Test folders: ${names(facts.testFolders)}`,
    `- Source files: ${count(facts.sourceFiles)}`,
    `- Test files: ${count(facts.testFiles)}`,
    `- Asset files: ${count(facts.assetFiles)}`,
  ];
}

function matchLines(matches: BootstrapPayload["routed_matches"]): string[] {
  if (matches.length === 0) return ["- none"];
  return matches.map(({ kind, name, score, source_hint: hint }) => `- [${kind}] ${name} (${score}) — ${hint}`);
}

function orNone(messages: readonly string[]): readonly string[] {
  return messages.length === 0 ? ["none"] : messages;
}

/** JSON escapes line breaks, so an event is one line. */
function eventLine({ type, ...fields }: TurnEvent): string {
  return `- ${type}: ${JSON.stringify(fields)}`;
}

function historyLines(payload: BootstrapPayload, workspace: WorkspaceFacts, inventory: Inventory): string[] {
  const { turn } = payload;
  const commands = payload.command_execution_messages.length;
  const tools = payload.tool_execution_messages.length;
  return [
    `- context: source_files=${workspace.sourceFiles} test_files=${workspace.testFiles} asset_files=${workspace.assetFiles}`,
    `- registry: commands=${inventory.commands.length} tools=${inventory.tools.length}`,
    `- routing: matches=${payload.routed_matches.length}`,
    `- execution: command_messages=${commands} tool_messages=${tools}`,
    `- turn: stop_reason=${turn.stop_reason} denials=${turn.permission_denials.length}`,
    `- session_store: ${payload.persisted_session_path ?? "not saved"}`,
  ];
}
