import type { CommandContext } from "../harness/context.ts";
import { hookEvents, type HookEvent } from "./ways-in/hook.ts";

/** What the agent says to its hook on stdin; everything may be missing [HOOK-20]. */
export interface HookInput {
  event: HookEvent | undefined;
  /** A helper inside the session runs this hook: what is put into its context never reaches the session itself. */
  isSubagent: boolean;
  sessionId: string | undefined;
  cwd: string;
}

const MAX_BYTES = 256 * 1024;
const WAIT_MS = 500;

/** Reads stdin for at most 500 ms, never from a terminal. Does not fail: what cannot be read is missing. */
export async function readHookInput(
  context: Pick<CommandContext, "isTerminal" | "readStdin" | "env" | "workingDirectory">,
): Promise<HookInput> {
  const fields = context.isTerminal.stdin
    ? {}
    : parseObject(await context.readStdin({ maxBytes: MAX_BYTES, timeoutMs: WAIT_MS, truncate: true }).catch(() => ""));
  const { claudeProjectDir } = context.env;
  const fallback =
    claudeProjectDir === undefined || claudeProjectDir === "" ? context.workingDirectory : claudeProjectDir;
  return {
    event: hookEvents.find((event) => event === fields["hook_event_name"]),
    isSubagent: nonEmpty(fields["agent_id"]) !== undefined,
    sessionId: nonEmpty(fields["session_id"]),
    cwd: nonEmpty(fields["cwd"]) ?? fallback,
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
