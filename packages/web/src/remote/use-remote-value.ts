import type { RemoteClient, RemoteClientEvents } from "@parlatory/client";
import { useEffect, useReducer } from "react";
import { useRemote } from "./remote-context.ts";

/** What `read` finds at the client, read anew after each of these events. `events` must not change between renderings. */
export function useRemoteValue<Value>(
  events: readonly (keyof RemoteClientEvents)[],
  read: (client: RemoteClient) => Value,
): Value {
  const { client } = useRemote();
  const [, renew] = useReducer((count: number) => count + 1, 0);
  const names = events.join(" ");
  useEffect(() => {
    const ends = (names.split(" ") as (keyof RemoteClientEvents)[]).map((event) => client.on(event, () => renew()));
    // Something may have happened between the rendering and now.
    renew();
    return () => ends.forEach((end) => end());
  }, [client, names]);
  return read(client);
}
