import { useSyncExternalStore } from "react";

const tickMs = 10_000;
const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

/** How long ago, kept true while it is shown; the whole time is in the tooltip and for screen readers. */
export function Ago({ at }: { at: string }) {
  const now = useSyncExternalStore(subscribe, currentTick);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {describe(Math.max(0, now - Date.parse(at)) / 1000)}
    </time>
  );
}

function describe(seconds: number): string {
  for (const [unit, size] of units) if (seconds >= size) return format.format(-Math.floor(seconds / size), unit);
  return "just now";
}

function subscribe(notify: () => void): () => void {
  const timer = setInterval(notify, tickMs);
  return () => clearInterval(timer);
}

function currentTick(): number {
  return Math.ceil(Date.now() / tickMs) * tickMs;
}
