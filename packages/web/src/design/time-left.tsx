import { useEffect, useState } from "react";

/** How long until then, kept true while it is shown; to the second when it is close. */
export function TimeLeft({ until }: { until: string }) {
  const end = Date.parse(until);
  const [now, setNow] = useState(() => Date.now());
  const seconds = Math.max(0, Math.ceil((end - now) / 1000));
  const isClose = seconds <= closeSeconds;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), isClose ? 1_000 : 5_000);
    return () => clearInterval(timer);
  }, [isClose]);
  return (
    <time dateTime={until} title={new Date(until).toLocaleString()}>
      {describe(seconds)}
    </time>
  );
}

const closeSeconds = 90;

function describe(seconds: number): string {
  if (seconds === 0) return "no time left";
  if (seconds <= closeSeconds) return `${seconds} s left`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min left`;
  return `${Math.floor(minutes / 60)} h left`;
}
