import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { claudeFiles } from "./claude-files.ts";
import { addHooks, addMcpServer, removeHooks, removeMcpServer, UnexpectedShapeError } from "./registration.ts";
import { writeProgramLauncher } from "./program-launcher.ts";
import { backUp, FileChangedError, readUserFile, replaceUserFile, type UserFile } from "./user-file.ts";

export interface RegistrationChange {
  readonly changed: boolean;
  /** The files looked at, whether they changed or not. */
  readonly mcpFile: string;
  readonly settingsFile: string;
  /** Copies made before anything was written. */
  readonly backups: readonly string[];
}

/** Another program writes these files too; after so many collisions the user decides. */
const maxAttempts = 3;
const emptyFile = "{}\n";

/** Registers MCP server and hooks with Claude Code [CLI-8]. Errors: `invalid_config` for a file that is not what it should be, `filesystem`. */
export async function addRegistration(
  context: CommandContext,
  { hooks }: { readonly hooks: boolean },
): Promise<RegistrationChange> {
  // Refused before anything is written, our own launcher included.
  await planChange(context, { mcp: (text) => text, settings: (text) => text });
  const parl = await writeProgramLauncher(context);
  return change(context, {
    mcp: (text) => addMcpServer(text ?? emptyFile, parl),
    settings: (text) => (hooks ? addHooks(text ?? emptyFile, parl) : text),
  });
}

/** Takes out what `addRegistration` put in, and every hook that runs `parl hook` [CLI-8]. The same errors. */
export async function removeRegistration(context: CommandContext): Promise<RegistrationChange> {
  return change(context, {
    mcp: (text) => (text === undefined ? undefined : removeMcpServer(text)),
    settings: (text) => (text === undefined ? undefined : removeHooks(text)),
  });
}

type Edit = (text: string | undefined) => string | undefined;

interface Edits {
  readonly mcp: Edit;
  readonly settings: Edit;
}

interface PlannedFile {
  readonly file: UserFile;
  readonly result: string | undefined;
}

async function planChange(context: CommandContext, edits: Edits): Promise<{ mcp: PlannedFile; settings: PlannedFile }> {
  const paths = claudeFiles(context);
  const plan = async (path: string, edit: Edit): Promise<PlannedFile> => {
    const file = await readUserFile(path);
    // An empty file is what an editor or a crash left of nothing.
    const text = file.text?.trim() === "" ? emptyFile : file.text;
    return { file, result: applyEdit(path, text, edit) };
  };
  return { mcp: await plan(paths.mcp, edits.mcp), settings: await plan(paths.settings, edits.settings) };
}

function applyEdit(path: string, text: string | undefined, edit: Edit): string | undefined {
  try {
    if (text !== undefined) JSON.parse(text);
    return edit(text);
  } catch (cause) {
    const problem = cause instanceof UnexpectedShapeError ? cause.message : "it is not JSON";
    if (!(cause instanceof UnexpectedShapeError) && !(cause instanceof SyntaxError)) throw cause;
    throw new CommandError({
      kind: "invalid_config",
      target: path,
      operation: "read",
      message: `cannot change ${path}: ${problem}; no file was changed`,
      hint: `correct ${path}, then run the command again`,
      cause,
    });
  }
}

async function change(context: CommandContext, edits: Edits): Promise<RegistrationChange> {
  const backups: string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const { mcp, settings } = await planChange(context, edits);
    const pending = [mcp, settings].filter(({ file, result }) => result !== undefined && result !== file.text);
    const answer = { mcpFile: mcp.file.path, settingsFile: settings.file.path, backups };
    if (pending.length === 0) return { ...answer, changed: backups.length > 0 || attempt > 1 };
    try {
      if (attempt === 1) {
        for (const { file } of [mcp, settings]) {
          const copy = await backUp(file, context.now());
          if (copy !== undefined) backups.push(copy);
        }
      }
      for (const { file, result = "" } of pending) await replaceUserFile(file, result, context.pid);
      return { ...answer, changed: true };
    } catch (cause) {
      if (!(cause instanceof FileChangedError)) throw cause;
      if (attempt < maxAttempts) continue;
      throw new CommandError({
        kind: "invalid_config",
        target: answer.mcpFile,
        operation: "write",
        retryable: true,
        message: `cannot change ${cause.message}: another program keeps writing it`,
        hint: "close the running agents, then run the command again",
        cause,
      });
    }
  }
}
