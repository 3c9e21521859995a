/** Runs the real launcher as a child process, with nothing in its environment but what the test gives. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { fileURLToPath } from "node:url";

export const bin = fileURLToPath(new URL("../../../bin/parl.mjs", import.meta.url));

export interface ParlEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ParlOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export class ParlProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<ParlEnd>;
  stdout = "";
  stderr = "";
  #hasEnded = false;
  #wake: (() => void)[] = [];

  constructor(args: readonly string[], { home, env, cwd = home }: ParlOptions) {
    const { PATH = "" } = process.env;
    this.child = spawn(process.execPath, [bin, ...args], {
      env: { PATH, HOME: home, PARL_HOME: `${home}/parl`, ...env },
      cwd,
    });
    this.child.stdin.on("error", () => {});
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#wakeAll();
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#wakeAll();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        this.#hasEnded = true;
        this.#wakeAll();
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Waits until stdout fits; the answer is the match. Fails when the process ends first. */
  async shows(wanted: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = wanted.exec(this.stdout);
      if (found !== null) return found;
      if (this.#hasEnded) throw new Error(`parl ended without ${wanted}: ${this.stdout}\n${this.stderr}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  type(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** Ends it if it still runs. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<ParlEnd> {
    if (!this.#hasEnded) this.child.kill(signal);
    return this.ended;
  }

  #wakeAll(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}

/** Runs `parl` to its end; `input` is all of stdin. */
export async function parl(
  args: readonly string[],
  options: ParlOptions & { readonly input?: string },
): Promise<ParlEnd> {
  const run = new ParlProcess(args, options);
  run.child.stdin.end(options.input ?? "");
  return run.ended;
}
