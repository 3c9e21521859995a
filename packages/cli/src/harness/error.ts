import type { ErrorKind } from "@parlatory/protocol";
import type { TextOutput } from "./context.ts";

export interface CommandErrorOptions {
  readonly kind: ErrorKind;
  /** What it was attempted on: id, path, name, URL. Default `<missing>`. */
  readonly target?: string | undefined;
  /** One line for people: what was attempted, on what, what was expected. Never a class name or a stack [ERR-2]. */
  readonly message: string;
  /** What was attempted; default from the registry. */
  readonly operation?: string | undefined;
  /** The next step, with the exact command where there is one; default from the registry. */
  readonly hint?: string | undefined;
  /** Only where a rule lets it differ from the registry ([SES-7], [ERR-4]). */
  readonly retryable?: boolean | undefined;
  /** Symbolic, such as `ENOSPC`. */
  readonly errno?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  /** Only for the session errors of load-session [ERR-1]. */
  readonly directory?: string | undefined;
  /** Keys before `error` in the envelope; default: the inputs that are keys of the payload [ERR-7]. */
  readonly payload?: object | undefined;
  /** Of a run that came as far as its engine or handler [ENV-8]. */
  readonly runId?: string | undefined;
  /**
   * Text mode: printed on stdout. For a harness command it replaces the line `error: MESSAGE` [ERR-6]; other commands
   * still print `parl: MESSAGE` on stderr after it.
   */
  readonly text?: (() => TextOutput) | undefined;
  readonly cause?: unknown;
}

/** A documented failure of a command; the framework turns it into `error` of the envelope or its text [ERR-1]. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly kind: ErrorKind;
  readonly options: CommandErrorOptions;

  constructor(options: CommandErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind;
    this.options = options;
  }
}

/** [ERR-4] */
const retryableErrnos = new Set([
  "EAGAIN",
  "EBUSY",
  "EINTR",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOSPC",
  "EDQUOT",
  "ETIMEDOUT",
]);

const errnoHints: Readonly<Record<string, string>> = {
  ENOSPC: "free some space on that file system, then run the command again",
  EDQUOT: "free some space within your quota, then run the command again",
  EACCES: "give this user the permission for that path, or choose another one",
  EPERM: "give this user the permission for that path, or choose another one",
  EROFS: "choose a path on a file system that can be written",
  ENOENT: "check that the path exists",
  ENOTDIR: "choose a path whose parent is a directory",
  EISDIR: "choose a path that is not a directory",
  EEXIST: "choose a path that does not exist yet",
  ELOOP: "remove the circular link, or choose another path",
  ENAMETOOLONG: "choose a shorter path",
  EMFILE: "close other programs or raise the limit of open files, then run the command again",
  ENFILE: "close other programs or raise the limit of open files, then run the command again",
};

export interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

/** True for an error the operating system gave, as Node reports it. */
export function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    typeof Reflect.get(error, "code") === "string" &&
    typeof Reflect.get(error, "syscall") === "string"
  );
}

/**
 * The `filesystem` error for a failed system call on `target` (a path): retryable and hint follow from errno [ERR-4].
 * `operation` is one of `mkdir`, `open`, `read`, `write`, `fsync`, `rename`; default: the call that failed.
 */
export function filesystemError(
  cause: unknown,
  options: { readonly target?: string; readonly operation?: string; readonly payload?: object } = {},
): CommandError {
  const system = isSystemError(cause) ? cause : undefined;
  const errno = system?.code;
  const target = options.target ?? system?.path;
  const operation = options.operation ?? system?.syscall;
  return new CommandError({
    kind: "filesystem",
    target,
    operation,
    message: `cannot ${operation ?? "open"} '${target ?? "<missing>"}'${errno === undefined ? "" : `: ${errno}`}`,
    retryable: errno !== undefined && retryableErrnos.has(errno),
    hint: errno === undefined ? undefined : errnoHints[errno],
    errno,
    payload: options.payload,
    cause,
  });
}
