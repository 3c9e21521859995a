/** The one place where refusals of the remote become documented failures of a command. */
import { RemoteRequestError } from "@parlatory/client";
import type { ErrorKind } from "@parlatory/protocol";
import { CommandError } from "../harness/error.ts";

export interface RemoteErrorSubject {
  /** What it was attempted on. */
  readonly target: string;
  readonly operation?: string | undefined;
  /** What `not_found` means here. */
  readonly notFound?: ErrorKind | undefined;
  /** Keys before `error` in the envelope, as they are when it fails. */
  readonly payload?: (() => object) | undefined;
  readonly hints?: Partial<Readonly<Record<ErrorKind, string>>> | undefined;
}

const unreachable: ReadonlySet<string> = new Set([
  "server_unreachable",
  "connection_lost",
  "no_answer",
  "client_ended",
  "shutting_down",
  "not_connected",
]);

const kinds: Readonly<Record<string, ErrorKind>> = {
  not_allowed: "forbidden",
  too_many: "limit_reached",
  queue_full: "limit_reached",
  limit_reached: "limit_reached",
  too_large: "bad_request",
  missing_field: "bad_request",
  invalid_field: "bad_request",
  invalid_json: "bad_request",
  unknown_type: "bad_request",
  unsupported: "engine_unsupported",
  conflict: "bad_request",
  prompt_id_conflict: "id_conflict",
  session_locked: "session_locked",
  agent_error: "engine_failed",
  agent_unavailable: "engine_unavailable",
  timeout: "execution_timeout",
  killed: "run_ended_early",
  cancelled: "run_ended_early",
  server_restarted: "run_ended_early",
  io_error: "storage_unavailable",
};

/** Refusals without a code of their own, by their fixed texts. */
const byText: readonly (readonly [pattern: RegExp, kind: ErrorKind])[] = [
  [/^Session not found: /u, "session_not_found"],
  [/^Permission request not found: /u, "approval_not_found"],
  [/^Command output not found: /u, "output_not_found"],
  [/^Unknown command: /u, "command_not_found"],
  [/^Directory does not exist: /u, "invalid_working_directory"],
  [/^Directory not allowed: /u, "forbidden"],
  [/^Unknown agent: /u, "engine_unavailable"],
  [/^Agent .+ cannot compact$/u, "engine_unsupported"],
  [/^Too many running commands$/u, "limit_reached"],
];

const ownHints: Partial<Readonly<Record<ErrorKind, string>>> = {
  session_not_found: "run `parl sessions list` to see the sessions of the server",
  session_locked: "wait for the run to end, add `--mode queue`, or end it with `parl kill {target}`",
  command_not_found: "run `parl run` without a command to see what is offered in this directory",
  invalid_working_directory: "give an existing directory of the server with `--directory DIR`",
  forbidden: "use a directory or a mode that the server's settings allow",
  limit_reached: "wait until something has ended, then run the command again",
  engine_unavailable: "run `parl doctor` where the server runs; `--agent echo` needs nothing",
  engine_unsupported: "go on without it: the session's agent cannot do this",
  id_conflict: "leave the id out, or give one that was not used for another prompt",
  execution_timeout: "prompt the session again, or raise `remote.run_timeout_s` of the server",
};

/** A `CommandError` for what the server refused or could not be asked; anything else is returned as it is. */
export function toRemoteError(thrown: unknown, subject: RemoteErrorSubject): unknown {
  if (!(thrown instanceof RemoteRequestError)) return thrown;
  const { code, message, details, lock } = thrown;
  const kind = kindOf(thrown, subject);
  // An answer nobody documented is a defect, and is recorded as one.
  if (kind === undefined) return thrown;
  const isLost = code !== "server_unreachable" && unreachable.has(code);
  const hint = subject.hints?.[kind] ?? ownHints[kind];
  return new CommandError({
    kind,
    target: subject.target,
    operation: isLost || kind === "server_unreachable" ? "connect" : subject.operation,
    message: kind === "server_unreachable" ? withoutCloseCode(message) : message,
    hint: isLost ? "run the command again; it is not known whether the server did it" : hint,
    retryable: kind === "limit_reached" ? thrown.retryable : undefined,
    detail: lock === undefined ? details : { holder: lock.holder, run_id: lock.run_id ?? null },
    payload: subject.payload?.(),
    cause: thrown,
  });
}

/** The server does not let this command line in. */
export function unauthorizedError(url: string, message: string, keyPath: string, cause: unknown): CommandError {
  return new CommandError({
    kind: "unauthorized",
    operation: "connect",
    target: url,
    message: `the server at ${url} does not accept the key in ${keyPath}: ${message}`,
    hint: "run the command where the server's PARL_HOME is; that server keeps its key there",
    cause,
  });
}

/** Runs `work` and throws its refusals as `CommandError`. */
export async function withRemoteErrors<Result>(
  subject: RemoteErrorSubject,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw toRemoteError(thrown, subject);
  }
}

function kindOf({ code, message }: RemoteRequestError, { notFound }: RemoteErrorSubject): ErrorKind | undefined {
  if (unreachable.has(code)) return "server_unreachable";
  const fixed = byText.find(([pattern]) => pattern.test(message))?.[1];
  if (fixed !== undefined) return fixed;
  if (code === "not_found") return notFound;
  if (code === "compaction_error") return "compaction_failed";
  if (code === "command_error") return "execution_failed";
  return kinds[code];
}

function withoutCloseCode(message: string): string {
  const reason = /the connection ended \(close code 1006\): (.+)$/u.exec(message)?.[1];
  return reason === undefined ? message : `the server cannot be reached: ${reason}`;
}
