import { Suspense, type ReactNode } from "react";
import { Notice } from "../design/notice.tsx";

/** Stands in for a page whose code is on its way. */
export function Waiting({ children }: { children: ReactNode }) {
  return <Suspense fallback={<Notice tone="loading" title="Loading …" />}>{children}</Suspense>;
}
