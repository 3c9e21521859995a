import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useEffectEvent, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from "react";
import { Button } from "../../design/button.tsx";
import type { OutputBuffer } from "./output-buffer.ts";
import { OutputRow, type RowMatch } from "./output-row.tsx";
import type { OutputMatch } from "./output-search.ts";
import classes from "./output-view.module.css";
import { useOutput } from "./use-output.ts";

const ROW_PX = 20;
/** Nearer to the end than this, one follows it. */
const END_PX = 2 * ROW_PX;
const noMatches: readonly RowMatch[] = [];

export interface OutputViewHandle {
  show(place: number): void;
}

/** The lines of a command, of which only those in sight are in the page; follows the end until one scrolls away from it. */
export function OutputView(props: {
  output: OutputBuffer;
  label: string;
  isWrapped: boolean;
  /** In the order of places. */
  matches: readonly OutputMatch[];
  matchLength: number;
  current: OutputMatch | undefined;
  ref?: Ref<OutputViewHandle>;
}) {
  const { output, label, isWrapped, matches, matchLength, current, ref } = props;
  useOutput(output);
  const scroller = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const rows = useVirtualizer({
    count: output.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => output.firstPlace + index,
    overscan: 20,
  });
  const height = rows.getTotalSize();
  const lastTop = useRef(0);
  const toEnd = useEffectEvent(() => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
  });
  useLayoutEffect(() => {
    if (isFollowing) toEnd();
  }, [isFollowing, height, isWrapped]);
  useLayoutEffect(() => rows.measure(), [rows, isWrapped]);
  useKeptPlace(output, scroller, isFollowing);
  useImperativeHandle(ref, () => ({
    show(place) {
      setFollowing(false);
      rows.scrollToIndex(place - output.firstPlace, { align: "center" });
    },
  }));
  const handleScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < END_PX;
    // More may have come since it was scrolled to the end: only who goes up wants to stay somewhere.
    if (isAtEnd) setFollowing(true);
    else if (element.scrollTop < lastTop.current) setFollowing(false);
    lastTop.current = element.scrollTop;
  };
  const rowMatches = matchesByPlace(matches, { matchLength, current, items: rows.getVirtualItems(), output });
  return (
    <div className={classes["frame"]}>
      <div
        ref={scroller}
        className={isWrapped ? `${classes["scroller"]} ${classes["wrapped"]}` : classes["scroller"]}
        // A region that scrolls is reached by keys.
        tabIndex={0}
        role="region"
        aria-label={label}
        onScroll={handleScroll}
      >
        <div className={classes["sizer"]} style={{ height }}>
          <div
            className={classes["rows"]}
            style={{ transform: `translateY(${rows.getVirtualItems()[0]?.start ?? 0}px)` }}
          >
            {rows.getVirtualItems().map(({ index, key }) => {
              const place = output.firstPlace + index;
              const line = output.at(place);
              return line === undefined ? null : (
                <div key={key} data-index={index} ref={isWrapped ? rows.measureElement : undefined}>
                  <OutputRow line={line} matches={rowMatches.get(place) ?? noMatches} />
                </div>
              );
            })}
          </div>
        </div>
      </div>
      {isFollowing || output.length === 0 ? null : (
        <Button className={classes["end"]} onClick={() => setFollowing(true)}>
          ↓ To the end
        </Button>
      )}
    </div>
  );
}

/** When the oldest lines are cut, what one reads stays where it is. */
function useKeptPlace(
  output: OutputBuffer,
  scroller: { readonly current: HTMLDivElement | null },
  isFollowing: boolean,
): void {
  const { firstPlace } = output;
  const shown = useRef(firstPlace);
  const keep = useEffectEvent((cut: number) => {
    if (!isFollowing && scroller.current !== null) scroller.current.scrollTop -= cut * ROW_PX;
  });
  useEffect(() => {
    keep(firstPlace - shown.current);
    shown.current = firstPlace;
  }, [firstPlace]);
}

function matchesByPlace(
  matches: readonly OutputMatch[],
  what: {
    matchLength: number;
    current: OutputMatch | undefined;
    items: readonly { readonly index: number }[];
    output: OutputBuffer;
  },
): Map<number, RowMatch[]> {
  const found = new Map<number, RowMatch[]>();
  const { items, output, current, matchLength } = what;
  const first = output.firstPlace + (items[0]?.index ?? 0);
  const last = output.firstPlace + (items.at(-1)?.index ?? -1);
  for (let at = firstFrom(matches, first); at < matches.length; at += 1) {
    const match = matches[at];
    if (match === undefined || match.place > last) break;
    const { place, start } = match;
    const isCurrent = current?.place === place && current.start === start;
    const row = found.get(place);
    const rowMatch = { start, end: start + matchLength, isCurrent };
    if (row === undefined) found.set(place, [rowMatch]);
    else row.push(rowMatch);
  }
  return found;
}

/** Index of the first match at `place` or behind it. */
function firstFrom(matches: readonly OutputMatch[], place: number): number {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((matches[middle]?.place ?? Infinity) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
