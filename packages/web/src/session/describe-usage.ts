import type { RemoteAnswer } from "@parlatory/client";

const whole = new Intl.NumberFormat("en");
const cents = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 2 });
const fine = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 4 });

export function describeCount(count: number): string {
  return whole.format(count);
}

/** Small amounts are not rounded away. */
export function describeMoney(usd: number): string {
  return usd !== 0 && usd < 1 ? fine.format(usd) : cents.format(usd);
}

/** What one run used, as the agent reports it; a part it does not report is left out ([PROMPT-15], [PROMPT-16]). */
export function describeRun({ usage, totalCostUsd }: Pick<RemoteAnswer, "usage" | "totalCostUsd">): string | undefined {
  const cached = usage?.cache_read_input_tokens;
  const written = usage?.cache_creation_input_tokens;
  const parts = [
    usage === undefined ? undefined : `${describeCount(usage.input_tokens)} in`,
    usage === undefined ? undefined : `${describeCount(usage.output_tokens)} out`,
    cached === undefined || cached === 0 ? undefined : `${describeCount(cached)} read from cache`,
    written === undefined || written === 0 ? undefined : `${describeCount(written)} written to cache`,
    totalCostUsd === undefined ? undefined : describeMoney(totalCostUsd),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(" · ");
}
