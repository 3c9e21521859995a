import type { RemoteAnswer } from "@parlatory/client";
import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import { Collapsible } from "@base-ui/react/collapsible";
import { useState } from "react";
import { Link } from "wouter";
import { useEarlierPrompts } from "../composer/use-earlier-prompts.ts";
import { Badge } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { useRemoteEvent } from "../remote/use-remote-event.ts";
import { useSession } from "../remote/use-session.ts";
import { ReadAloud } from "../voice/read-aloud.tsx";
import { foldHome } from "../sessions/project-names.ts";
import { describeCount, describeMoney } from "./describe-usage.ts";
import { describePermissionMode } from "./permission-modes.ts";
import { describeRetry } from "./describe-retry.ts";
import { SessionDetails } from "./session-details.tsx";
import { SessionMenu } from "./session-menu.tsx";
import { SessionNote } from "./session-note.tsx";
import { SystemPromptNote } from "./system-prompt-note.tsx";
import { useCompaction } from "./use-compaction.ts";
import { useSessionActivity } from "./use-session-activity.ts";
import { useUnlock } from "./use-unlock.tsx";
import classes from "./session-header.module.css";

/** What a session is and what can be done with it: one line on a phone, two on a desk; the rest unfolds. */
export function SessionHeader({ sessionId, session }: { sessionId: string; session: RemoteSessionDetail | undefined }) {
  const { error } = useSession(sessionId);
  const activity = useSessionActivity(sessionId, session);
  const earlier = useEarlierPrompts(sessionId);
  const compaction = useCompaction(sessionId);
  const { unlock, message: unlockMessage, dialog: unlockDialog } = useUnlock(sessionId);
  const [lastAnswer, setLastAnswer] = useState<RemoteAnswer>();
  useRemoteEvent("answer", (answer) => (answer.sessionId === sessionId ? setLastAnswer(answer) : undefined));
  const name = session === undefined || session.name === "" ? "Session" : session.name;
  return (
    <Collapsible.Root render={<header />} className={classes["header"]}>
      <div className={classes["line"]}>
        <Link className={classes["back"]} href="/sessions" aria-label="Back to the sessions">
          <Icon name="back" />
        </Link>
        <h1 className={classes["name"]} title={name}>
          {name}
        </h1>
        {session?.permission_mode === "bypass" ? <Badge tone="bad">bypass</Badge> : null}
        {activity.kind === "unknown" ? null : (
          <span role="status">
            <Badge tone={activity.tone}>{activity.label}</Badge>
          </span>
        )}
        <ReadAloud sessionId={sessionId} />
        {session === undefined ? null : (
          <Collapsible.Trigger render={<Button look="quiet" />} className={classes["unfold"]} aria-label="Details">
            <Icon name="down" />
          </Collapsible.Trigger>
        )}
        <SessionMenu
          sessionId={sessionId}
          session={session}
          lastPrompt={() => earlier().at(-1) ?? ""}
          onCompact={compaction.compact}
          onUnlock={unlock}
        />
      </div>
      {session === undefined ? null : <Summary session={session} />}
      {session === undefined ? null : (
        <Collapsible.Panel className={classes["panel"]}>
          <SessionDetails session={session} lastAnswer={lastAnswer} />
        </Collapsible.Panel>
      )}
      <SystemPromptNote sessionId={sessionId} agent={session?.agent} />
      {session?.retry === undefined ? null : <SessionNote tone="warn">{describeRetry(session.retry)}</SessionNote>}
      {compaction.isUnderWay ? (
        <SessionNote>Compacting. This may take minutes; you can leave the page.</SessionNote>
      ) : null}
      {compaction.outcome === undefined ? null : (
        <SessionNote tone={compaction.outcome.isGood ? undefined : "bad"} onDismiss={compaction.dismiss}>
          {compaction.outcome.text}
        </SessionNote>
      )}
      {unlockMessage === undefined ? null : <SessionNote>{unlockMessage}</SessionNote>}
      {error === null || session !== undefined ? null : (
        <SessionNote tone="bad">What is known of this session could not be loaded: {error.message}</SessionNote>
      )}
      {unlockDialog}
    </Collapsible.Root>
  );
}

/** On a desk, where there is room for it. */
function Summary({ session }: { session: RemoteSessionDetail }) {
  const { context_tokens: contextTokens, total_cost_usd: totalCostUsd } = session;
  return (
    <ul className={classes["summary"]} aria-label="About the session">
      <li title={session.working_directory}>{foldHome(session.working_directory)}</li>
      <li>{session.model === undefined ? session.agent : `${session.agent}, ${session.model}`}</li>
      {session.permission_mode === "bypass" ? null : <li>{describePermissionMode(session.permission_mode)}</li>}
      {contextTokens === undefined ? null : <li>{describeCount(contextTokens)} tokens in context</li>}
      {totalCostUsd === undefined ? null : <li title="As the agent reports">{describeMoney(totalCostUsd)} so far</li>}
    </ul>
  );
}
