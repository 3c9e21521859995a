import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { IndexedCatalog } from "../../packages/server/src/sessions/index/indexed-catalog.ts";
import { ThreadLogReader } from "../../packages/server/src/sessions/log/thread-log-reader.ts";
import { startWorker } from "../../packages/server/src/start-worker.ts";
import { emptyStore } from "./empty-store.ts";

/** A catalog as the server makes it, over a tree of `makeSessionTree`, with nothing in its store. */
export function benchCatalog(root: string, folder: string): IndexedCatalog {
  const scheduler = {
    after: (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    soon: (run: () => void) => void setImmediate(run),
  };
  const silent = (): void => undefined;
  return new IndexedCatalog({
    root,
    fileAgent: "claude",
    home: folder,
    scratchDirectory: join(folder, "scratch"),
    indexPath: indexPathOf(folder),
    sweepMs: 2_000,
    startThread: startWorker,
    reader: new ThreadLogReader({ scheduler, startThread: startWorker }),
    store: emptyStore(),
    clock: { now: () => Date.now() },
    scheduler,
    randomBytes,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
}

export function indexPathOf(folder: string): string {
  return join(folder, "index.json");
}
