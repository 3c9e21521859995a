/**
 * The thread of a worker session: loads an engine module and gives it prompts. The module may do whatever it likes; what it
 * writes to stdout or stderr goes to the log of the session, by whichever way it writes.
 *
 * A module exports `engine`, a default, or itself something with
 *
 *     submit({ prompt, matched_commands, matched_tools, denied_tools, generation, signal? }, { acknowledge, deny })
 *
 * which answers, now or later, with a text or with `{ output, stop_reason?, usage?, usage_source?, permission_denials? }`;
 * `transactional: false` beside it says that it cannot be refused without a trace.
 */
import { syncBuiltinESMExports } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { isRecord, recordsAt, textAt, type JsonRecord } from "../json-fields.ts";
import type {
  EngineDenial,
  EngineRequest,
  EngineResult,
  WorkerData,
  WorkerOrder,
  WorkerReport,
} from "./worker-protocol.ts";

interface EngineChannel {
  /** The cancel was taken note of; the result may come later. */
  acknowledge(): void;
  deny(denial: EngineDenial): void;
}

interface EngineModule {
  readonly transactional: boolean;
  submit(request: EngineRequest & { signal?: AbortSignal }, channel: EngineChannel): unknown;
}

const port = parentPort;
if (port === null) throw new Error("this module runs in a worker thread");
const report = (message: WorkerReport): void => port.postMessage(message);

keepDescriptorsFrom(process.getBuiltinModule("node:fs"));
let controller = new AbortController();
try {
  const engine = findEngine(await import((workerData as WorkerData).module));
  port.on("message", (order: WorkerOrder) => {
    if (order.type === "cancel") controller.abort();
    else void perform(engine, order);
  });
  report({ type: "ready", transactional: engine.transactional });
} catch (failure) {
  report({ type: "unusable", reason: reasonOf(failure) });
}

async function perform(engine: EngineModule, order: Extract<WorkerOrder, { type: "submit" }>): Promise<void> {
  controller = new AbortController();
  const { signal } = controller;
  try {
    const answer = await engine.submit(order.isCancellable ? { ...order.request, signal } : order.request, {
      acknowledge: () => report({ type: "acknowledged" }),
      deny: (denial) => report({ type: "denied", denial: readDenial({ ...denial }) }),
    });
    report({ type: "result", result: readResult(answer) });
  } catch (failure) {
    report({ type: "failed", reason: reasonOf(failure) });
  }
}

function findEngine(module: unknown): EngineModule {
  const exported = isRecord(module) || typeof module === "object" ? (module as JsonRecord) : {};
  for (const candidate of [exported["engine"], exported["default"], exported]) {
    if (typeof candidate !== "object" || candidate === null) continue;
    const { submit, transactional } = candidate as { submit?: unknown; transactional?: unknown };
    if (typeof submit !== "function") continue;
    return {
      transactional: transactional !== false,
      submit: (request, channel) => Reflect.apply(submit, candidate, [request, channel]) as unknown,
    };
  }
  throw new Error("it exports no engine: expected `engine`, a default or the module itself to have `submit`");
}

function readResult(answer: unknown): EngineResult {
  const record: JsonRecord = typeof answer === "string" ? { output: answer } : isRecord(answer) ? answer : {};
  const output = textAt(record, "output");
  if (output === undefined) throw new Error("its answer is neither a text nor an object with an `output`");
  const { usage } = record;
  const source = record["usage_source"];
  return {
    output,
    stop_reason: textAt(record, "stop_reason") ?? "completed",
    usage: isRecord(usage)
      ? { input_tokens: Number(usage["input_tokens"] ?? 0), output_tokens: Number(usage["output_tokens"] ?? 0) }
      : undefined,
    usage_source: source === "agent" || source === "none" ? source : "words",
    permission_denials: recordsAt(record, "permission_denials").map(readDenial),
  };
}

function readDenial(record: JsonRecord): EngineDenial {
  return { tool_name: textAt(record, "tool_name") ?? "", reason: textAt(record, "reason") ?? "" };
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/**
 * Descriptors 1 and 2 are the process's, not this thread's: a write to one of them by number goes where `console.log` of a
 * thread goes. The functions are this thread's own, so nobody else notices.
 */
function keepDescriptorsFrom(fs: typeof import("node:fs")): void {
  const names = [
    "write",
    "writeSync",
    "writev",
    "writevSync",
    "writeFile",
    "writeFileSync",
    "appendFile",
    "appendFileSync",
  ];
  for (const name of names) {
    const original = Reflect.get(fs, name) as (...args: unknown[]) => unknown;
    Reflect.set(fs, name, (...args: unknown[]): unknown => {
      const [descriptor, data] = args;
      if (descriptor !== 1 && descriptor !== 2) return Reflect.apply(original, fs, args);
      const bytes = Buffer.concat([data].flat().map(toBytes));
      process.stderr.write(bytes);
      const done = args.at(-1);
      if (typeof done === "function") (done as (...args: unknown[]) => void)(null, bytes.length, data);
      return bytes.length;
    });
  }
  syncBuiltinESMExports();
}

function toBytes(data: unknown): Buffer {
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(String(data));
}
