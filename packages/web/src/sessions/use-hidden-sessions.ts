import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { describeFailure } from "../remote/describe-failure.ts";
import { useRemote } from "../remote/remote-context.ts";
import { remoteKeys } from "../remote/remote-keys.ts";
import { readHiddenSessions, writeHiddenSessions, type HiddenSession } from "./hidden-sessions.ts";
import { passes, type KnownSession, type SessionFilter } from "./known-session.ts";
import { withSession, withoutSession, type SessionListData } from "./session-list-data.ts";
import { showAgain } from "./show-again.ts";

export interface HiddenSessions {
  /** Newest first. */
  readonly hidden: readonly HiddenSession[];
  /** The one that was hidden last on this page, while that can be taken back with one tap. */
  readonly last: HiddenSession | undefined;
  readonly problem: string | undefined;
  readonly hide: (session: KnownSession) => void;
  readonly show: (session: HiddenSession) => void;
  readonly dismiss: () => void;
}

/** Hides sessions on this device and shows them again ([SESS-4]). The row goes at once and comes back if it could not be hidden. */
export function useHiddenSessions(): HiddenSessions {
  const { client } = useRemote();
  const queries = useQueryClient();
  const [hidden, setHidden] = useState(() => readHiddenSessions(localStorage));
  const [last, setLast] = useState<KnownSession | HiddenSession>();
  const [problem, setProblem] = useState<string>();

  const keep = (change: (known: readonly HiddenSession[]) => readonly HiddenSession[]): void => {
    const next = change(readHiddenSessions(localStorage));
    writeHiddenSessions(localStorage, next);
    setHidden(next);
  };
  const forget = (sessionId: string): void => keep((known) => known.filter((each) => each.sessionId !== sessionId));
  const changeLists = (how: (known: SessionListData, filter: SessionFilter) => SessionListData): void => {
    for (const [key, data] of queries.getQueriesData<SessionListData>({ queryKey: remoteKeys.sessionLists })) {
      if (data !== undefined) queries.setQueryData(key, how(data, key.at(-1) as SessionFilter));
    }
  };
  const putBack = (session: KnownSession): void =>
    changeLists((known, filter) => (passes(filter, session) ? withSession(known, session, true) : known));

  return {
    hidden,
    last,
    problem,
    hide(session) {
      const { sessionId, name } = session;
      setProblem(undefined);
      setLast(session);
      keep((known) => [{ sessionId, name }, ...known.filter((each) => each.sessionId !== sessionId)]);
      changeLists((known) => withoutSession(known, sessionId));
      client.sessions.hide(sessionId).catch((error: unknown) => {
        setLast(undefined);
        forget(sessionId);
        putBack(session);
        setProblem(`“${name}” was not hidden. ${describeFailure(error)}`);
      });
    },
    show(session) {
      setProblem(undefined);
      setLast(undefined);
      showAgain(client, session.sessionId).then(
        () => {
          forget(session.sessionId);
          if ("lastModified" in session) putBack(session as KnownSession);
        },
        (error: unknown) => setProblem(`“${session.name}” is still hidden. ${describeFailure(error)}`),
      );
    },
    dismiss() {
      setLast(undefined);
      setProblem(undefined);
    },
  };
}
