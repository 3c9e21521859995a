import type { RemoteClient, RemoteClientEvents } from "@parlatory/client";
import { useEffect, useEffectEvent, useReducer } from "react";
import { useRemote } from "./remote-context.ts";

/** What `read` finds at the client, read anew after each of these events. `events` must not change between renderings. */
export function useRemoteValue<Value>(
  events: readonly (keyof RemoteClientEvents)[],
  read: (client: RemoteClient) => Value,
): Value {
  const { client } = useRemote();
  const [, renew] = useReducer((count: number) => count + 1, 0);
  const names = events.join(" ");
  const value = read(client);
  // Something may have happened between the rendering and now.
  const renewIfOther = useEffectEvent(() => (Object.is(read(client), value) ? undefined : renew()));
  useEffect(() => {
    const ends = (names.split(" ") as (keyof RemoteClientEvents)[]).map((event) => client.on(event, () => renew()));
    renewIfOther();
    return () => ends.forEach((end) => end());
  }, [client, names]);
  return value;
}
