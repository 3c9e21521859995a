import { SmallButton } from "../fold/small-button.tsx";
import type { GapRow } from "../timeline/timeline-row.ts";
import { useConversationActions } from "./conversation-actions.ts";
import classes from "./rows.module.css";

/** A hole in what is here ([CLIENT-4]): being filled, to be filled by hand, or for ever. */
export function GapLine({ row }: { row: Pick<GapRow, "afterSeq" | "beforeSeq"> }) {
  const { isMissing, loadMissing, isOnline } = useConversationActions();
  const count = row.beforeSeq - row.afterSeq - 1;
  const messages = count === 1 ? "1 message" : `${count.toLocaleString()} messages`;
  if (!isMissing(row.afterSeq, row.beforeSeq)) {
    return <p className={classes["gap"]}>{messages} of this place are no longer kept by the server.</p>;
  }
  return (
    <p className={classes["gap"]}>
      <span>{messages} missing</span>
      {isOnline ? <SmallButton onClick={loadMissing}>Load</SmallButton> : <span>· they come with the connection</span>}
    </p>
  );
}
