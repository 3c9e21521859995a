/**
 * What exec-command and exec-tool do: find the row, ask whether it may run, run it, report [CMD-exec-command-2]. It must not
 * know how a row is run.
 */
import { CommandError } from "../harness/error.ts";
import { answer, type CommandResult } from "../harness/command.ts";
import type { CommandContext, StopReason, TextOutput } from "../harness/context.ts";
import { redactText } from "../harness/redact.ts";
import { findRow, unknownRow } from "../inventory/find-row.ts";
import type { CommandRow, ToolRow } from "../inventory/inventory.ts";
import { loadInventory } from "../inventory/load-inventory.ts";
import { resolveWorkingDirectory } from "../inventory/resolve-working-directory.ts";
import { quoteValue } from "../output/escape.ts";
import type { Execution } from "./execution.ts";
import { executedSentence, rowSentence } from "./mirrored-sentence.ts";

export interface NamedRowCall {
  readonly kind: "command" | "tool";
  readonly name: string;
  /** The prompt or the payload, verbatim. */
  readonly text: string;
  readonly timeoutSeconds: number;
  readonly workingDirectory: string | undefined;
  readonly inventory: string | undefined;
  readonly allowTool: readonly string[];
}

type FoundRow = CommandRow | ToolRow;
type RunnableRow = FoundRow & { readonly handler: NonNullable<FoundRow["handler"]> };

/**
 * Errors: `command_not_found` or `tool_not_found`, `permission_denied`, `invalid_payload`, `execution_failed`,
 * `execution_timeout`, `mcp_failed`, `interrupted`, and those of the inventory.
 */
export async function executeNamedRow(context: CommandContext, call: NamedRowCall): Promise<CommandResult> {
  const { kind, name, text } = call;
  const workingDirectory = resolveWorkingDirectory(context, call.workingDirectory);
  const inventory = await loadInventory(context, { directory: call.inventory, workingDirectory });
  const row = findRow<FoundRow>(kind === "command" ? inventory.commands : inventory.tools, name);
  const input = kind === "command" ? "prompt" : "payload";
  if (row === undefined) {
    const payload = { name, found: false, [input]: text, handled: false };
    const error = unknownRow(kind, name, { described: "mirrored", payload, text: () => error.message });
    throw error;
  }
  const known = { name: row.name, [input]: text, source_hint: row.sourceHint };
  if (!isRunnable(row)) {
    const message = rowSentence(kind, row, text);
    return answer({ ...known, handled: true, message, found: true }, (shown) => shown.message);
  }
  const refusal = await refuse(row, call.allowTool);
  if (refusal !== undefined) throw deniedError(call, known, refusal);
  return runFound(context, call, { row, known, workingDirectory });
}

function isRunnable(row: FoundRow): row is RunnableRow {
  return row.handler !== undefined;
}

/** Why the row may not be run; undefined when it may. */
async function refuse(row: RunnableRow, allowedTools: readonly string[]): Promise<Refusal | undefined> {
  if (row.handler.type === "parl") {
    const { refuseParlCommand } = await import("./parl-program.ts");
    const reason = refuseParlCommand(row.handler.words);
    return reason === undefined ? undefined : { reason, hint: `run \`parl ${row.handler.words.join(" ")}\` itself` };
  }
  if (!isTool(row)) return undefined;
  const { refuseTool } = await import("../inventory/gated-tools.ts");
  const reason = refuseTool(row, allowedTools)?.reason;
  return reason === undefined ? undefined : { reason, hint: "permit it with `--allow-tool {target}`" };
}

interface Refusal {
  readonly reason: string;
  readonly hint: string;
}

function isTool(row: FoundRow): row is ToolRow & RunnableRow {
  return row.kind === "shell" || row.kind === "mcp" || row.kind === "mesh" || row.kind === "tool";
}

function deniedError(
  { kind }: NamedRowCall,
  known: { readonly name: string },
  { reason, hint }: Refusal,
): CommandError {
  return new CommandError({
    kind: "permission_denied",
    operation: `exec_${kind}`,
    target: known.name,
    message: `${kind} ${quoteValue(known.name)} is refused: ${reason}`,
    hint,
    payload: { ...known, handled: false, found: true, permission_denials: [{ tool_name: known.name, reason }] },
  });
}

async function runFound(
  context: CommandContext,
  { kind, text, timeoutSeconds }: NamedRowCall,
  found: { readonly row: RunnableRow; readonly known: { readonly name: string }; readonly workingDirectory: string },
): Promise<CommandResult> {
  const { row, known, workingDirectory } = found;
  const { runRow } = await import("./run-row.ts");
  const runId = context.newId();
  const run = await runRow(context, row, text, { timeoutSeconds, workingDirectory });
  const { ending, durationMs, output, truncated } = run;
  const exitCode = ending.type === "exited" ? ending.exitCode : null;
  const message = executedSentence(kind, row, { exitCode, durationMs });
  const execution = { exit_code: exitCode, duration_ms: durationMs, output, truncated };
  const payload = { ...known, handled: true, message, found: true, execution };
  const failure = await findFailure(context, run, { kind, name: row.name, timeoutSeconds });
  if (failure === undefined) return answer(payload, textOf, { runId });
  const shown = { message, execution: { output: redactText(output) } };
  throw new CommandError({ ...failure, payload, runId, text: () => textOf(shown) });
}

async function findFailure(
  context: CommandContext,
  { ending }: Execution,
  subject: { readonly kind: "command" | "tool"; readonly name: string; readonly timeoutSeconds: number },
): Promise<import("./run-failure.ts").RunFailure | undefined> {
  if (ending.type === "exited" && ending.exitCode === 0) return undefined;
  const { describeRunFailure } = await import("./run-failure.ts");
  const reason = context.signal.reason as StopReason | undefined;
  return describeRunFailure(ending, { ...subject, signal: reason?.signal ?? null });
}

function textOf({
  message,
  execution,
}: {
  readonly message: string;
  readonly execution: { readonly output: string };
}): TextOutput {
  return execution.output === "" ? message : [message, execution.output];
}
