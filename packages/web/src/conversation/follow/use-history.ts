import { useEffect, useState, useSyncExternalStore } from "react";
import { useRemote } from "../../remote/remote-context.ts";
import { useHistoryKeeper } from "../history-keeper.ts";
import type { FollowedHistory } from "./followed-history.ts";
import { enterHistory, leaveHistory } from "./held-histories.ts";

const nothing = (): (() => void) => () => undefined;

/** The history of a session for as long as it is shown, rendered anew with every change; undefined until it is followed. */
export function useHistory(sessionId: string): FollowedHistory | undefined {
  const { client } = useRemote();
  const keeper = useHistoryKeeper();
  const [history, setHistory] = useState<FollowedHistory>();
  useEffect(() => {
    const entered = enterHistory(client, keeper, sessionId);
    setHistory(entered);
    const keep = (): void => (document.visibilityState === "hidden" ? entered.save() : undefined);
    document.addEventListener("visibilitychange", keep);
    return () => {
      document.removeEventListener("visibilitychange", keep);
      leaveHistory(client, sessionId);
    };
  }, [client, keeper, sessionId]);
  useSyncExternalStore(history?.subscribe ?? nothing, () => history?.version ?? 0);
  return history;
}
