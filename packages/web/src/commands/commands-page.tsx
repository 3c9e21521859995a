import { PageHead } from "../design/page-head.tsx";

/** `run`: the id of a run whose output is shown. */
export function CommandsPage({ run }: { run: string | undefined }) {
  return <PageHead title={run ?? "Commands"} />;
}
