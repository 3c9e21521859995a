import { ApiError } from "@parlatory/client";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Answer } from "../design/answer.tsx";
import { Notice } from "../design/notice.tsx";

/** What a query of the mesh answered; a token whose scope is too small has a text of its own ([DASH-7]). */
export function MeshAnswer<Data>(props: {
  query: UseQueryResult<Data>;
  what: string;
  children: (data: Data) => ReactNode;
}) {
  const { query, what, children } = props;
  const explain = (error: unknown): ReactNode => {
    if (!(error instanceof ApiError) || error.status !== 403) return undefined;
    return (
      <Notice tone="warn" title="Not with this token">
        <p>To see {what}, sign in with a token of a larger scope, or the server's admin token.</p>
      </Notice>
    );
  };
  return (
    <Answer query={query} what={what} explain={explain}>
      {children}
    </Answer>
  );
}
