import { ApiError } from "@parlatory/client";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "../design/button.tsx";
import { Notice } from "../design/notice.tsx";
import { describeFailure } from "./mesh-requests.ts";

/** Shows what a query answered, or why not: loading, not allowed and failed look different ([DASH-7]). */
export function Answer<Data>(props: {
  query: UseQueryResult<Data>;
  what: string;
  children: (data: Data) => ReactNode;
}) {
  const { query, what, children } = props;
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return <Notice tone="loading" title={`Loading ${what} …`} />;
  if (query.error instanceof ApiError && query.error.status === 403) {
    return (
      <Notice tone="warn" title="Not with this token">
        <p>To see {what}, sign in with a token of a larger scope, or the server's admin token.</p>
      </Notice>
    );
  }
  return (
    <Notice tone="bad" title={`Could not load ${what}`}>
      <p>{describeFailure(query.error)}</p>
      <Button onClick={() => void query.refetch()}>Try again</Button>
    </Notice>
  );
}
