import type { Scheduler } from "../../ports.ts";
import type { PushRequest } from "./push-target.ts";

/** What is needed of `fetch`. */
export type PushFetch = (
  url: string,
  init: {
    readonly method: "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; readonly body: { cancel(): Promise<void> } | null }>;

/** `gone`: nobody is there any more. `refused`: it will not be taken at another time either. `failed`: it may be. */
export interface PushAnswer {
  readonly outcome: "sent" | "gone" | "refused" | "failed";
  /** For logs. */
  readonly reason: string;
}

const TIME_LIMIT_MS = 10_000;

/** Sends a request once, within a time limit and to nowhere else than its address; reads nothing but the status. */
export async function postOnce(
  request: PushRequest,
  {
    fetch,
    scheduler,
    signal,
  }: { readonly fetch: PushFetch; readonly scheduler: Scheduler; readonly signal: AbortSignal },
): Promise<PushAnswer> {
  const { url, headers, body } = request;
  const late = new AbortController();
  const cancel = scheduler.after(TIME_LIMIT_MS, () => late.abort());
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, late.signal]),
    });
    // The answer is in the status, whatever becomes of the rest.
    await response.body?.cancel().catch(() => undefined);
    return { outcome: toOutcome(response.status), reason: `status ${response.status}` };
  } catch (error) {
    if (late.signal.aborted) return { outcome: "failed", reason: `no answer within ${TIME_LIMIT_MS / 1_000} s` };
    return { outcome: "failed", reason: codeOf(error) };
  } finally {
    cancel();
  }
}

function toOutcome(status: number): PushAnswer["outcome"] {
  if (status >= 200 && status < 300) return "sent";
  if (status === 404 || status === 410) return "gone";
  return status === 408 || status === 425 || status === 429 || status >= 500 ? "failed" : "refused";
}

/** The code of a network error; its text may name the address. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return error instanceof Error ? error.name : "unknown";
}
