import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, useSyncExternalStore, type ReactNode } from "react";
import { Button } from "../design/button.tsx";
import { describeBytes } from "../design/describe-bytes.ts";
import { Dialog } from "../design/dialog.tsx";
import { useAppWorkerState } from "../offline/app-worker-context.ts";
import type { AppWorkerState } from "../offline/app-worker.ts";
import { installOffer } from "../offline/install-offer.ts";
import type { OfflineSize } from "../offline/offline-data.ts";
import { useKeepsNothing, useOffline } from "../offline/offline-context.ts";
import classes from "./settings.module.css";

/** What is kept here for the time without a connection, and whether the app starts without its server. */
export function OfflineSettings() {
  const offline = useOffline();
  const keepsNothing = useKeepsNothing();
  const worker = useAppWorkerState();
  const isInstallable = useSyncExternalStore(
    (listener) => installOffer.subscribe(listener),
    () => installOffer.isThere,
  );
  const [isAsking, setAsking] = useState(false);
  const size = useQuery({
    queryKey: ["offline-size"],
    queryFn: async () => (await offline.measure()) ?? null,
    staleTime: 0,
    gcTime: 0,
  });
  const clear = useMutation({
    mutationFn: () => offline.clear({ prompts: false }),
    onSuccess: () => setAsking(false),
    onSettled: () => size.refetch(),
  });
  return (
    <>
      <p role="status">
        {keepsNothing
          ? "This browser keeps nothing: a private window, or its storage is full or switched off. Prompts written without a connection are lost with the tab."
          : size.data === undefined || size.data === null
            ? "Looking …"
            : describeSize(size.data)}
      </p>
      <p className={classes["soft"]}>{startWords(worker)}</p>
      <div className={classes["row"]}>
        {isInstallable ? (
          <Button look="primary" onClick={() => void installOffer.take()}>
            Install the app
          </Button>
        ) : null}
        {keepsNothing ? null : <Button onClick={() => setAsking(true)}>Clear offline data</Button>}
      </div>
      <Dialog
        isOpen={isAsking}
        title="Clear offline data?"
        onClose={() => setAsking(false)}
        actions={
          <Button look="danger" disabled={clear.isPending} onClick={() => clear.mutate()}>
            Clear
          </Button>
        }
      >
        <p>
          Lists and histories that this browser keeps are removed; they stay at the server and are kept again as you
          read. Prompts that were not sent yet are kept.
        </p>
        {clear.error === null ? null : <p role="alert">That did not work: {clear.error.message}</p>}
      </Dialog>
    </>
  );
}

function describeSize({ sessions, historyBytes, prompts }: OfflineSize): string {
  const histories =
    sessions === 0
      ? "No histories are kept here yet: those you read are."
      : `The ${sessions === 1 ? "session" : `${sessions} sessions`} you read last can be read without a connection (${describeBytes(historyBytes)}).`;
  if (prompts === 0) return histories;
  return `${histories} ${prompts === 1 ? "1 prompt waits for its" : `${prompts} prompts wait for their`} outcome.`;
}

function startWords(worker: AppWorkerState): ReactNode {
  if (worker.name !== "absent") return "The app itself starts without a connection too.";
  switch (worker.why) {
    case "insecure":
      return (
        <>
          The app itself cannot start without a connection here: browsers allow that over HTTPS only. Give the server a
          certificate, or reach it through a tunnel that has one: <code>parl up --help</code>
        </>
      );
    case "unsupported":
      return "This browser cannot start the app without a connection (a private window, maybe).";
    case "failed":
      return "This browser did not keep the app itself. It is tried again with the next start.";
  }
}
