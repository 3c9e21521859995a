import type { ReactNode } from "react";
import { Button } from "../design/button.tsx";
import { usePush, type PushState } from "./use-push.ts";

const words: Readonly<Record<PushState, ReactNode>> = {
  unknown: "Looking …",
  insecure: (
    <>
      Browsers allow notifications only over HTTPS. Give the server a certificate, or reach it through a tunnel that has
      one: <code>parl up --help</code>
    </>
  ),
  not_installed:
    "On iPhone and iPad an app must be on the home screen first: Share, then Add to Home Screen. Open it from there.",
  unsupported: "This browser has no push notifications.",
  denied: "Notifications are blocked for this site. Allow them in the browser’s settings of this site, then come back.",
  offline: "Can be changed when the server can be reached.",
  no_server_key: "This server sends no push notifications to browsers.",
  off: "Off. Nothing leaves your machine. On: this browser is told when an agent needs an answer, is done, or has failed.",
  on: "On. This browser is told when an agent needs an answer, is done, or has failed, also while the app is closed.",
};

/** Turning notifications on and off, and truthfully why they cannot be. */
export function PushSettings() {
  const { state, isChanging, problem, turn } = usePush();
  const isOn = state === "on";
  return (
    <>
      <p role="status">{words[state]}</p>
      {problem === undefined ? null : (
        <p role="alert">
          That did not work: {problem}. The browser’s push service may be out of reach; try again later.
        </p>
      )}
      {isOn || state === "off" ? (
        <Button look={isOn ? undefined : "primary"} disabled={isChanging} onClick={() => turn(!isOn)}>
          {isChanging ? "One moment …" : isOn ? "Turn notifications off" : "Turn notifications on"}
        </Button>
      ) : null}
    </>
  );
}
