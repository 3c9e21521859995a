import type { PermissionRequest } from "@parlatory/client";
import { memo } from "react";
import { Link } from "wouter";
import { QuickAnswer } from "../approvals/quick-answer.tsx";
import { Ago } from "../design/ago.tsx";
import { describeNumber } from "../design/describe-number.ts";
import { Menu, MenuItem } from "../design/menu.tsx";
import type { KnownSession } from "./known-session.ts";
import { isPlaceholder } from "./project-names.ts";
import { SessionStateBadge } from "./session-state-badge.tsx";
import classes from "./session-row.module.css";
import { Icon } from "../design/icon.tsx";

export interface SessionActions {
  readonly hide: (session: KnownSession) => void;
  readonly startIn: (directory: string) => void;
  readonly showFiles: (directory: string) => void;
  readonly menuChanged: (isOpen: boolean) => void;
}

/** One session; the whole row leads to it. */
export const SessionRow = memo(function SessionRow(props: {
  session: KnownSession;
  /** Shown unless a heading above says it. */
  project: string | undefined;
  request: PermissionRequest | undefined;
  actions: SessionActions;
}) {
  const { session, project, request, actions } = props;
  const { sessionId, name, workingDirectory, preview, agent } = session;
  const hasDirectory = !isPlaceholder(workingDirectory);
  return (
    <div className={classes["row"]}>
      <div className={classes["head"]}>
        <Link href={`/sessions/${sessionId}`} className={classes["name"]}>
          {name}
        </Link>
        <span className={classes["time"]}>
          <Ago at={session.lastModified} />
        </span>
      </div>
      <p className={classes["preview"]}>{preview === "" ? "No message text" : preview}</p>
      <div className={classes["foot"]}>
        <SessionStateBadge session={request === undefined ? session : { ...session, state: "waiting_permission" }} />
        <span className={classes["facts"]}>
          {project === undefined ? null : <span title={workingDirectory}>{project}</span>}
          <span>{agent}</span>
          <span>{describeCount(session)}</span>
        </span>
        <span className={classes["menu"]}>
          <Menu label={`Actions for ${name}`} sign={<Icon name="menu" />} onOpenChange={actions.menuChanged}>
            {hasDirectory ? (
              <>
                <MenuItem onClick={() => actions.startIn(workingDirectory)}>New session here</MenuItem>
                <MenuItem onClick={() => actions.showFiles(workingDirectory)}>Files for agents</MenuItem>
              </>
            ) : null}
            <MenuItem onClick={() => actions.hide(session)}>Hide on this device</MenuItem>
          </Menu>
        </span>
      </div>
      {request === undefined ? null : <QuickAnswer key={request.request_id} request={request} />}
    </div>
  );
});

function describeCount({ messageCount, isCountExact }: KnownSession): string {
  return `${isCountExact ? "" : "≥ "}${describeNumber(messageCount)} ${messageCount === 1 ? "message" : "messages"}`;
}
