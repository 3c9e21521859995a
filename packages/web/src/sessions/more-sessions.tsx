import { useEffect, useEffectEvent, useRef } from "react";
import { Button } from "../design/button.tsx";
import { describeNumber } from "../design/describe-number.ts";
import { describeFailure } from "../remote/describe-failure.ts";
import { useIsOnline } from "../remote/use-connection.ts";
import type { SessionList } from "./use-session-list.ts";
import classes from "./more-sessions.module.css";

/** The end of what is loaded. Scrolling there loads on, except where that would not show: in folded projects and searches. */
export function MoreSessions(props: { list: SessionList; isSearching: boolean; isByProject: boolean }) {
  const { list, isSearching, isByProject } = props;
  const isOnline = useIsOnline();
  const end = useRef<HTMLDivElement>(null);
  const loadsItself = list.hasMore && !isSearching && !isByProject && isOnline && list.error === undefined;
  const reached = useEffectEvent(() => (list.isLoadingMore ? undefined : list.loadMore()));
  const loaded = list.sessions?.length ?? 0;
  useEffect(() => {
    if (!loadsItself || end.current === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => (entries.some(({ isIntersecting }) => isIntersecting) ? reached() : undefined),
      { rootMargin: "600px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
    // Looked at anew after each page: the end may still be in sight.
  }, [loadsItself, loaded]);
  if (!list.hasMore) return null;
  const total = describeNumber(list.totalCount);
  return (
    <div ref={end} className={classes["more"]}>
      <p role="status">
        {isSearching
          ? `Searched the newest ${describeNumber(loaded)} of ${total} sessions.`
          : `${describeNumber(loaded)} of ${total} sessions are loaded.`}
        {list.isLoadingMore ? " Loading …" : ""}
        {list.error === undefined ? "" : ` Could not load more. ${describeFailure(list.error)}`}
      </p>
      {isSearching ? (
        <Button disabled={list.isLoadingMore} onClick={list.loadAll}>
          Search older ones too
        </Button>
      ) : (
        <Button disabled={list.isLoadingMore} onClick={list.loadMore}>
          Load more
        </Button>
      )}
    </div>
  );
}
