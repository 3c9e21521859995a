/** A directory of its own with nothing to be routed to, and the real command line run in it: in this process, or as a process that gets signals. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandTable } from "../../../src/commands/index.ts";
import { run, type InProcessOptions, type InProcessRun } from "../../support/run-in-process.ts";
import { exitOf, runParl, startParl, type ParlRun } from "../../support/spawn-parl.ts";

export type Json = Record<string, unknown>;

export const testEngine = fileURLToPath(new URL("test-engine.ts", import.meta.url));
const fakeAgent = fileURLToPath(new URL("fake-agent.ts", import.meta.url));
/** Value of `--agent` for the fake coding agent; it is the process itself, without a shell around it. */
export const acpAgent = `acp:'${process.execPath}' --no-warnings '${fakeAgent}'`;

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
}

export interface StartOptions extends Omit<ProcessOptions, "input"> {
  /** Null leaves stdin open. */
  readonly input?: string | Buffer | null;
}

export interface RunningParl {
  readonly child: ReturnType<typeof startParl>;
  /** Resolves when the process is gone and its output is read. */
  readonly end: Promise<ParlRun>;
}

export class RunWorld {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "parl-turns-")));
  readonly home = join(this.directory, ".home");

  constructor() {
    mkdirSync(join(this.home, "nothing"), { recursive: true });
    for (const list of ["commands", "tools"]) writeFileSync(join(this.home, "nothing", `${list}.json`), "[]");
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** In this process, with every envelope checked against the strict schema. */
  run(argv: readonly string[], options: InProcessOptions = {}): Promise<InProcessRun> {
    return run(argv, {
      table: commandTable,
      workingDirectory: this.directory,
      home: join(this.home, "parl"),
      userHome: this.home,
      ...options,
      env: this.#environment(options.env),
    });
  }

  /** The envelope of a run in json mode. */
  async json(argv: readonly string[], options: InProcessOptions = {}): Promise<Json> {
    return (await this.run([...argv, "--json"], options)).json();
  }

  /** As a process of its own. */
  spawn(argv: readonly string[], { env, input }: ProcessOptions = {}): Promise<ParlRun> {
    return runParl(argv, {
      home: this.directory,
      env: this.#environment(env),
      ...(input === undefined ? {} : { input }),
    });
  }

  start(argv: readonly string[], { env, input }: StartOptions = {}): RunningParl {
    const child = startParl(argv, { home: this.directory, env: this.#environment(env) });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    if (input !== null) child.stdin.end(input ?? "");
    const end = exitOf(child).then((status) => ({
      stdout: Buffer.concat(out).toString(),
      stderr: Buffer.concat(err).toString(),
      status,
    }));
    return { child, end };
  }

  /** Resolves when a file of that name is in the directory: the sign of a fake that it has come so far. */
  appearance(name: string): Promise<void> {
    return new Promise((resolve) => {
      const watcher = watch(this.directory, () => {
        if (!existsSync(this.path(name))) return;
        watcher.close();
        resolve();
      });
    });
  }

  /** The stored session, as its file has it. */
  session(id: string, directory = ".port_sessions"): Json {
    return JSON.parse(readFileSync(this.path(`${directory}/${id}.json`), "utf8")) as Json;
  }

  /** Names below a directory; none when it is not there. */
  entries(directory = ".port_sessions"): string[] {
    return existsSync(this.path(directory)) ? readdirSync(this.path(directory)).toSorted() : [];
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  #environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
    const inventory = join(this.home, "nothing");
    return { PARL_VALIDATE: "1", PARL_INVENTORY: inventory, FAKE_DIRECTORY: this.directory, ...env };
  }
}

/** The only envelope of a run in json mode. */
export function envelopeOf({ stdout }: ParlRun): Json {
  const [line, ...rest] = stdout.split("\n");
  if (rest.length !== 1 || rest[0] !== "") throw new Error(`expected one line, got: ${stdout}`);
  return JSON.parse(line ?? "") as Json;
}

/** Turns of a turn-loop's envelope. */
export function turnsOf(envelope: Json): Json[] {
  return envelope["turns"] as Json[];
}

/** Which of these processes live; one that has ended and whose parent takes no note of it does not. */
export async function living(pids: readonly number[]): Promise<number[]> {
  const { readProcessTable } = await import("@parlatory/agents");
  const table = await readProcessTable();
  return table.filter((row) => !row.isZombie && pids.includes(row.pid)).map((row) => row.pid);
}
