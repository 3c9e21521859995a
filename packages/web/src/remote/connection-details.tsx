import { Popover } from "@base-ui/react/popover";
import type { RemoteConnectionState } from "@parlatory/client";
import { Button } from "../design/button.tsx";
import { readLastLive } from "../offline/last-live.ts";
import { describeSince } from "./describe-since.ts";
import { useRemote } from "./remote-context.ts";
import { useNow } from "./use-now.ts";

/** Why the connection is as it is, and what one can do about it. */
export function ConnectionDetails({ state }: { state: RemoteConnectionState }) {
  const { client } = useRemote();
  const now = useNow(1_000);
  const since = readLastLive(localStorage);
  switch (state.name) {
    case "ready":
      return (
        <>
          <Popover.Title>Connected</Popover.Title>
          <p>
            To Parlatory {state.info.serverVersion} at {location.host}. What happens is shown as it happens.
          </p>
        </>
      );
    case "waiting":
      return (
        <>
          <Popover.Title>
            {since === undefined ? "Not connected yet" : `No connection since ${describeSince(since, now)}`}
          </Popover.Title>
          <p>{capitalised(state.loss.message)}.</p>
          <p>
            Next try in {Math.max(0, Math.ceil((state.retryAtMs - now) / 1_000))} s, the {ordinal(state.attempt + 1)}.
          </p>
          <Button onClick={() => client.wake()}>Try now</Button>
        </>
      );
    case "ended":
      return (
        <>
          <Popover.Title>Disconnected</Popover.Title>
          <p>{capitalised(state.reason.message)}.</p>
          <p>
            {state.reason.kind === "unusable"
              ? "The app and the server are of versions that do not fit. Load the app again; if that does not help, update the server."
              : "Load the app again to connect."}
          </p>
          <Button onClick={() => location.reload()}>Load again</Button>
        </>
      );
    default:
      return (
        <>
          <Popover.Title>Connecting …</Popover.Title>
          <p>To {location.host}.</p>
        </>
      );
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function ordinal(count: number): string {
  const ending = new Map([
    ["one", "st"],
    ["two", "nd"],
    ["few", "rd"],
  ]).get(new Intl.PluralRules("en", { type: "ordinal" }).select(count));
  return `${count}${ending ?? "th"}`;
}
