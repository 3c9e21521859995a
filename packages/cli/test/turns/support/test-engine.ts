// The engine that PARL_TEST_ENGINE puts in place of echo in tests: does what the first word of the prompt says. When it has
// the prompt, a file `asked` appears in the directory FAKE_DIRECTORY.
import { execSync, spawn } from "node:child_process";
import fs, { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Request {
  readonly prompt: string;
  readonly matched_tools: readonly string[];
  readonly generation: number;
  readonly signal?: AbortSignal;
}

interface Channel {
  acknowledge(): void;
  deny(denial: { tool_name: string; reason: string }): void;
}

type Answer = string | Record<string, unknown>;

const place = (name: string): string => join(process.env["FAKE_DIRECTORY"] ?? "/nonexistent", name);
const forEver = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";

// `parl` waits for this module: the run is stopped while its engine starts.
if (existsSync(place("hang-at-start"))) {
  writeFileSync(place("asked"), "");
  await new Promise(() => setInterval(() => undefined, 1000));
}

const actions: Readonly<Record<string, (request: Request, channel: Channel) => Answer | Promise<Answer>>> = {
  /** Never settles, whatever it is told. */
  ignore: () => new Promise(() => setInterval(() => undefined, 1000)),
  spin: () => {
    for (;;);
  },
  block: () => execSync("sleep 1000").toString(),
  obey: async (request) => {
    await aborted(request);
    return { output: "stopped", stop_reason: "cancelled" };
  },
  finish: async (request) => {
    await aborted(request);
    return "finished in spite of it";
  },
  late: async (request) => {
    await aborted(request);
    await new Promise((resolve) => setTimeout(resolve, 400));
    return "too late";
  },
  acknowledge: async (request, channel) => {
    await aborted(request);
    channel.acknowledge();
    return new Promise(() => undefined);
  },
  crash: () =>
    new Promise(() => {
      setImmediate(() => {
        throw new TypeError("broken\nin two lines");
      });
    }),
  throw: () => {
    throw new TypeError("broken");
  },
  exit: () => process.exit(0),
  memory: () => {
    const kept: unknown[] = [];
    for (;;) kept.push(Array.from({ length: 1e6 }, () => kept.length));
  },
  print: () => {
    // eslint-disable-next-line no-console -- one of the ways
    console.log("to console.log");
    // eslint-disable-next-line no-console -- another one
    console.error("to console.error");
    process.stdout.write("to process.stdout\n");
    fs.writeSync(1, "to descriptor 1\n");
    fs.writeFileSync(1, "to descriptor 1 as a file\n");
    fs.appendFileSync(2, "to descriptor 2\n");
    return "printed";
  },
  /** Leaves processes that ignore SIGTERM, one of them in a session of its own. */
  children: () => {
    const pids = [true, false].map((detached) => {
      const child = spawn(process.execPath, ["-e", forEver], { detached, stdio: "ignore" });
      child.unref();
      return child.pid;
    });
    return pids.join(" ");
  },
  report: ({ generation, signal, matched_tools: tools }) =>
    JSON.stringify({ generation, hasSignal: signal !== undefined, tools }),
  deny: (_, channel) => {
    channel.deny({ tool_name: "Write", reason: "not allowed" });
    return "denied";
  },
  cancel: () => ({ output: "on my own", stop_reason: "cancelled" }),
  unknown: () => ({ output: "who counts", usage_source: "none" }),
};

export const transactional = !existsSync(place("not-transactional"));

export function submit(request: Request, channel: Channel): Answer | Promise<Answer> {
  writeFileSync(place("asked"), "");
  const [word = ""] = request.prompt.split(" ");
  return actions[word]?.(request, channel) ?? `answer to ${request.prompt}`;
}

function aborted({ signal }: Request): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
}
