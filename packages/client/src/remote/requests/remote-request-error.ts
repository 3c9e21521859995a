import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";

/**
 * A request that got no success. `code` is one of the protocol ([RLIM-7]), or of the client: `session_locked` (a run has the
 * session; `lock` says which), `server_unreachable` (never written), `connection_lost` (written, the answer will not come),
 * `no_answer` (written, none in time), `limit_reached` (a queue of the client is full), `client_ended`.
 */
export class RemoteRequestError extends Error {
  override readonly name = "RemoteRequestError";
  readonly code: string;
  /** The same request may succeed later without change. */
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly lock: RemoteServerMessageOf<"session_locked"> | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      retryable?: boolean | undefined;
      details?: Readonly<Record<string, unknown>> | undefined;
      lock?: RemoteServerMessageOf<"session_locked"> | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE_HERE.has(code);
    this.details = options.details;
    this.lock = options.lock;
  }
}

const RETRYABLE_HERE: ReadonlySet<string> = new Set([
  "session_locked",
  "server_unreachable",
  "connection_lost",
  "no_answer",
]);

/** The refusal that an `error` or `session_locked` of the server means. */
export function refusalOf(
  frame: RemoteServerMessageOf<"error"> | RemoteServerMessageOf<"session_locked">,
): RemoteRequestError {
  if (frame.type === "session_locked") return new RemoteRequestError("session_locked", frame.message, { lock: frame });
  return new RemoteRequestError(frame.code, frame.message, { retryable: frame.retryable, details: frame.details });
}
