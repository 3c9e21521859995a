import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SERVER_RUNTIME_OPTIONS } from "../../packages/server/src/runtime-options.ts";

const MAIN = fileURLToPath(new URL("../../packages/server/src/main.ts", import.meta.url));
const START_MS = 20_000;

/** The server as it is installed: started by its own main file, ended by a signal. */
export class DaemonProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** `environment` is added to what every server has. */
  static async start(
    home: string,
    databaseUrl: string | undefined,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<DaemonProcess> {
    const child = spawn(process.execPath, [...SERVER_RUNTIME_OPTIONS.nodeArguments, MAIN], {
      env: {
        ...SERVER_RUNTIME_OPTIONS.environment,
        PATH: process.env["PATH"] ?? "",
        ...environment,
        PARL_HOME: home,
        PARL_PORT: "0",
        PARL_LOG_LEVEL: "info",
        ...(databaseUrl === undefined ? {} : { PARL_DATABASE_URL: databaseUrl }),
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
    const late = setTimeout(() => reject(new Error(`the server did not listen within ${START_MS} ms`)), START_MS);
    child.once("exit", (code) => reject(new Error(`the server ended with status ${String(code)} before it listened`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      // A server that does not start says why in words.
      const { msg, url, level } = line.startsWith("{")
        ? (JSON.parse(line) as { msg: string; url?: string; level: string })
        : { msg: line, url: undefined, level: "error" };
      if (level === "error") process.stderr.write(`${line}\n`);
      if (msg === "listening" && url !== undefined) resolve(url);
    });
    try {
      return new DaemonProcess(child, await listening);
    } finally {
      clearTimeout(late);
    }
  }

  /** Status and signal of its end, and how long it took. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<{ code: number | null; tookMs: number }> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return { code: this.#child.exitCode, tookMs: 0 };
    }
    const startedAt = performance.now();
    const gone = once(this.#child, "exit") as Promise<[number | null]>;
    this.#child.kill(signal);
    const [code] = await gone;
    return { code, tookMs: performance.now() - startedAt };
  }
}
