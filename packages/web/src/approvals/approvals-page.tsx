import { Link } from "wouter";
import { Badge } from "../design/badge.tsx";
import { Notice } from "../design/notice.tsx";
import { PageHead } from "../design/page-head.tsx";
import { useConnection } from "../remote/use-connection.ts";
import { useDecisions, usePermissions } from "../remote/use-permissions.ts";
import { DecisionList } from "./decision-list.tsx";
import { NewsOfDecisions } from "./news-of-decisions.tsx";
import { PermissionCard } from "./permission-card.tsx";
import { SessionName } from "./session-name.tsx";
import { useSettled } from "./use-settled.ts";
import classes from "./approvals-page.module.css";

/** Every question of every agent, the oldest first ([APPROVE-1]). */
export function ApprovalsPage() {
  const open = usePermissions();
  const decisions = useDecisions();
  const connection = useConnection();
  const isSettled = useSettled(open.map(({ request_id: id }) => id).join(" "));
  return (
    <div className={classes["page"]}>
      <PageHead title="Approvals">
        {open.length === 0 ? null : <Badge tone="warn">{open.length} waiting</Badge>}
      </PageHead>
      <NewsOfDecisions decisions={decisions} />
      {connection.name === "ready" || open.length === 0 ? null : (
        <Notice tone="warn" title="No connection to the server">
          <p>These questions may have been answered meanwhile. An answer is sent as soon as the server is back.</p>
        </Notice>
      )}
      {open.length > 0 ? (
        <ul className={classes["list"]} aria-label="Open questions">
          {open.map((request) => (
            <li key={request.request_id}>
              <PermissionCard
                request={request}
                isSettled={isSettled}
                session={
                  <Link href={`/sessions/${request.session_id}`} className={classes["session"]}>
                    <SessionName sessionId={request.session_id} />
                  </Link>
                }
              />
            </li>
          ))}
        </ul>
      ) : connection.name === "ready" ? (
        <Notice tone="empty" title="Nothing waits for you">
          <p>When an agent wants to do something that needs a yes, it is asked here, on every device.</p>
        </Notice>
      ) : (
        <Notice tone="warn" title="No connection to the server">
          <p>What agents ask is shown as soon as it answers.</p>
        </Notice>
      )}
      <DecisionList decisions={decisions} />
    </div>
  );
}
