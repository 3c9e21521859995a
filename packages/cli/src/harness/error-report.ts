/** The one conversion point from what a command threw to what a caller reads [ERR-1], [ENV-11]. Loaded only on failure. */
import { ERROR_KINDS } from "@parlatory/protocol/error-kinds";
import type { AnyCommandDefinition } from "./command.ts";
import type { StopReason } from "./context.ts";
import type { ErrorObject } from "./envelope.ts";
import { CommandError, filesystemError, isSystemError } from "./error.ts";
import { redactText, redactValue } from "./redact.ts";
import type { RunScope } from "./run-scope.ts";
import { cut, escapeText } from "../output/escape.ts";

const maxTargetLength = 1024;
const filesystemCalls = new Set([
  "access",
  "chmod",
  "chown",
  "close",
  "copyfile",
  "fstat",
  "fsync",
  "ftruncate",
  "lchmod",
  "link",
  "lstat",
  "mkdir",
  "mkdtemp",
  "open",
  "opendir",
  "read",
  "readdir",
  "readlink",
  "realpath",
  "rename",
  "rm",
  "rmdir",
  "scandir",
  "stat",
  "symlink",
  "unlink",
  "utime",
  "write",
]);

/** A failed system call on a file is the machine's affair; everything else nobody foresaw is our defect. */
export function toCommandError(thrown: unknown): CommandError | undefined {
  if (thrown instanceof CommandError) return thrown;
  if (isSystemError(thrown) && filesystemCalls.has(thrown.syscall)) return filesystemError(thrown);
  return undefined;
}

export function internalError(incident: string, cause: unknown): CommandError {
  return new CommandError({
    kind: "internal",
    message: `an unexpected failure of the program; it is recorded as incident ${incident}`,
    hint: `report incident ${incident}; PARL_HOME/logs/cli.log has the details`,
    detail: { incident },
    cause,
  });
}

export function interruptedError(signal: string | null, payload?: object): CommandError {
  return new CommandError({
    kind: "interrupted",
    message: `ended by ${signal ?? "a signal"} before the command had finished`,
    detail: { signal },
    payload,
  });
}

/** `command` fills `{command}` in hints, and is operation and target where the error names none. */
export function toErrorObject(error: CommandError, command: string): ErrorObject {
  const row = ERROR_KINDS[error.kind];
  const { options } = error;
  const namesCommand = error.kind === "parse" || error.kind === "internal" || error.kind === "interrupted";
  const target = cut(
    redactText(error.kind === "parse" ? command : (options.target ?? (namesCommand ? command : "<missing>"))),
    maxTargetLength,
  );
  const operation = options.operation ?? (row.operation === "run" ? command.replaceAll(/[ -]/gu, "_") : row.operation);
  const hint = options.hint ?? row.hint;
  return {
    kind: error.kind,
    category: row.category,
    operation: operation === "" ? row.operation : operation,
    target: target === "" ? "<missing>" : target,
    retryable: options.retryable ?? row.retryable,
    message: escapeText(redactText(options.message)),
    hint: escapeText(redactText(fillHint(hint === "" ? row.hint : hint, { command, target }))),
    ...(options.errno === undefined ? {} : { errno: options.errno }),
    ...(options.detail === undefined ? {} : { detail: redactValue(options.detail) }),
    ...(options.directory === undefined ? {} : { directory: redactText(options.directory) }),
  };
}

/** A usage error ends with 2 in text mode only [EXIT-1]. */
export function errorExitCode(error: CommandError, format: "text" | "json"): number {
  return error.kind === "parse" && format === "text" ? 2 : ERROR_KINDS[error.kind].exitCode;
}

const maxHintValue = 200;

function fillHint(template: string, values: { readonly command: string; readonly target: string }): string {
  const known = values.command === "<missing>" ? "" : values.command;
  return template
    .replaceAll("`parl {command} --help`", known === "" ? "`parl --help`" : "`parl {command} --help`")
    .replaceAll("{command}", () => cut(known, maxHintValue))
    .replaceAll("{target}", () => shellWord(cut(values.target, maxHintValue)));
}

/** So that the command in a hint can be copied: quoted where the shell would split or expand it. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_.,:/@%+=-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The stack with all its causes, for the log only [ERR-2]. */
export function describeThrown(thrown: unknown): string {
  const parts: string[] = [];
  let current: unknown = thrown;
  while (current instanceof Error && parts.length < 8) {
    parts.push(current.stack ?? `${current.name}: ${current.message}`);
    current = current.cause;
  }
  if (current !== undefined && !(current instanceof Error)) {
    parts.push(typeof current === "string" ? current : (JSON.stringify(current) ?? typeof current));
  }
  return parts.join("\ncaused by: ");
}

/** How a run ended that gave no result. */
export type FailedSettlement =
  | { readonly type: "thrown"; readonly thrown: unknown }
  | { readonly type: "defect"; readonly thrown: unknown }
  | { readonly type: "abandoned"; readonly reason: StopReason };

/** The documented error for a run that did not give a result. */
export async function toReportedError(
  scope: Pick<RunScope, "interruption" | "toInternalError">,
  definition: AnyCommandDefinition,
  settlement: FailedSettlement,
): Promise<CommandError> {
  if (settlement.type === "abandoned") return interruptedError(settlement.reason.signal);
  if (settlement.type === "defect") return scope.toInternalError(settlement.thrown);
  const { thrown } = settlement;
  const { reason } = scope.interruption;
  // What broke because of the signal is not a failure of its own, unless the command says what became of its work.
  const decidesItself = definition.interrupt === "own" && thrown instanceof CommandError;
  if (reason !== undefined && !decidesItself) return interruptedError(reason.signal);
  return toCommandError(thrown) ?? (await scope.toInternalError(thrown));
}
