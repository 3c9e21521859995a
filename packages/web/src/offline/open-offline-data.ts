import { createWebPlatform, randomUuid } from "@parlatory/client";
import type { QueryClient } from "@tanstack/react-query";
import { OfflineData } from "./offline-data.ts";
import { OfflineDatabase } from "./offline-database.ts";
import { createTabLocks } from "./prompts/tab-locks.ts";

/** What this page keeps; nothing is opened before it is needed, nor before `after` resolves. */
export function openOfflineData(options: { queries: QueryClient; build: string; after: Promise<void> }): OfflineData {
  const { queries, build, after } = options;
  const platform = createWebPlatform();
  // Absent over plain http.
  const locks = "locks" in navigator ? (navigator.locks as LockManager | undefined) : undefined;
  return new OfflineData({
    database: new OfflineDatabase({ after }),
    queries,
    clock: platform.clock,
    locks: createTabLocks(locks),
    createId: () => randomUuid((count) => platform.randomBytes(count)),
    build,
  });
}
