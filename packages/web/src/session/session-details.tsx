import type { RemoteAnswer } from "@parlatory/client";
import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import type { ReactNode } from "react";
import { Ago } from "../design/ago.tsx";
import { CopyText } from "./copy-text.tsx";
import { describeCount, describeMoney, describeRun } from "./describe-usage.ts";
import { GrantedTools } from "./granted-tools.tsx";
import { PermissionModeField } from "./permission-mode-field.tsx";
import classes from "./session-header.module.css";

/** Everything else that is known of a session. What is in the context is kept apart from what was used over time. */
export function SessionDetails(props: { session: RemoteSessionDetail; lastAnswer: RemoteAnswer | undefined }) {
  const { session, lastAnswer } = props;
  const { context_tokens: contextTokens, total_cost_usd: totalCostUsd } = session;
  const lastRun = lastAnswer === undefined ? undefined : describeRun(lastAnswer);
  return (
    <div className={classes["details"]}>
      <dl className={classes["facts"]}>
        <Fact label="Agent">{session.agent}</Fact>
        {session.model === undefined ? null : <Fact label="Model">{session.model}</Fact>}
        {contextTokens === undefined ? null : (
          <Fact label="In the context now">{describeCount(contextTokens)} tokens</Fact>
        )}
        {totalCostUsd === undefined ? null : (
          <Fact label="Cost so far, as the agent reports">{describeMoney(totalCostUsd)}</Fact>
        )}
        {lastRun === undefined ? null : <Fact label="Last run, as the agent reports">{lastRun}</Fact>}
        <Fact label="Messages">
          {session.message_count_exact === false ? "at least " : ""}
          {describeCount(session.message_count)}
        </Fact>
        <Fact label="Begun">
          <Ago at={session.created_at} />
        </Fact>
        <Fact label="Working directory">
          <CopyText label="working directory" text={session.working_directory} />
        </Fact>
        <Fact label="Session id">
          <CopyText label="session id" text={session.session_id} />
        </Fact>
      </dl>
      <div className={classes["rights"]}>
        <PermissionModeField sessionId={session.session_id} mode={session.permission_mode} />
        <GrantedTools sessionId={session.session_id} tools={session.granted_tools} />
      </div>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes["fact"]}>
      <dt className={classes["label"]}>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
