/**
 * The way of a command's output: numbered in the order of reading, into the log, then to the listener ([CMD-11], [CMD-12]).
 * What is read while the log is written waits for the next write; when too much waits, reading has to pause.
 * States: idle, writing; a log that could not be written is written to no more, and output goes to the listener alone.
 */
import type { OutputLine } from "../command-desk.ts";
import type { CommandLog } from "../history/command-log.ts";
import type { OutputStream } from "../history/log-buffer.ts";
import { OutputPreview } from "../history/output-preview.ts";
import type { OutputBlock } from "./output-splitter.ts";

export interface RecorderOptions {
  readonly log: Pick<CommandLog, "append" | "flush">;
  /** In the log by now. */
  readonly onLines: (lines: readonly OutputLine[]) => void;
  /** What waited was written: reading may go on. */
  readonly onWritten: () => void;
  /** Once, for a log that cannot be written. */
  readonly onLogFailed: (cause: unknown) => void;
}

/** More than this, and reading pauses: a batch small enough not to hold up the event loop. */
const MAX_WAITING_BYTES = 256 * 1024;
const MAX_WAITING_LINES = 8_192;

export class OutputRecorder {
  readonly preview = new OutputPreview();
  readonly #options: RecorderOptions;
  #lines: OutputLine[] = [];
  #waitingBytes = 0;
  #lastSeq = 0;
  /** Number of the line that each stream has begun, while it is unfinished. */
  readonly #open: Partial<Record<OutputStream, number>> = {};
  /** Of what is in the log; behind the two above while lines wait. */
  #recordedSeq = 0;
  #writing: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#waitingBytes > MAX_WAITING_BYTES || this.#lines.length > MAX_WAITING_LINES;
  }

  /** The last line that was told whole, with all before it. */
  get recordedSeq(): number {
    return this.#recordedSeq;
  }

  take(block: OutputBlock, stream: OutputStream): void {
    this.#options.log.append(block, stream);
    if (!this.preview.isFull) this.preview.append(outputOf(block));
    this.#number(block, stream);
    this.#waitingBytes += block.bytes.length;
    this.#writing ??= this.#write();
  }

  /** All that was taken is in the log and was told. */
  async settle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #number({ texts, isContinued, isUnfinished }: OutputBlock, stream: OutputStream): void {
    for (let i = 0; i < texts.length; i++) {
      const begun = i === 0 && isContinued ? this.#open[stream] : undefined;
      const seq = begun ?? ++this.#lastSeq;
      this.#lines.push({ stream, seq, text: texts[i] ?? "", isPartial: isUnfinished });
    }
    if (isUnfinished) this.#open[stream] ??= this.#lastSeq;
    else delete this.#open[stream];
  }

  async #write(): Promise<void> {
    // What this turn still brings goes with it.
    await Promise.resolve();
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      const { stdout, stderr } = this.#open;
      const recorded = Math.min(this.#lastSeq, (stdout ?? Infinity) - 1, (stderr ?? Infinity) - 1);
      this.#lines = [];
      this.#waitingBytes = 0;
      try {
        await this.#options.log.flush();
      } catch (cause) {
        this.#options.onLogFailed(cause);
      }
      this.#recordedSeq = recorded;
      this.#options.onLines(lines);
      this.#options.onWritten();
    }
    this.#writing = undefined;
  }
}

/** As it will be read back: a piece has no newline of its own. So much of it that any preview is filled. */
function outputOf({ bytes, isUnfinished }: OutputBlock): string {
  return bytes.toString("utf8", 0, Math.min(bytes.length - (isUnfinished ? 1 : 0), 4_096));
}
