import { Link } from "wouter";
import { useDecisions, usePermissions } from "../remote/use-permissions.ts";
import { NewsOfDecisions } from "./news-of-decisions.tsx";
import { PermissionCard } from "./permission-card.tsx";
import { useSettled } from "./use-settled.ts";
import classes from "./session-approvals.module.css";

/** What this session asks, above where one writes to it; the oldest question, answered with one tap. */
export function SessionApprovals({ sessionId }: { sessionId: string }) {
  const open = usePermissions(sessionId);
  const decisions = useDecisions().filter(({ request }) => request.session_id === sessionId);
  const [request, ...others] = open;
  const isSettled = useSettled(request?.request_id ?? "");
  return (
    <div className={classes["approvals"]}>
      <NewsOfDecisions decisions={decisions} />
      {request === undefined ? null : (
        <PermissionCard key={request.request_id} request={request} isSettled={isSettled} isCompact />
      )}
      {others.length === 0 ? null : (
        <p className={classes["others"]}>
          <Link href="/approvals">{others.length} more</Link> of this session {others.length === 1 ? "waits" : "wait"}.
        </p>
      )}
    </div>
  );
}
