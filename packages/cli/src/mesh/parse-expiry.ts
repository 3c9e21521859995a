import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";

const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };
const maxSeconds = 365 * 86_400;
const date = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/u;

/** When an invite ends, in seconds since the epoch: `<n>m|h|d` up to 365d, or an ISO date in that span [CLI-14]. Errors: `bad_request`. */
export function parseExpiry(text: string, now: Date): number {
  const nowSeconds = Math.floor(now.getTime() / 1_000);
  const span = /^(\d{1,9})([mhd])$/u.exec(text);
  const seconds = span === null ? secondsUntil(text, nowSeconds) : Number(span[1]) * (unitSeconds[span[2] ?? ""] ?? 0);
  if (seconds !== undefined && seconds > 0 && seconds <= maxSeconds) return nowSeconds + seconds;
  throw new CommandError({
    kind: "bad_request",
    operation: "create_invite",
    target: text,
    message:
      seconds === undefined
        ? `--expires ${quoteValue(text)} is neither a span such as 30m, 12h or 7d nor an ISO date`
        : `--expires ${quoteValue(text)} is not between now and 365 days from now`,
    hint: "give `--expires 7d`, or a date such as `--expires 2027-01-31T12:00:00Z`",
  });
}

function secondsUntil(text: string, nowSeconds: number): number | undefined {
  const at = date.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.floor(at / 1_000) - nowSeconds;
}
