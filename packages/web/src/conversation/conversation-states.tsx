import { Button } from "../design/button.tsx";
import { Notice } from "../design/notice.tsx";
import type { FollowedHistory } from "./follow/followed-history.ts";
import { dayLabel } from "./rows/day-line.tsx";
import classes from "./conversation.module.css";

/** In place of a conversation that is not here (yet): why, and what one can do. */
export function ConversationState({ history, isOnline }: { history: FollowedHistory | undefined; isOnline: boolean }) {
  const error = history?.error;
  if (error !== undefined && error.code === "not_found") {
    return (
      <Notice tone="empty" title="There is no such session">
        <p>It may have been deleted on the machine, or belong to another server.</p>
        <Button onClick={() => history?.retry()}>Look again</Button>
      </Notice>
    );
  }
  if (error !== undefined) {
    return (
      <Notice tone="bad" title="Could not load the conversation">
        <p>{error.message}</p>
        <Button onClick={() => history?.retry()}>Try again</Button>
      </Notice>
    );
  }
  if (history?.isKnown === true) {
    return (
      <Notice tone="empty" title="Waiting for the first message">
        <p>Nothing is in this session’s log yet. What the agent writes appears here by itself.</p>
      </Notice>
    );
  }
  if (!isOnline) {
    return (
      <Notice tone="warn" title="Not connected">
        <p>Nothing of this session is kept on this device. It appears here when the server can be reached.</p>
      </Notice>
    );
  }
  return <Skeleton />;
}

function Skeleton() {
  return (
    <div className={classes["skeleton"]} role="status" aria-busy="true">
      <span className="visually-hidden">Loading the conversation …</span>
      <div />
      <div />
      <div />
    </div>
  );
}

/** Above the first message: what is before it. */
export function BeforeFirst({ history, isOnline }: { history: FollowedHistory; isOnline: boolean }) {
  const [first] = history.timeline.rows;
  if (first === undefined) return null;
  if (!history.hasOlder) return <span>Beginning of the session · {dayLabel(first.at)}</span>;
  if (history.isFull) return <span>Older messages are not shown: there is room for 20,000 here.</span>;
  if (!isOnline) return <span>Older messages come with the connection</span>;
  if (history.olderError !== undefined) {
    return (
      <>
        <span>Older messages could not be loaded: {history.olderError.message}</span>
        <Button look="quiet" onClick={() => history.retry()}>
          Try again
        </Button>
      </>
    );
  }
  return <span>Loading older messages …</span>;
}
