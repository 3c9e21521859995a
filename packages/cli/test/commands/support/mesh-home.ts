/** A PARL_HOME of its own and the real program in it; every json answer is checked by the program's own strict validator. */
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../../bin/parl.mjs", import.meta.url));

export type Envelope = Readonly<Record<string, unknown>>;

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
}

export class MeshHome {
  readonly directory = mkdtempSync(join(tmpdir(), "parl-"));
  readonly home = join(this.directory, "home");
  readonly #children = new Set<ChildProcessWithoutNullStreams>();

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Starts the program and leaves its streams to the caller. */
  start(args: readonly string[], { env = {} }: RunOptions = {}): ChildProcessWithoutNullStreams {
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: this.directory,
      env: {
        PATH,
        HOME: this.directory,
        PARL_HOME: this.home,
        PARL_PORT: "0",
        PARL_VALIDATE: "1",
        USER: "tester",
        ...env,
      },
    });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    child.stdin.on("error", () => undefined);
    return child;
  }

  /** Runs the program to its end, in text mode unless the arguments say otherwise. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    const child = this.start(args, options);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.end(options.input ?? "");
    const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { status, stdout, stderr };
  }

  /** Runs it in json mode: one object on one line, nothing on stderr, and the status it says [ENV-2], [ENV-5], [ENV-6]. */
  async json(args: readonly string[], options: RunOptions = {}): Promise<Envelope> {
    const { status, stdout, stderr } = await this.run([...args, "--json"], options);
    assert.deepEqual({ stderr, lines: stdout.split("\n").length }, { stderr: "", lines: 2 });
    const envelope = JSON.parse(stdout) as Envelope;
    assert.equal(envelope["exit_code"], status);
    assert.notEqual(errorOf(envelope)["kind"], "internal");
    return envelope;
  }

  /** Runs it in json mode and expects a failure of this kind. */
  async failure(args: readonly string[], kind: string, options: RunOptions = {}): Promise<Envelope> {
    const envelope = await this.json(args, options);
    assert.deepEqual({ status: envelope["exit_code"], kind: errorOf(envelope)["kind"] }, { status: 1, kind });
    return envelope;
  }

  config(): { meshes: Record<string, string>[]; owned: Record<string, string>[]; [key: string]: unknown } {
    return JSON.parse(readFileSync(join(this.home, "config.json"), "utf8")) as ReturnType<MeshHome["config"]>;
  }

  /** Stops the server, if one runs, and removes everything. */
  async remove(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await this.run(["down"]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function errorOf(envelope: Envelope): Record<string, unknown> {
  return (envelope["error"] ?? {}) as Record<string, unknown>;
}

/** A running stream command: its events by type, and its end. */
export class Follower {
  readonly lines: Envelope[] = [];
  readonly status: Promise<number | null>;
  readonly #child: ChildProcessWithoutNullStreams;
  #waiting: { readonly type: string; readonly resolve: (line: Envelope) => void }[] = [];
  #rest = "";

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdin.end();
    child.stderr.resume();
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.status = new Promise((resolve) => child.once("close", resolve));
  }

  /** The first line of this type, or the next one to come. */
  async next(type: string): Promise<Envelope> {
    const seen = this.lines.find((line) => line["type"] === type);
    if (seen !== undefined) return seen;
    return new Promise((resolve) => this.#waiting.push({ type, resolve }));
  }

  async interrupt(signal: "SIGINT" | "SIGTERM" = "SIGINT"): Promise<number | null> {
    this.#child.kill(signal);
    return this.status;
  }

  #read(text: string): void {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = JSON.parse(part) as Envelope;
      this.lines.push(line);
      for (const waiter of this.#waiting) if (waiter.type === line["type"]) waiter.resolve(line);
      this.#waiting = this.#waiting.filter(({ type }) => type !== line["type"]);
    }
  }
}
