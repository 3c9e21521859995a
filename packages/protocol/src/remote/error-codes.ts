/** Codes of the remote's `error` messages and whether the same request may succeed later ([RLIM-7]). */
export const REMOTE_ERROR_CODES = {
  invalid_json: { retryable: false },
  unknown_type: { retryable: false },
  missing_field: { retryable: false },
  invalid_field: { retryable: false },
  not_connected: { retryable: false },
  not_allowed: { retryable: false },
  not_found: { retryable: false },
  conflict: { retryable: false },
  prompt_id_conflict: { retryable: false },
  queue_full: { retryable: true },
  too_many: { retryable: true },
  agent_error: { retryable: false },
  agent_unavailable: { retryable: true },
  timeout: { retryable: true },
  interrupted: { retryable: false },
  killed: { retryable: false },
  cancelled: { retryable: false },
  server_restarted: { retryable: true },
  unsupported: { retryable: false },
  io_error: { retryable: true },
  internal: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;

export type RemoteErrorCode = keyof typeof REMOTE_ERROR_CODES;

/** A request of the remote that cannot be carried out. Thrown inside the rooms, turned into an `error` at the gateway. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly code: RemoteErrorCode;
  /** Set only when no run of that session is left because of this request ([CONN-12]). */
  readonly sessionId: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: RemoteErrorCode,
    message: string,
    options: { sessionId?: string | undefined; details?: Record<string, unknown> | undefined; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.sessionId = options.sessionId;
    this.details = options.details;
  }

  get retryable(): boolean {
    return REMOTE_ERROR_CODES[this.code].retryable;
  }
}
