import type { RemoteClientEvents } from "@parlatory/client";
import { useEffect, useEffectEvent } from "react";
import { useRemote } from "./remote-context.ts";

/** Hears an event for as long as the component is shown. */
export function useRemoteEvent<Event extends keyof RemoteClientEvents>(
  event: Event,
  listener: (value: RemoteClientEvents[Event]) => void,
): void {
  const { client } = useRemote();
  const heard = useEffectEvent(listener);
  useEffect(() => client.on(event, (value) => heard(value)), [client, event]);
}
