import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";

/** Shows what a query answered, or why not: loading and failed look different ([DASH-7]). */
export function Answer<Data>(props: {
  query: Pick<UseQueryResult<Data>, "data" | "isPending" | "error" | "refetch">;
  /** As in "Loading the peers …". */
  what: string;
  /** Shown in place of the general failure, for failures that have an answer of their own. */
  explain?: (error: unknown) => ReactNode;
  children: (data: Data) => ReactNode;
}) {
  const { query, what, explain, children } = props;
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return <Notice tone="loading" title={`Loading ${what} …`} />;
  const explained = explain?.(query.error);
  if (explained !== undefined) return explained;
  return (
    <Notice tone="bad" title={`Could not load ${what}`}>
      <p>{query.error instanceof Error ? query.error.message : String(query.error)}</p>
      <Button onClick={() => void query.refetch()}>Try again</Button>
    </Notice>
  );
}
