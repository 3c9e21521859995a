import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from "react";
import { Button } from "../../design/button.tsx";
import type { FollowedHistory } from "../follow/followed-history.ts";
import type { ListRow, OwnRow } from "../rows/tail-row.ts";
import { LIVE_ROWS } from "../timeline/timeline.ts";
import { isSaid } from "../timeline/timeline-row.ts";
import { Entry } from "./entry.tsx";
import { estimateRow } from "./estimate-row.ts";
import { keepPlace, placeIn } from "./reading-places.ts";
import { restingWork } from "./resting-work.ts";
import { RowPreparer } from "./row-preparer.ts";
import classes from "./conversation-list.module.css";

/** Within so many pixels of the end one is at the end. */
const AT_END = 24;
/** Room above the first row for what is said about older ones. */
const TOP = 64;

export interface ConversationListHandle {
  /** Brings a row to the upper edge and the focus to it, if wanted. */
  goTo(index: number, options?: { readonly focus?: boolean }): void;
  /** Somebody reads what is here: what comes does not move it. */
  hold(): void;
  focus(): void;
}

export interface ConversationListProps {
  readonly history: FollowedHistory;
  /** Own prompts that are to be seen behind the messages. */
  readonly ownRows: readonly OwnRow[];
  readonly isRunning: boolean;
  readonly isOnline: boolean;
  /** Above the first row. */
  readonly top: ReactNode;
  /** Over the rows, beside the way to the end. */
  readonly corner: ReactNode;
  /** Somebody means to go somewhere else than where they were. */
  readonly hasTarget: boolean;
  readonly ref: Ref<ConversationListHandle>;
}

/**
 * The rows that can be seen, of all there are. At the end it stays at the end; anywhere else what is read stays where it is,
 * whatever comes in front of it or behind it. One tab stop: the keyboard moves between rows.
 */
export function ConversationList(props: ConversationListProps) {
  const { history, ownRows, isRunning, isOnline, top, corner, hasTarget, ref } = props;
  const { timeline, version } = history;
  const scroller = useRef<HTMLDivElement>(null);
  const [isStuck, setStuck] = useState(() => !hasTarget && placeIn(history.sessionId) === undefined);
  const [activeKey, setActiveKey] = useState<string>();
  const [seenSeq, setSeenSeq] = useState(() => history.timeline.lastSeq ?? 0);
  const [sizes] = useState(() => [...(placeIn(history.sessionId)?.sizes ?? [])]);
  const wantsFocus = useRef(false);
  const activeIndex = useRef(-1);
  const lastTop = useRef(0);
  const isPlaced = useRef(false);

  const count = timeline.rows.length + ownRows.length;
  // What was laid out before a change must still be found under its old number: older pages make another array of rows, and
  // appended messages change no number unless there are own prompts behind them. Else these stay the same from one rendering
  // to the next, or everything would be measured anew.
  const { rows } = timeline;
  const said = ownRows.length === 0 ? Infinity : rows.length;
  const rowAt = useCallback(
    (index: number): ListRow | undefined => (index < said ? rows[index] : ownRows[index - said]),
    [rows, ownRows, said],
  );
  const getItemKey = useCallback((index: number) => rowAt(index)?.key ?? index, [rowAt]);
  const estimateSize = useCallback(
    (index: number) => estimateRow(rowAt(index), Math.min(760, (scroller.current?.clientWidth ?? 760) - 32)),
    [rowAt],
  );
  // The row that has the focus is kept, however far one scrolls away.
  const rangeExtractor = useCallback((range: Range) => {
    const indexes = defaultRangeExtractor(range);
    const active = activeIndex.current;
    if (active < 0 || active >= range.count || indexes.includes(active)) return indexes;
    return [...indexes, active].sort((a, b) => a - b);
  }, []);
  activeIndex.current = indexOfActive(activeKey, activeIndex.current, count, rowAt);

  const virtualizer = useVirtualizer<HTMLDivElement, HTMLElement>({
    count,
    getScrollElement: () => scroller.current,
    getItemKey,
    estimateSize,
    rangeExtractor,
    initialMeasurementsCache: sizes,
    overscan: 5,
    paddingStart: TOP,
    paddingEnd: 24,
    anchorTo: "end",
    // While somebody reads, what grows at the end moves nothing.
    scrollEndThreshold: isStuck ? AT_END : -1,
    directDomUpdates: true,
    // Not by transforms: each row would be a layer of its own, to be drawn and put together in every frame.
    directDomUpdatesMode: "position",
  });

  const [preparer] = useState(() => new RowPreparer());
  const { startIndex, endIndex } = virtualizer.range ?? { startIndex: 0, endIndex: -1 };
  useEffect(() => preparer.around(startIndex, endIndex, rowAt), [preparer, startIndex, endIndex, rowAt]);

  const nearTop = useEffectEvent((): void => {
    const element = scroller.current;
    if (element === null || count === 0 || !isPlaced.current || !isOnline) return;
    if (!history.hasOlder || history.isLoadingOlder || history.isFull || history.olderError !== undefined) return;
    if (element.scrollTop < element.clientHeight * 1.5) void history.loadOlder();
  });

  const scrolled = (): void => {
    const element = scroller.current;
    if (element === null) return;
    restingWork.scrolled();
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    const isBack = element.scrollTop < lastTop.current - 1;
    lastTop.current = element.scrollTop;
    if (distance <= AT_END) setStuck(true);
    else if (isBack && isStuck) leaveEnd();
    nearTop();
  };

  const stuck = useRef(isStuck);
  stuck.current = isStuck;
  const leaveEnd = useCallback((): void => {
    if (!stuck.current) return;
    stuck.current = false;
    setStuck(false);
    setSeenSeq(history.timeline.lastSeq ?? 0);
  }, [history]);

  const toEnd = (): void => {
    setStuck(true);
    virtualizer.scrollToEnd();
  };

  useImperativeHandle(
    ref,
    () => ({
      goTo(index, { focus = false } = {}) {
        leaveEnd();
        isPlaced.current = true;
        setActiveKey(rowAt(index)?.key);
        wantsFocus.current = focus;
        virtualizer.scrollToIndex(index, { align: "start" });
      },
      hold: leaveEnd,
      focus() {
        wantsFocus.current = true;
        setActiveKey((key) => key ?? rowAt(virtualizer.range?.endIndex ?? 0)?.key);
      },
    }),
    [leaveEnd, rowAt, virtualizer],
  );

  // Where one was, or the end, as soon as there is something.
  useLayoutEffect(() => {
    if (isPlaced.current || count === 0) return;
    isPlaced.current = !hasTarget;
    if (hasTarget) return;
    const place = placeIn(history.sessionId);
    const index = place === undefined ? -1 : history.timeline.indexOf(place.seq);
    if (place === undefined || index === -1) {
      setStuck(true);
      virtualizer.scrollToEnd();
      return;
    }
    const offset = virtualizer.getOffsetForIndex(index, "start")?.[0] ?? 0;
    virtualizer.scrollToOffset(offset + place.hidden);
  }, [count, hasTarget, history, virtualizer]);

  useLayoutEffect(() => {
    if (isStuck && isPlaced.current) virtualizer.scrollToEnd();
  }, [isStuck, version, virtualizer]);

  useEffect(() => nearTop(), [version, isOnline]);

  // The prompt box grows, a keyboard comes up: the end stays in sight.
  const resized = useEffectEvent(() => (isStuck ? virtualizer.scrollToEnd() : undefined));
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => resized());
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const leave = useEffectEvent((): void => {
    const offset = virtualizer.scrollOffset ?? 0;
    const item = virtualizer.getVirtualItemForOffset(offset);
    const row = item === undefined ? undefined : rowAt(item.index);
    const isAtEnd = isStuck || item === undefined || row === undefined || row.type === "own";
    const place = isAtEnd
      ? undefined
      : { seq: seqIn(row), hidden: offset - item.start, sizes: virtualizer.takeSnapshot() };
    keepPlace(history.sessionId, place);
  });
  useLayoutEffect(() => () => leave(), []);

  useLayoutEffect(() => {
    if (!wantsFocus.current || activeKey === undefined) return;
    const element = virtualizer.elementsCache.get(activeKey);
    if (element === undefined || !element.isConnected) return;
    wantsFocus.current = false;
    element.focus({ preventScroll: true });
  });

  const move = (to: number, step: 1 | -1): void => {
    let index = Math.max(0, Math.min(count - 1, to));
    while (index > 0 && index < count - 1 && rowAt(index)?.type === "day") index += step;
    if (index < count - 1) leaveEnd();
    wantsFocus.current = true;
    setActiveKey(rowAt(index)?.key);
    if (index === 0) virtualizer.scrollToOffset(0);
    else virtualizer.scrollToIndex(index, { align: "auto" });
  };

  const pressed = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
    const at = activeIndex.current === -1 ? count - 1 : activeIndex.current;
    const isRow = event.target instanceof HTMLElement && event.target.matches("article");
    if (event.key === "j" || event.key === "ArrowDown") move(at + 1, 1);
    else if (event.key === "k" || event.key === "ArrowUp") move(at - 1, -1);
    else if (event.key === "Home") move(0, 1);
    else if (event.key === "End") move(count - 1, -1);
    else if (isRow && (event.key === "Enter" || event.key === " ")) unfold(event.target as HTMLElement);
    else return;
    event.preventDefault();
  };

  const unseen = isStuck ? 0 : Math.max(0, (timeline.lastSeq ?? 0) - seenSeq);
  const isComplete = !history.hasOlder;
  return (
    <>
      <div className={classes["scroller"]} ref={scroller} onScroll={scrolled}>
        <div
          role="feed"
          aria-label="Conversation"
          aria-busy={history.isLoadingOlder}
          className={classes["rows"]}
          ref={virtualizer.containerRef}
          onKeyDown={pressed}
        >
          {virtualizer.getVirtualItems().map(({ key, index }) => {
            const row = rowAt(index);
            if (row === undefined) return null;
            const isActive = activeKey === undefined ? index === count - 1 : row.key === activeKey;
            return (
              <Entry
                key={key}
                row={row}
                index={index}
                isActive={isActive}
                isLive={isRunning && index >= timeline.rows.length - LIVE_ROWS}
                setSize={isComplete ? count : -1}
                measure={virtualizer.measureElement}
                onActive={setActiveKey}
              />
            );
          })}
        </div>
        <div className={classes["top"]}>{top}</div>
      </div>
      <div className={isStuck ? `${classes["corner"]} ${classes["atEnd"]}` : classes["corner"]}>{corner}</div>
      {isStuck || count === 0 ? null : (
        <Button className={classes["toEnd"]} onClick={toEnd}>
          {unseen === 0 ? "Latest ↓" : `${unseen} new ↓`}
        </Button>
      )}
    </>
  );
}

function indexOfActive(
  key: string | undefined,
  guess: number,
  count: number,
  rowAt: (index: number) => ListRow | undefined,
): number {
  if (key === undefined) return -1;
  if (rowAt(guess)?.key === key) return guess;
  for (let index = count - 1; index >= 0; index -= 1) if (rowAt(index)?.key === key) return index;
  return -1;
}

/** A message by which a row can be found again. */
function seqIn(row: Exclude<ListRow, { type: "own" }>): number {
  return isSaid(row) ? (row.seqs[0] ?? row.seq) : row.seq;
}

function unfold(row: HTMLElement): void {
  row.querySelector<HTMLElement>("[data-fold], [aria-expanded]")?.click();
}

function isTyping(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
