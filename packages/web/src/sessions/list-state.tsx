import { Ago } from "../design/ago.tsx";
import { Button } from "../design/button.tsx";
import { Notice } from "../design/notice.tsx";
import { describeFailure } from "../remote/describe-failure.ts";
import { useConnection } from "../remote/use-connection.ts";
import type { SessionList } from "./use-session-list.ts";
import classes from "./list-state.module.css";

/** What is to be known about the list itself: that it is old, empty, on its way, or could not be had. */
export function ListState(props: {
  list: SessionList;
  isEmpty: boolean;
  isFiltered: boolean;
  clearFilters: () => void;
}) {
  const { list, isEmpty, isFiltered, clearFilters } = props;
  const connection = useConnection();
  const isOnline = connection.name === "ready";
  if (list.sessions === undefined) {
    // The first try of a start is no reason to worry anybody.
    if (!isOnline && !(connection.name === "connecting" && connection.attempt === 1)) {
      return (
        <Notice tone="warn" title="No connection to the server">
          <p>The sessions are shown as soon as it answers.</p>
        </Notice>
      );
    }
    if (list.error === undefined || list.isLoading) return <Notice tone="loading" title="Loading the sessions …" />;
    return (
      <Notice tone="bad" title="Could not load the sessions">
        <p>{describeFailure(list.error)}</p>
        <Button onClick={list.reload}>Try again</Button>
      </Notice>
    );
  }
  return (
    <>
      {isOnline ? null : (
        <p className={classes["offline"]} role="status">
          Offline. This is what was known {list.knownSince === undefined ? "before" : <Ago at={list.knownSince} />}.
        </p>
      )}
      {isEmpty ? <Empty isFiltered={isFiltered} hasMore={list.hasMore} clearFilters={clearFilters} /> : null}
    </>
  );
}

function Empty(props: { isFiltered: boolean; hasMore: boolean; clearFilters: () => void }) {
  if (!props.isFiltered) {
    return (
      <Notice tone="empty" title="No sessions yet">
        <p>Start one here, or run an agent in a terminal on the server’s machine: it appears by itself.</p>
      </Notice>
    );
  }
  return (
    <Notice tone="empty" title="Nothing matches">
      <p>{props.hasMore ? "No loaded session fits. Older ones may." : "No session fits what you are looking for."}</p>
      <Button onClick={props.clearFilters}>Show all sessions</Button>
    </Notice>
  );
}
