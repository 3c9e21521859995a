import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts a thread that uses the compile cache of the process, if that uses one: a thread does not do so by itself, and
 * without it holds twice the memory after compiling the same modules again ([PERF-9]).
 */
export function startWorker(script: URL, options: WorkerOptions): Worker {
  // The folder in use is one of this version of the runtime, inside the one that was asked for.
  const cache = getCompileCacheDir();
  if (cache === undefined) return new Worker(script, options);
  const source = `const { enableCompileCache, flushCompileCache } = require("node:module");
enableCompileCache(${JSON.stringify(dirname(cache))});
import(${JSON.stringify(script.href)}).then(() => flushCompileCache());`;
  return new Worker(source, { ...options, eval: true });
}
