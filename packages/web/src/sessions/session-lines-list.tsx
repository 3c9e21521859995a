import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useState, type ReactNode, type RefObject } from "react";
import type { SessionLine } from "./session-lines.ts";
import classes from "./session-lines-list.module.css";

/** From so many lines on only those near the screen are in the page. */
const maxPlain = 100;
const estimates: Readonly<Record<SessionLine["kind"], number>> = { session: 116, project: 72, rest: 48 };

/** The lines of the list, one below the other; few as they are, many only as far as they can be seen. */
export function SessionLinesList(props: {
  lines: readonly SessionLine[];
  list: RefObject<HTMLOListElement | null>;
  render: (line: SessionLine) => ReactNode;
}) {
  const { lines, list, render } = props;
  if (lines.length > maxPlain) return <VirtualLines {...props} />;
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

function VirtualLines(props: {
  lines: readonly SessionLine[];
  list: RefObject<HTMLOListElement | null>;
  render: (line: SessionLine) => ReactNode;
}) {
  const { lines, list, render } = props;
  const [top, setTop] = useState(0);
  // What stands above the list grows and shrinks, and the places of the lines with it.
  useLayoutEffect(() => {
    const measured = list.current === null ? 0 : list.current.getBoundingClientRect().top + window.scrollY;
    if (Math.abs(measured - top) >= 1) setTop(measured);
  });
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: (index) => estimates[lines[index]?.kind ?? "session"],
    getItemKey: (index) => lines[index]?.key ?? index,
    overscan: 8,
    scrollMargin: top,
  });
  return (
    <ol ref={list} className={classes["virtual"]} style={{ height: virtual.getTotalSize() }} aria-label="Sessions">
      {virtual.getVirtualItems().map(({ index, key, start }) => {
        const line = lines[index];
        return line === undefined ? null : (
          <li
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            className={classes[line.kind]}
            style={{ transform: `translateY(${start - top}px)` }}
            aria-setsize={lines.length}
            aria-posinset={index + 1}
          >
            {render(line)}
          </li>
        );
      })}
    </ol>
  );
}
