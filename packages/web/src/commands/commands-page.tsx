import { Launcher } from "./launcher.tsx";
import { RunPage } from "./run-page.tsx";

/** What projects offer to run ([CMD-1]), what runs, and what ran. */
export function CommandsPage({ run }: { run: string | undefined }) {
  return run === undefined ? <Launcher /> : <RunPage runId={run} />;
}
