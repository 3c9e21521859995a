import type { ErrorKind } from "@parlatory/protocol";

/** The kinds of [ERR-3] that a driver may raise; what each means to a caller is in the registry. */
export const AGENT_ERROR_KINDS = [
  "engine_unavailable",
  "engine_unsupported",
  "engine_failed",
  "auth_required",
  "rate_limited",
  "invalid_working_directory",
  "session_load_failed",
  "session_locked",
] as const satisfies readonly ErrorKind[];

export type AgentErrorKind = (typeof AGENT_ERROR_KINDS)[number];

export interface AgentErrorOptions {
  readonly kind: AgentErrorKind;
  /** The program, session or directory it was attempted on. */
  readonly target: string;
  /** One line for people: what was attempted, on what, what was expected, what to do. */
  readonly message: string;
  /** Whether the same call may succeed later, where it differs from the registry. */
  readonly retryable?: boolean | undefined;
  /** The next step, where it differs from the registry. */
  readonly hint?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

const maxMessageChars = 400;

/** An operational failure of an agent: a caller branches on its kind. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly kind: AgentErrorKind;
  readonly target: string;
  readonly retryable: boolean | undefined;
  readonly hint: string | undefined;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(options: AgentErrorOptions) {
    super(oneLine(options.message), options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind;
    this.target = options.target;
    this.retryable = options.retryable;
    this.hint = options.hint;
    this.detail = options.detail ?? {};
  }
}

/** `text` as one line of bounded length; what an agent says may be long and have many lines. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= maxMessageChars ? line : `${line.slice(0, maxMessageChars)}…`;
}
