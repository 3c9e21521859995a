import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { remoteKeys } from "./remote-keys.ts";
import { useRemote } from "./remote-context.ts";

/** Everything the server tells of a session, kept true by its pushes. */
export function useSession(sessionId: string): UseQueryResult<RemoteSessionDetail> {
  const { client } = useRemote();
  return useQuery({ queryKey: remoteKeys.session(sessionId), queryFn: () => client.sessions.info(sessionId) });
}
