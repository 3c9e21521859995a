import type { RemoteClient, RemoteConnectionState } from "@parlatory/client";
import { useDeferredValue } from "react";
import { Button } from "../design/button.tsx";
import { describeSince } from "../remote/describe-since.ts";
import { useRemote } from "../remote/remote-context.ts";
import { useConnection } from "../remote/use-connection.ts";
import { useRemoteValue } from "../remote/use-remote-value.ts";
import classes from "./app-banner.module.css";
import { useAppWorker, useAppWorkerState } from "./app-worker-context.ts";
import { readLastLive } from "./last-live.ts";
import { Banner } from "./banner.tsx";
import { EarlierPromptsNotice } from "./earlier-prompts-notice.tsx";
import { useKeepsNothing } from "./offline-context.ts";

/** Below the header, on every page: that there is no connection and what waits for it, or that there is a newer app; and what an
 * earlier sign-in left. */
export function AppBanner() {
  const { client } = useRemote();
  const connection = useConnection();
  const waiting = useRemoteValue(["prompts", "connection"], countUnsent);
  const keepsNothing = useKeepsNothing();
  const worker = useAppWorker();
  const hasUpdate = useAppWorkerState().name === "update";
  // Hardly ever there is one, so the first page does not wait for the look.
  const isLater = useDeferredValue(true, false);
  const isAway = isWithoutConnection(connection);
  return (
    <div className={classes["banners"]} role="status">
      {isAway ? (
        <Banner action={<Button onClick={() => client.wake()}>Try now</Button>}>
          {describeAbsence()}
          {waiting === 0 ? null : ` ${describeWaiting(waiting, keepsNothing)}`}
        </Banner>
      ) : null}
      {hasUpdate && !isAway ? (
        <Banner action={<Button onClick={() => worker.applyUpdate()}>Reload</Button>}>A new version is here.</Banner>
      ) : null}
      {isLater ? <EarlierPromptsNotice /> : null}
    </div>
  );
}

/** The first try of a start is no reason to say anything. */
function isWithoutConnection(state: RemoteConnectionState): boolean {
  return state.name === "waiting" || (state.name === "connecting" && state.attempt > 1);
}

function countUnsent({ prompts }: RemoteClient): number {
  return prompts.filter(({ state }) => state === "waiting" || state === "keeping").length;
}

function describeAbsence(): string {
  const since = readLastLive(localStorage);
  return since === undefined
    ? "The server cannot be reached."
    : `No connection since ${describeSince(since, Date.now())}.`;
}

export function describeWaiting(count: number, keepsNothing: boolean): string {
  const [what, goes, is] = count === 1 ? ["1 prompt", "goes", "is"] : [`${count} prompts`, "go", "are"];
  if (keepsNothing) {
    return `${what} ${goes} out when it is back, if this tab stays open: this browser keeps nothing.`;
  }
  return `${what} ${is} kept here and ${goes} out when it is back.`;
}
