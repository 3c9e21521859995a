import type { CommandContext } from "../harness/context.ts";
import { claudeFiles } from "./claude-files.ts";
import { hasHooks, hasMcpServer } from "./registration.ts";
import { readUserFile } from "./user-file.ts";

export interface Registration {
  readonly mcp: boolean;
  readonly hooks: boolean;
}

/** What `parl install` left in the user's files; a file that cannot be used has nothing in it. Changes nothing. */
export async function readRegistration(context: Pick<CommandContext, "env" | "userHome">): Promise<Registration> {
  const paths = claudeFiles(context);
  return { mcp: await holds(paths.mcp, hasMcpServer), hooks: await holds(paths.settings, hasHooks) };
}

async function holds(path: string, test: (text: string) => boolean): Promise<boolean> {
  try {
    const { text } = await readUserFile(path);
    return text !== undefined && test(text);
  } catch {
    return false;
  }
}
