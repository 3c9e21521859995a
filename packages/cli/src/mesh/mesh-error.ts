/** The one place where refusals of the broker, on the socket or over HTTP, become documented failures of a command. */
import { ApiError, HttpUnreachableError, MeshRequestError } from "@parlatory/client";
import { isErrorKind, type ErrorKind } from "@parlatory/protocol";
import { CommandError } from "../harness/error.ts";

export interface MeshErrorSubject {
  /** What it was attempted on. */
  readonly target: string;
  /** What `not_found` means here. */
  readonly notFound?: ErrorKind | undefined;
  readonly operation?: string | undefined;
  /** Keys before `error` in the envelope, as they are when it fails. */
  readonly payload?: (() => object) | undefined;
  /** Hints that fit better here than those of the registry. */
  readonly hints?: Partial<Readonly<Record<ErrorKind, string>>> | undefined;
}

/** Codes that say the broker could not be asked, or that its answer got lost. */
const unreachable: ReadonlySet<string> = new Set([
  "connection_lost",
  "timeout",
  "client_ended",
  "slow_consumer",
  "too_many_errors",
]);

/** Codes of the REST interface that have another name on the command line. */
const sameAs: Readonly<Record<string, ErrorKind>> = {
  payload_too_large: "value_too_large",
  bad_key: "invalid_config",
  host_not_allowed: "forbidden",
  origin_not_allowed: "forbidden",
};

/** A `CommandError` for what the broker refused or could not be asked; anything else is returned as it is. */
export function toMeshError(thrown: unknown, subject: MeshErrorSubject): unknown {
  const code = codeOf(thrown);
  if (code === undefined || !(thrown instanceof Error)) return thrown;
  const kind = kindOf(code, subject);
  // An answer nobody documented is a defect, and is recorded as one.
  if (kind === undefined) return thrown;
  const lost = unreachable.has(code);
  return new CommandError({
    kind,
    target: subject.target,
    operation: lost ? (subject.operation ?? "connect") : subject.operation,
    message: messageOf(thrown, code),
    hint: lost ? "run the command again; it is not known whether the server did it" : subject.hints?.[kind],
    detail: detailOf(thrown),
    payload: subject.payload?.(),
    cause: thrown,
  });
}

/** Runs `work` and throws its refusals as `CommandError`. */
export async function withMeshErrors<Result>(subject: MeshErrorSubject, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw toMeshError(thrown, subject);
  }
}

/** The client begins with the name of its request, which means nothing to whoever ran a command. */
function messageOf({ message }: Error, code: string): string {
  const said = message.replace(/^[a-z_]+: /u, "");
  const reason = /^the connection ended \(close code 1006\): (.+)$/u.exec(said)?.[1];
  return code === "server_unreachable" && reason !== undefined ? `the server cannot be reached: ${reason}` : said;
}

function codeOf(thrown: unknown): string | undefined {
  if (thrown instanceof MeshRequestError || thrown instanceof ApiError || thrown instanceof HttpUnreachableError) {
    return thrown.code;
  }
  return undefined;
}

function kindOf(code: string, { notFound }: MeshErrorSubject): ErrorKind | undefined {
  if (unreachable.has(code)) return "server_unreachable";
  if (code === "not_found") return notFound;
  const kind = sameAs[code] ?? code;
  return isErrorKind(kind) && kind !== "internal" ? kind : undefined;
}

function detailOf(thrown: Error): Record<string, unknown> | undefined {
  const detail: Record<string, unknown> = {};
  if (thrown instanceof MeshRequestError) {
    const { field, limit, retryAfterMs, serverTime, current } = thrown.detail;
    Object.assign(detail, { field, limit, retry_after_ms: retryAfterMs, server_time: serverTime, current });
  } else if (thrown instanceof ApiError) {
    const { field, limit, current } = thrown.body;
    Object.assign(detail, { field, limit, current });
  }
  const given = Object.entries(detail).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}
