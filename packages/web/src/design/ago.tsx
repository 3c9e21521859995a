import { useState, useSyncExternalStore } from "react";

const tickMs = 10_000;
/** Words of our own: the tables of the platform take longer to load than a page of them to show. */
const units: readonly (readonly [name: string, several: string, seconds: number])[] = [
  ["day", "days", 86_400],
  ["hr", "hr", 3_600],
  ["min", "min", 60],
];

/** How long ago, kept true while it is shown; the whole time is in the tooltip. */
export function Ago({ at }: { at: string }) {
  const now = useSyncExternalStore(subscribe, currentTick);
  const [title, setTitle] = useState<string>();
  return (
    <time dateTime={at} title={title} onPointerEnter={() => setTitle(new Date(at).toLocaleString())}>
      {describe(Math.max(0, now - Date.parse(at)) / 1000)}
    </time>
  );
}

function describe(seconds: number): string {
  for (const [name, several, size] of units) {
    const count = Math.floor(seconds / size);
    if (count > 0) return `${count} ${count === 1 ? name : several} ago`;
  }
  return "just now";
}

function subscribe(notify: () => void): () => void {
  const timer = setInterval(notify, tickMs);
  return () => clearInterval(timer);
}

function currentTick(): number {
  return Math.ceil(Date.now() / tickMs) * tickMs;
}
