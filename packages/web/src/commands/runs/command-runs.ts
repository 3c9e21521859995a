/**
 * The commands that this page watches, for as long as it is signed in: they go on while one looks at other pages, and those
 * that were started here are picked up again after a reload. It must not know React or the page.
 */
import type { CommandStart, RemoteClient } from "@parlatory/client";
import { WatchedRun } from "./watched-run.ts";

/** Where the ids of commands that were started here outlive a reload. */
export interface StartedIds {
  read(): readonly string[];
  write(ids: readonly string[]): void;
}

type Commands = Pick<RemoteClient["commands"], "start" | "follow" | "kill" | "history" | "output">;

const MAX_ENDED = 8;
const MAX_REMEMBERED = 64;
/** Those looked at last keep all that a page may hold, the others their end. */
const FULL_OUTPUTS = 3;
const SHORT_OUTPUT_CHARS = 1024 * 1024;
const PICK_UP_LIMIT = 500;

export class CommandRuns {
  readonly #commands: Commands;
  readonly #ids: StartedIds;
  readonly #listeners = new Set<() => void>();
  /** In the order of starting. */
  #runs: readonly WatchedRun[] = [];
  /** Last looked at, first. */
  #looked: readonly string[] = [];

  constructor(options: { commands: Commands; startedIds: StartedIds }) {
    this.#commands = options.commands;
    this.#ids = options.startedIds;
  }

  /** A new array whenever one came, went or changed its state. */
  get runs(): readonly WatchedRun[] {
    return this.#runs;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get(id: string): WatchedRun | undefined {
    return this.#runs.find((run) => run.id === id);
  }

  /** Rejects with `RemoteRequestError`. */
  async start(commandId: string, workingDirectory: string): Promise<WatchedRun> {
    const run = WatchedRun.follow(await this.#commands.start(commandId, workingDirectory), () => this.#changed());
    this.#ids.write([run.id, ...this.#ids.read()].slice(0, MAX_REMEMBERED));
    this.#add(run);
    return run;
  }

  /** Goes on with a command that runs, whoever started it. */
  follow(start: CommandStart): WatchedRun {
    const known = this.get(start.command_session_id);
    if (known !== undefined) return known;
    const run = WatchedRun.follow(this.#commands.follow(start), () => this.#changed());
    this.#add(run);
    return run;
  }

  /** A command by its id, running or not. Rejects with `RemoteRequestError`. */
  async open(id: string): Promise<WatchedRun> {
    const known = this.get(id);
    if (known !== undefined) return known;
    const stored = await this.#commands.output(id);
    if (stored.running) return this.follow(stored);
    const run = this.get(id) ?? WatchedRun.read(stored);
    this.#add(run);
    return run;
  }

  /** Those started here that still run, as after a reload. Rejects with `RemoteRequestError`. */
  async pickUp(): Promise<void> {
    const ids = this.#ids.read().filter((id) => this.get(id) === undefined);
    if (ids.length === 0) return;
    const { sessions } = await this.#commands.history({ limit: PICK_UP_LIMIT });
    const running = sessions.filter(({ exit_code: exitCode }) => exitCode === undefined);
    const entries = running.filter(({ command_session_id: id }) => ids.includes(id));
    for (const entry of entries.toReversed()) this.follow(entry);
    this.#forget(ids.filter((id) => this.get(id) === undefined));
  }

  /** Rejects with `RemoteRequestError`. */
  async stop(run: WatchedRun): Promise<void> {
    run.setStopping(true);
    try {
      await this.#commands.kill(run.id);
    } catch (error) {
      run.setStopping(false);
      throw error;
    }
  }

  /** Looks at it no longer; one that runs goes on at the server. */
  dismiss(id: string): void {
    this.#runs = this.#runs.filter((run) => run.id !== id);
    this.#forget([id]);
    this.#tell();
  }

  /** Somebody looks at this one now. */
  look(id: string): void {
    if (this.#looked[0] === id) return;
    this.#looked = [id, ...this.#looked.filter((other) => other !== id)];
    this.#share();
  }

  #add(run: WatchedRun): void {
    if (this.get(run.id) !== undefined) return;
    this.#runs = [...this.#runs, run];
    this.#changed();
  }

  #changed(): void {
    const ended = this.#runs.filter(({ state }) => state.name !== "running");
    const isOld = (run: WatchedRun): boolean => run.id !== this.#looked[0];
    const surplus = new Set(ended.filter(isOld).slice(0, Math.max(0, ended.length - MAX_ENDED)));
    this.#runs = this.#runs.filter((run) => !surplus.has(run));
    this.#forget(ended.map(({ id }) => id));
    this.#share();
    this.#tell();
  }

  /** These are not picked up again. */
  #forget(ids: readonly string[]): void {
    const known = this.#ids.read();
    const kept = known.filter((id) => !ids.includes(id));
    if (kept.length !== known.length) this.#ids.write(kept);
  }

  #share(): void {
    const known = this.#looked.filter((id) => this.get(id) !== undefined);
    this.#looked = known;
    const full = new Set(known.slice(0, FULL_OUTPUTS));
    for (const { id, output } of this.#runs) output.keepAtMost(full.has(id) ? Infinity : SHORT_OUTPUT_CHARS);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
