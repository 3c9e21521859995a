import type { ToolStep } from "../timeline/timeline-row.ts";
import { editsOf } from "./edits-of.ts";
import classes from "./tools.module.css";

/** How many lines an edit brings and takes. */
export function EditCounts({ step }: { step: ToolStep }) {
  let added = 0;
  let removed = 0;
  for (const diff of editsOf(step)) {
    added += diff.added;
    removed += diff.removed;
  }
  if (added === 0 && removed === 0) return null;
  return (
    <span className={classes["counts"]}>
      <span className={classes["plus"]} aria-label={`${added} lines added`} role="img">
        +{added}
      </span>
      <span className={classes["minus"]} aria-label={`${removed} lines removed`} role="img">
        −{removed}
      </span>
    </span>
  );
}
