import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Place } from "./place.ts";

const launcher = fileURLToPath(new URL("../../../bin/parl.mjs", import.meta.url));

export type Envelope = Readonly<Record<string, unknown>>;

/** How a command ended, and all it said. */
export interface CommandEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** The real program as a child process, with nothing in its environment but what it is given. */
export class CommandRun {
  readonly ended: Promise<CommandEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  #stdout = "";
  #stderr = "";

  constructor(
    place: Place,
    argv: readonly string[],
    { env = {}, input }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string | Buffer } = {},
  ) {
    const { PATH = "" } = process.env;
    this.#child = spawn(process.execPath, [launcher, ...argv], {
      cwd: place.work,
      env: { PATH, HOME: place.directory, PARL_HOME: place.home, USER: "tester", ...env },
    });
    this.#child.stdin.on("error", () => undefined);
    this.#child.stdin.end(input ?? "");
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      for (const waiter of this.#waiting) if (this.#stdout.includes(waiter.text)) waiter.resolve();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (status) => {
        for (const { resolve: release } of this.#waiting) release();
        resolve({ stdout: this.#stdout, stderr: this.#stderr, status });
      });
    });
  }

  /** Resolves when an event of this type was written, or when the command has ended. */
  async event(type: string): Promise<void> {
    const text = `"type":"${type}"`;
    if (this.#stdout.includes(text)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ text, resolve }));
  }

  signal(name: "SIGINT" | "SIGTERM"): void {
    this.#child.kill(name);
  }
}

/** The lines of a json answer as objects. */
export function envelopesOf({ stdout }: Pick<CommandEnd, "stdout">): Envelope[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Envelope);
}
