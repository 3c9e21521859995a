import { Link } from "wouter";
import { Ago } from "../design/ago.tsx";
import type { Decision } from "../remote/permission-desk.ts";
import { describeDecision } from "./describe-decision.ts";
import { SessionName } from "./session-name.tsx";
import classes from "./decision-list.module.css";

/** What became of the questions of late, small. */
export function DecisionList({ decisions }: { decisions: readonly Decision[] }) {
  if (decisions.length === 0) return null;
  return (
    <section aria-labelledby="decided">
      <h2 id="decided" className={classes["title"]}>
        Decided lately
      </h2>
      <ul className={classes["list"]}>
        {decisions.map((decision) => {
          const { request, resolution } = decision;
          return (
            <li key={request.request_id} className={classes["decision"]}>
              <span className={classes["what"]}>
                <code>{request.summary}</code>
              </span>
              <span className={classes["how"]}>{describeDecision(decision)}</span>
              <span className={classes["where"]}>
                <Link href={`/sessions/${request.session_id}`}>
                  <SessionName sessionId={request.session_id} />
                </Link>
                {resolution === undefined ? null : <Ago at={resolution.at} />}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
