import type { RemoteClient } from "@parlatory/client";
import { useQuery, useQueryClient, type QueryClient, type UseQueryOptions } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useRemote } from "../remote/remote-context.ts";
import { remoteKeys } from "../remote/remote-keys.ts";
import type { KnownSession, SessionFilter } from "./known-session.ts";
import { withFirstPage, withNextPage, type SessionListData } from "./session-list-data.ts";

const pageLimit = 200;
/** Rows of one list that are loaded at most; what is older is found by its project or agent. */
const maxLoaded = 20_000;

export interface SessionList {
  /** Newest first; undefined until something is known. */
  readonly sessions: readonly KnownSession[] | undefined;
  readonly totalCount: number;
  /** There are older ones that are not loaded. */
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  /** Why the list or its next page could not be had, when that was tried last. */
  readonly error: Error | undefined;
  /** ISO-8601: when something was last heard of the list. */
  readonly knownSince: string | undefined;
  readonly reload: () => void;
  readonly loadMore: () => void;
  /** Page after page to the end. */
  readonly loadAll: () => void;
}

/** The question for the first page; without a client nothing is asked. */
export function sessionListQuery(
  client: RemoteClient | undefined,
  queries: QueryClient,
  filter: SessionFilter = {},
): UseQueryOptions<SessionListData> {
  const queryKey = remoteKeys.sessionList(filter);
  const isOfAll = filter.workingDirectory === undefined && filter.agent === undefined;
  return {
    queryKey,
    // The list of all comes unasked with every connection.
    enabled: client !== undefined && (!isOfAll || client.isCaughtUp),
    queryFn: async () => {
      if (client === undefined) throw new Error("there is no connection to ask for sessions");
      const page = await client.sessions.list({ ...filter, limit: pageLimit });
      return withFirstPage(queries.getQueryData<SessionListData>(queryKey), page);
    },
  };
}

/** Sessions of all projects and agents, or those that pass the filter, live. The only way to lists of sessions in the app. */
export function useSessionList(filter: SessionFilter = {}): SessionList {
  const { client } = useRemote();
  const queries = useQueryClient();
  const queryKey = remoteKeys.sessionList(filter);
  const query = useQuery(sessionListQuery(client, queries, filter));
  const isBusy = useRef(false);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [moreError, setMoreError] = useState<Error>();
  const load = async (isToEnd: boolean): Promise<void> => {
    if (isBusy.current) return;
    isBusy.current = true;
    setLoadingMore(true);
    setMoreError(undefined);
    try {
      do {
        const cursor = queries.getQueryData<SessionListData>(queryKey)?.nextCursor ?? null;
        if (cursor === null) break;
        const page = await client.sessions.list({ ...filter, limit: pageLimit, cursor });
        queries.setQueryData<SessionListData>(queryKey, (known) =>
          // Another first page may have come meanwhile, with another place to go on from.
          known === undefined || known.nextCursor !== cursor ? known : withNextPage(known, page),
        );
      } while (isToEnd && (queries.getQueryData<SessionListData>(queryKey)?.sessions.length ?? 0) < maxLoaded);
    } catch (error) {
      setMoreError(error instanceof Error ? error : new Error(String(error)));
    } finally {
      isBusy.current = false;
      setLoadingMore(false);
    }
  };
  const { data } = query;
  return {
    sessions: data?.sessions,
    totalCount: data?.totalCount ?? 0,
    hasMore: data !== undefined && data.nextCursor !== null && data.sessions.length < maxLoaded,
    isLoading: data === undefined && (query.isFetching || query.isPending),
    isLoadingMore,
    error: moreError ?? query.error ?? undefined,
    knownSince: query.dataUpdatedAt === 0 ? undefined : new Date(query.dataUpdatedAt).toISOString(),
    reload: () => void query.refetch(),
    loadMore: () => void load(false),
    loadAll: () => void load(true),
  };
}
