import { lazy, Suspense } from "react";
import classes from "./session-lines-list.module.css";
import type { LinesProps } from "./virtual-lines.tsx";

/** From so many lines on only those near the screen are in the page. */
const maxPlain = 100;
const VirtualLines = lazy(async () => ({ default: (await import("./virtual-lines.tsx")).VirtualLines }));

/** The lines of the list, one below the other; few as they are, many only as far as they can be seen. */
export function SessionLinesList(props: LinesProps) {
  if (props.lines.length <= maxPlain) return <PlainLines {...props} />;
  return (
    <Suspense fallback={<PlainLines {...props} lines={props.lines.slice(0, maxPlain)} />}>
      <VirtualLines {...props} />
    </Suspense>
  );
}

function PlainLines({ lines, list, render }: LinesProps) {
  return (
    <ol ref={list} className={classes["lines"]} aria-label="Sessions">
      {lines.map((line) => (
        <li key={line.key} className={classes[line.kind]}>
          {render(line)}
        </li>
      ))}
    </ol>
  );
}
