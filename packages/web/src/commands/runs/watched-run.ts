/**
 * One command whose output this page has or gets: its state and what of its output is kept. It must not know who shows it.
 * States: running → ended | failed (its end will not be heard of).
 */
import { storedCommandLines, type CommandRun, type CommandStart } from "@parlatory/client";
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { OutputBuffer } from "../output/output-buffer.ts";

export type RunState =
  | { readonly name: "running"; readonly isStopping: boolean }
  | {
      readonly name: "ended";
      readonly exitCode: number;
      readonly durationMs: number;
      readonly signal: string | undefined;
    }
  | { readonly name: "failed"; readonly message: string };

export class WatchedRun {
  readonly start: CommandStart;
  readonly output = new OutputBuffer();
  /** The server serves only the beginning and the end of what was printed ([CMDHIST-8]). */
  readonly isTruncated: boolean;
  readonly #changed: () => void;
  #state: RunState = { name: "running", isStopping: false };

  private constructor(start: CommandStart, isTruncated: boolean, changed: () => void) {
    this.start = start;
    this.isTruncated = isTruncated;
    this.#changed = changed;
  }

  /** One that runs, or was running a moment ago. */
  static follow(run: CommandRun, changed: () => void): WatchedRun {
    const watched = new WatchedRun(run.started, false, changed);
    run.listen({
      lines: (lines) => watched.output.add(lines),
      lost: (fromSeq, toSeq) => watched.output.lose(fromSeq, toSeq),
    });
    run.ended.then(
      (end) => watched.#setState({ name: "ended", ...end }),
      (error: unknown) => watched.#setState({ name: "failed", message: messageOf(error) }),
    );
    return watched;
  }

  /** One that is over, as it is in the history. */
  static read(stored: RemoteServerMessageOf<"command_output_full">): WatchedRun {
    const watched = new WatchedRun(stored, stored.truncated, () => undefined);
    const { exit_code: exitCode, duration_ms: durationMs } = stored;
    watched.#state = { name: "ended", exitCode, durationMs, signal: undefined };
    watched.output.add(storedCommandLines(stored));
    return watched;
  }

  get id(): string {
    return this.start.command_session_id;
  }

  get state(): RunState {
    return this.#state;
  }

  setStopping(isStopping: boolean): void {
    if (this.#state.name === "running") this.#setState({ name: "running", isStopping });
  }

  #setState(state: RunState): void {
    this.#state = state;
    this.#changed();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
