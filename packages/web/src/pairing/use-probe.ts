import { createWebPlatform } from "@parlatory/client";
import { useQuery } from "@tanstack/react-query";
import type { RemoteAccess } from "../remote/remote-access.ts";
import { probeServer, type ProbeResult } from "./probe-server.ts";

const answerMs = 8_000;

/** What the server says to somebody without a key, or to the key of this browser; undefined until it has answered. */
export function useProbe(access?: RemoteAccess): {
  readonly result: ProbeResult | undefined;
  readonly again: () => void;
} {
  const { data, isFetching, refetch } = useQuery({
    // A key is no name of anything.
    queryKey: ["probe", access?.clientSessionId ?? null],
    gcTime: 0,
    queryFn: ({ signal }) =>
      probeServer({
        openSocket: createWebPlatform().openSocket,
        origin: location.origin,
        key:
          access?.apiKey === undefined ? undefined : { apiKey: access.apiKey, clientSessionId: access.clientSessionId },
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
      }),
  });
  return { result: isFetching ? undefined : data, again: () => void refetch() };
}
