import { join } from "node:path";
import type { CommandContext } from "../harness/context.ts";

export interface ClaudeFiles {
  /** MCP servers of the user, among much else. */
  readonly mcp: string;
  /** Hooks of the user, among much else. */
  readonly settings: string;
}

/** The files `parl install` registers in; `CLAUDE_CONFIG_DIR` moves both [CLI-8]. */
export function claudeFiles({ env, userHome }: Pick<CommandContext, "env" | "userHome">): ClaudeFiles {
  const { claudeConfigDir } = env;
  if (claudeConfigDir !== undefined && claudeConfigDir !== "") {
    return { mcp: join(claudeConfigDir, ".claude.json"), settings: join(claudeConfigDir, "settings.json") };
  }
  return { mcp: join(userHome, ".claude.json"), settings: join(userHome, ".claude", "settings.json") };
}
