import { useState } from "react";
import type { Decision } from "../remote/permission-desk.ts";
import { describeDecision } from "./describe-decision.ts";
import classes from "./news-of-decisions.module.css";

/** Says what became of a question that was on the screen and was not decided here. */
export function NewsOfDecisions({ decisions }: { decisions: readonly Decision[] }) {
  // What was decided before this was shown is no news.
  const [seen] = useState(() => new Set(decisions.map(idOf)));
  const newest = decisions[0];
  const isNews = newest !== undefined && newest.own !== "stands" && !seen.has(idOf(newest));
  return (
    <div role="status" className={classes["news"]}>
      {isNews ? (
        <p>
          {describeDecision(newest)}: <code>{newest.request.summary}</code>
        </p>
      ) : null}
    </div>
  );
}

function idOf({ request }: Decision): string {
  return request.request_id;
}
