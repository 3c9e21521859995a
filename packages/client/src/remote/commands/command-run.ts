/**
 * One command that this client started or follows, to its end, over gaps and lost connections ([CMD-12], [CMD-13]): what is
 * missing is read from the command's history. It must not know sockets.
 * States: running → ended.
 */
import type { RemoteServerMessage, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { RemoteRequestError } from "../requests/remote-request-error.ts";
import { CommandLines, type CommandLine } from "./command-lines.ts";

export interface CommandEnd {
  readonly exitCode: number;
  readonly durationMs: number;
  readonly signal: string | undefined;
}

export interface CommandRunListener {
  /** In order, each once. While its promise is pending nothing more is given; what comes then is read again if it is much. */
  lines(lines: readonly CommandLine[]): void | Promise<void>;
  /** Lines that are nowhere to be had any more: there was too much output to be kept ([CMDHIST-8]). */
  lost?(fromSeq: number, toSeq: number): void;
}

export type StoredOutput = Pick<
  RemoteServerMessageOf<"command_output_full">,
  "output" | "exit_code" | "duration_ms" | "running" | "truncated" | "last_seq" | "stderr_lines"
>;

/** What is known of a command from its start on: as `command_started`, or as its entry in the history. */
export type CommandStart = Pick<
  RemoteServerMessageOf<"command_started">,
  "command_session_id" | "command_id" | "shell_command" | "working_directory" | "timestamp"
>;

export interface CommandRunOptions {
  readonly started: CommandStart;
  /** Reads everything from the history. */
  readonly readHistory: (commandSessionId: string) => Promise<StoredOutput>;
}

const MAX_VAIN_READINGS = 3;

export class CommandRun {
  readonly commandSessionId: string;
  readonly started: CommandStart;
  /** Rejects with `RemoteRequestError` when the client is closed, or the history cannot be read. */
  readonly ended: Promise<CommandEnd>;
  readonly #options: CommandRunOptions;
  readonly #lines = new CommandLines();
  readonly #end = Promise.withResolvers<CommandEnd>();
  #listener: CommandRunListener | undefined;
  /** The listener has not taken yet what it was given. */
  #isBusy = false;
  /** What came before there was a listener. */
  #early: CommandLine[] = [];
  #reading: Promise<void> | undefined;
  /** Readings in a row after which lines were still missing. */
  #vainReadings = 0;
  #complete: CommandEnd | undefined;
  #isOver = false;

  constructor(options: CommandRunOptions) {
    this.#options = options;
    this.started = options.started;
    this.commandSessionId = options.started.command_session_id;
    this.ended = this.#end.promise;
    this.ended.catch(() => undefined);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  listen(listener: CommandRunListener): void {
    this.#listener = listener;
    this.#give(this.#early.splice(0));
  }

  take(frame: RemoteServerMessage): void {
    if (frame.type === "command_output") this.#give(this.#lines.output(frame, !this.#isBusy));
    else if (frame.type === "command_output_gap") this.#lines.gap(frame);
    else if (frame.type === "command_complete") {
      this.#complete = { exitCode: frame.exit_code, durationMs: frame.duration_ms, signal: frame.signal };
    }
    this.#goOn();
  }

  #goOn(): void {
    if (this.#isBusy) return;
    if (this.#lines.missing !== undefined) this.catchUp();
    else this.#finishIfComplete();
  }

  /** Reads what was missed, as after a lost connection. */
  catchUp(): void {
    if (this.#isOver || this.#reading !== undefined || this.#isBusy) return;
    const reading = this.#options
      .readHistory(this.commandSessionId)
      .then((stored) => this.#takeHistory(stored))
      .catch((error: RemoteRequestError) => {
        // With the next connection it is tried again.
        if (error.code !== "connection_lost" && error.code !== "server_unreachable") this.fail(error);
      })
      .finally(() => {
        this.#reading = undefined;
        this.#afterReading();
      });
    this.#reading = reading;
  }

  #afterReading(): void {
    if (this.#isBusy) return;
    const { missing } = this.#lines;
    if (missing !== undefined && !this.#isOver) {
      this.#vainReadings += 1;
      // What was left out is in the history already; if it is not there now, it never will be.
      if (this.#vainReadings < MAX_VAIN_READINGS) return this.catchUp();
      this.#lose(missing.fromSeq, missing.toSeq);
    }
    this.#vainReadings = 0;
    this.#finishIfComplete();
  }

  #lose(fromSeq: number, toSeq: number): void {
    if (toSeq >= fromSeq) this.#listener?.lost?.(fromSeq, toSeq);
    this.#give(this.#lines.skipTo(toSeq));
  }

  fail(error: RemoteRequestError): void {
    this.#isOver = true;
    this.#end.reject(error);
  }

  #takeHistory(stored: StoredOutput): void {
    // Of a cut output the middle is gone, so that the lines behind it have lost their numbers.
    if (stored.truncated) this.#lose(this.#lines.lastSeq + 1, stored.last_seq);
    else this.#give(this.#lines.history(stored.output, stored.last_seq, stored.stderr_lines));
    if (!stored.running) {
      this.#complete ??= { exitCode: stored.exit_code, durationMs: stored.duration_ms, signal: undefined };
    }
  }

  #give(lines: readonly CommandLine[]): void {
    if (lines.length === 0) return;
    if (this.#listener === undefined) {
      this.#early.push(...lines);
      return;
    }
    const taken = this.#listener.lines(lines);
    if (taken === undefined) return;
    this.#isBusy = true;
    void taken.finally(() => {
      this.#isBusy = false;
      this.#give(this.#lines.waiting());
      this.#goOn();
    });
  }

  #finishIfComplete(): void {
    if (this.#complete === undefined || this.#isOver || this.#isBusy || this.#reading !== undefined) return;
    this.#isOver = true;
    this.#end.resolve(this.#complete);
  }
}
