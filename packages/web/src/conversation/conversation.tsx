import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import { useMemo, useRef, useState } from "react";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { useIsOnline } from "../remote/use-connection.ts";
import { useRemote } from "../remote/remote-context.ts";
import { usePermissions } from "../remote/use-permissions.ts";
import { useSession } from "../remote/use-session.ts";
import { BeforeFirst, ConversationState } from "./conversation-states.tsx";
import type { FollowedHistory } from "./follow/followed-history.ts";
import { useHistory } from "./follow/use-history.ts";
import { FindBar } from "./find/find-bar.tsx";
import { useFind } from "./find/use-find.ts";
import { useMarkedWords } from "./find/use-marked-words.ts";
import { FoldContext, FoldState } from "./fold/fold-state.ts";
import { Announcer } from "./live/announcer.tsx";
import { WorkingLine } from "./live/working-line.tsx";
import { ConversationActionsContext } from "./rows/conversation-actions.ts";
import { GapLine } from "./rows/gap-line.tsx";
import type { OwnRow } from "./rows/tail-row.ts";
import { useOwnRows } from "./rows/use-own-rows.ts";
import { ConversationList, type ConversationListHandle } from "./scroll/conversation-list.tsx";
import { useTargetSeq } from "./scroll/use-target-seq.ts";
import classes from "./conversation.module.css";

/** What was said in a session, as it happens. It scrolls inside of the room it is given. */
export function Conversation({ sessionId }: { sessionId: string }) {
  const history = useHistory(sessionId);
  const isOnline = useIsOnline();
  const { data: session } = useSession(sessionId);
  const ownRows = useOwnRows(history, sessionId, session?.queued_prompts ?? 0);
  const isEmpty = history === undefined || (history.timeline.rows.length === 0 && ownRows.length === 0);
  return (
    <section className={classes["conversation"]} aria-label="Conversation">
      {isEmpty ? (
        <div className={classes["state"]}>
          <ConversationState history={history} isOnline={isOnline} />
        </div>
      ) : (
        <Entries key={sessionId} history={history} ownRows={ownRows} session={session} isOnline={isOnline} />
      )}
      {history === undefined ? null : <Announcer history={history} />}
    </section>
  );
}

function Entries(props: {
  history: FollowedHistory;
  ownRows: readonly OwnRow[];
  session: RemoteSessionDetail | undefined;
  isOnline: boolean;
}) {
  const { history, ownRows, session, isOnline } = props;
  const { client } = useRemote();
  const list = useRef<ConversationListHandle>(null);
  const area = useRef<HTMLDivElement>(null);
  const [folds] = useState(() => new FoldState(() => list.current?.hold()));
  const target = useTargetSeq(history, (index) => list.current?.goTo(index, { focus: true }));
  const find = useFind(history, list, folds);
  useMarkedWords(area, find.words ?? "");
  const actions = useMemo(
    () => ({
      isOnline,
      loadMissing: () => history.retry(),
      isMissing: (afterSeq: number, beforeSeq: number) => history.isMissing(afterSeq, beforeSeq),
      takeBack: (promptId: string) => client.cancelPrompt(promptId),
    }),
    // A hole that was filled or given up looks different.
    [client, history, isOnline, history.version],
  );
  const state = session?.state ?? "idle";
  const isBusy = isOnline && state !== "idle" && state !== "gone";
  // The question itself stands below then, and says more.
  const isAsked = usePermissions(history.sessionId).length > 0;
  const { missingEnd } = history;
  return (
    <ConversationActionsContext value={actions}>
      <FoldContext value={folds}>
        {find.words === undefined ? null : (
          <FindBar
            words={find.words}
            at={find.at}
            found={find.found.length}
            hasOlder={history.hasOlder && !history.isFull && isOnline}
            isLoading={history.isLoadingOlder}
            onWords={find.look}
            onStep={find.step}
            onOlder={() => void history.loadOlder()}
            onClose={find.close}
          />
        )}
        <div className={classes["area"]} ref={area}>
          <ConversationList
            ref={list}
            history={history}
            ownRows={ownRows}
            isRunning={isBusy}
            isOnline={isOnline}
            hasTarget={target.isSought}
            top={<BeforeFirst history={history} isOnline={isOnline} />}
            corner={
              find.words === undefined ? (
                <Button
                  className={classes["find"]}
                  onClick={find.open}
                  aria-label="Find in this conversation"
                  title="Find (/)"
                >
                  <Icon name="search" />
                </Button>
              ) : null
            }
          />
        </div>
        <div className={classes["below"]}>
          {target.message === undefined ? null : (
            <p className={classes["remark"]} role="status">
              {target.message}
            </p>
          )}
          {missingEnd === undefined ? null : <GapLine row={missingEnd} />}
          {isOnline ? null : (
            <p className={classes["remark"]} role="status">
              Offline. This is what is kept here; what comes is added when the server can be reached.
            </p>
          )}
          {state === "gone" ? (
            <p className={classes["remark"]} role="status">
              This session’s record is gone from the machine. What was loaded can still be read.
            </p>
          ) : null}
          {isBusy && !isAsked && session !== undefined ? (
            <WorkingLine session={session} since={lastAsked(history)} call={history.timeline.pendingCall} />
          ) : null}
        </div>
      </FoldContext>
    </ConversationActionsContext>
  );
}

/** When the newest prompt was written; undefined when it is not among the last rows. */
function lastAsked({ timeline }: FollowedHistory): number | undefined {
  const prompt = timeline.rows.slice(-200).findLast((row) => row.type === "prompt");
  return prompt === undefined ? undefined : Math.min(Date.now(), Date.parse(prompt.at));
}
