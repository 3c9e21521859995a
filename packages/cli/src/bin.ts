/**
 * Entry of `parl`: the only file that reads arguments, environment, clock, randomness and signals. It wraps them as a
 * host, hands them to the harness, and ends the process with what comes back.
 */
import { commandTable } from "./commands/index.ts";
import type { Product } from "./harness/context.ts";
import { pickEnvironment } from "./harness/environment.ts";
import { runCli } from "./harness/run.ts";
import type { CliHost, InterruptSignal } from "./harness/host.ts";
import { DescriptorSink } from "./output/descriptor-sink.ts";

const heartbeatMs = 15_000;
const interruptSignals: readonly InterruptSignal[] = ["SIGINT", "SIGTERM"];
/** Stays when the last listener is done: a signal on the way out must not end the process without its status [EXIT-1]. */
const ignoreSignal = (): void => undefined;

// Built-in modules come from getBuiltinModule, where they are needed: importing them would cost as much start-up time as
// everything else [HPERF-3].
const crypto = (): typeof import("node:crypto") => process.getBuiltinModule("node:crypto");
const fs = process.getBuiltinModule("node:fs");
const path = process.getBuiltinModule("node:path");
const userHome = (): string => process.env["HOME"] ?? process.getBuiltinModule("node:os").homedir();
const environment = pickEnvironment(process.env);
const home = (): string =>
  environment.home === undefined || environment.home === ""
    ? path.join(userHome(), ".parlatory")
    : path.resolve(environment.home);

/** A pipe or file is recognised without loading the terminal module. */
function isTerminal(descriptor: 0 | 1 | 2): boolean {
  try {
    return fs.fstatSync(descriptor).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(descriptor);
  } catch {
    return false;
  }
}

/** From the system's own source; loading the crypto module costs a tenth of the start of a short command [HPERF-5]. */
function randomBytes(size: number): Uint8Array {
  try {
    const bytes = new Uint8Array(size);
    const descriptor = fs.openSync("/dev/urandom", "r");
    try {
      if (fs.readSync(descriptor, bytes, 0, size, null) === size) return bytes;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // Not everywhere there is such a file.
  }
  return crypto().randomBytes(size);
}

/** `package.json` is one folder up from the sources and from the published build alike; so is `BUILD`, if there is one. */
function readProduct(): Product {
  const manifest = fs.readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  const buildFile = new URL("../BUILD", import.meta.url);
  const build = fs.existsSync(buildFile) ? fs.readFileSync(buildFile, "utf8").trim() : "source";
  return { version, build, runtime: "node", runtimeVersion: process.versions.node };
}

const host: CliHost = {
  argv: process.argv.slice(2),
  environment,
  childEnvironment: () => {
    const copy: Record<string, string> = {};
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) copy[name] = value;
    return copy;
  },
  workingDirectory: process.cwd(),
  get userHome() {
    return userHome();
  },
  get home() {
    return home();
  },
  program: { runtime: process.execPath, runtimeArguments: process.execArgv, entry: process.argv[1] ?? "" },
  pid: process.pid,
  parentPid: process.ppid,
  product: readProduct,
  isTerminal: {
    get stdin() {
      return isTerminal(0);
    },
    get stdout() {
      return isTerminal(1);
    },
    get stderr() {
      return isTerminal(2);
    },
  },
  stdin: () => process.stdin,
  stdout: new DescriptorSink(1, fs, () => process.stdout),
  stderr: new DescriptorSink(2, fs, () => process.stderr),
  stdoutStream: () => process.stdout,
  stderrStream: () => process.stderr,
  systemTime: () => new Date(),
  monotonicMs: () => performance.now(),
  randomBytes,
  sha256: (text) => crypto().createHash("sha256").update(text).digest("hex"),
  onInterrupt: (listener) => {
    for (const signal of interruptSignals) {
      if (process.listenerCount(signal) === 0) process.on(signal, ignoreSignal);
      process.on(signal, listener);
    }
    return () => {
      for (const signal of interruptSignals) process.off(signal, listener);
    };
  },
  onDefect: (listener) => {
    process.on("uncaughtException", listener);
    process.on("unhandledRejection", listener);
    return () => {
      process.off("uncaughtException", listener);
      process.off("unhandledRejection", listener);
    };
  },
  heartbeatMs,
};

// Notices of the runtime are not for the reader of stderr [ENV-6]; they go to the log.
process.removeAllListeners("warning");
process.on("warning", ({ name, message }) => {
  const entry = { at: host.systemTime(), pid: host.pid, level: "warn", msg: `${name}: ${message}` } as const;
  void import("./harness/cli-log.ts").then(({ appendLog }) => appendLog(home(), entry));
});

const { exitCode, endBySignal } = await runCli(host, commandTable);
if (endBySignal !== undefined) process.removeAllListeners(endBySignal).kill(process.pid, endBySignal);
// Output is drained; what is still open belongs to an abandoned command.
process.exit(exitCode);
