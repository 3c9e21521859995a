/** Runs an engine module in a worker thread: for tests, in place of echo [TURN-1]. */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { AgentError } from "../agent-error.ts";
import type { AgentCapabilities } from "../capabilities.ts";
import type { Driver, DriverHost, StartOptions } from "../driver.ts";
import { createAgentMark } from "../process/agent-mark.ts";
import { AGENT_MARK } from "../process/process-table.ts";
import type { WorkerData, WorkerReport } from "./worker-protocol.ts";
import { WorkerSession } from "./worker-session.ts";

/** Run from source the thread is TypeScript, built it is JavaScript: the same as this file. */
const script = new URL(`./engine-worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

const defaultStartTimeoutMs = 60_000;
const maxDiagnosticChars = 4096;
const maxHeapMb = 512;

/** `module`: absolute path of a module as engine-worker.ts describes it. Mode, model and resume point are ignored. */
export function createWorkerDriver(host: DriverHost, { module }: { readonly module: string }): Driver {
  async function start(options: StartOptions): Promise<WorkerSession> {
    options.signal?.throwIfAborted();
    const mark = await createAgentMark(host.randomUuid);
    const worker = new Worker(script, {
      workerData: { module: pathToFileURL(module).href } satisfies WorkerData,
      // What the module prints must not reach the stdout of the process.
      stdout: true,
      stderr: true,
      // Stops a runaway before it takes the memory of the process.
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
      env: { ...definedOf(host.environment), [AGENT_MARK]: mark },
    });
    // A crash is told by the end that follows; without a listener it would be one of this process.
    worker.on("error", () => undefined);
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        options.onEvent?.({ type: "diagnostic", text: text.trimEnd().slice(0, maxDiagnosticChars) });
      });
    }
    try {
      const transactional = await untilReady(worker, module, options);
      return new WorkerSession(worker, { target: module, transactional, mark });
    } catch (failure) {
      await worker.terminate();
      throw failure;
    }
  }

  async function probe(signal?: AbortSignal): Promise<{ version: string; capabilities: AgentCapabilities }> {
    const session = await start({ workingDirectory: "/", signal });
    await session.close();
    return { version: "1", capabilities: session.capabilities };
  }

  return { id: "worker", probe, start };
}

/** Whether the module is transactional. Rejects when it cannot be used, takes too long, or the start is aborted. */
async function untilReady(worker: Worker, module: string, options: StartOptions): Promise<boolean> {
  const { signal, startTimeoutMs = defaultStartTimeoutMs } = options;
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const refuse = (reason: string, cause?: unknown): void => {
    const message = `load the engine module '${module}': ${reason}`;
    const hint = "name a module that exports an engine in PARL_TEST_ENGINE";
    reject(new AgentError({ kind: "engine_unavailable", target: module, message, hint, cause }));
  };
  const onMessage = (report: WorkerReport): void => {
    if (report.type === "ready") resolve(report.transactional);
    else if (report.type === "unusable") refuse(report.reason);
  };
  const onError = (failure: Error): void => refuse(failure.message, failure);
  const onExit = (exitCode: number): void => refuse(`its thread ended (exit status ${exitCode}) before it was ready`);
  const onAbort = (): void => reject(signal?.reason as Error);
  const timer = setTimeout(() => refuse(`it was not ready within ${startTimeoutMs} ms`), startTimeoutMs);
  worker.on("message", onMessage).on("error", onError).on("exit", onExit);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off("message", onMessage).off("exit", onExit).off("error", onError);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** A thread would get the word `undefined`. */
function definedOf(environment: DriverHost["environment"]): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) defined[name] = value;
  return defined;
}
