import type { AgentError } from "../agent-error.ts";
import { countAt, textAt, type JsonRecord } from "../json-fields.ts";
import { failureOfRetries } from "./claude-failure.ts";

/** How long a run may do nothing but try its requests to the model again [AGENT-9]. */
export const maxRetryingMs = 120_000;

const refusesCredentials: ReadonlySet<number | null> = new Set([401, 403]);

/** Watches the retries of one run, and says when they lead nowhere. Every other sign of work begins the count anew. */
export class ClaudeRetries {
  readonly #maxMs: number;
  readonly #giveUp: (failure: AgentError) => void;
  #last:
    | { readonly status: number | null; readonly word: string | undefined; readonly delayMs: number | null }
    | undefined;
  #timer: NodeJS.Timeout | undefined;
  #rateLimitDelayMs: number | undefined;

  /** `giveUp` is called at most once for each row of retries. */
  constructor(maxMs: number, giveUp: (failure: AgentError) => void) {
    this.#maxMs = maxMs;
    this.#giveUp = giveUp;
  }

  /** The last wait it announced before it tried a rate-limited request again. */
  get rateLimitDelayMs(): number | undefined {
    return this.#rateLimitDelayMs;
  }

  /** Takes a line that announces a retry. */
  handle(line: JsonRecord): {
    attempt: number | null;
    maxAttempts: number | null;
    delayMs: number | null;
    status: number | null;
  } {
    const delayMs = countAt(line, "retry_delay_ms") ?? null;
    const status = countAt(line, "error_status") ?? null;
    const word = textAt(line, "error");
    if (delayMs !== null && status === 429) this.#rateLimitDelayMs = delayMs;
    this.#last = { status, word, delayMs };
    if (word === "authentication_failed" || refusesCredentials.has(status)) {
      this.stop();
      this.#giveUp(failureOfRetries({ status, word, delayMs, retriedForMs: undefined }));
    } else this.#timer ??= setTimeout(() => this.#expire(), this.#maxMs);
    return {
      attempt: countAt(line, "attempt") ?? null,
      maxAttempts: countAt(line, "max_retries") ?? null,
      delayMs,
      status,
    };
  }

  /** The run goes on, or is over. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #expire(): void {
    this.#timer = undefined;
    const { status = null, word, delayMs = null } = this.#last ?? {};
    this.#giveUp(failureOfRetries({ status, word, delayMs, retriedForMs: this.#maxMs }));
  }
}
