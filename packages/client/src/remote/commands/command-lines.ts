/**
 * The output of one command as whole lines, from frames that may hold many lines, parts of one, or tell of a gap ([CMD-11],
 * [CMD-12]). Every line once, whatever comes twice. It must not know sockets; whoever has it reads what is missing from the
 * command's history.
 */
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";

export interface CommandLine {
  /** Number of the line, from 1. */
  readonly seq: number;
  /** Undefined for a line that was read from the history of a server that does not say. */
  readonly stream: "stdout" | "stderr" | undefined;
  readonly text: string;
  /** Another piece of the same line follows. */
  readonly isPartial: boolean;
}

interface OpenLine {
  readonly seq: number;
  /** Characters of it that were handed over. */
  readonly length: number;
}

type Stream = "stdout" | "stderr";
type OutputFrame = RemoteServerMessageOf<"command_output">;

/** Characters of output that may wait for what is missing before it; more is read again instead. */
const MAX_WAITING_CHARS = 4 * 1024 * 1024;

export class CommandLines {
  /** The highest number that was begun. */
  #lastSeq = 0;
  /** Lines whose last piece is still to come; the other stream may go on meanwhile. */
  readonly #open = new Map<Stream, OpenLine>();
  /** The highest number that was told of. */
  #knownTo = 0;
  /** Came while something before it was missing. */
  #waiting: OutputFrame[] = [];
  #waitingChars = 0;

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Lines that were left out on the way and are in the history. */
  get missing(): { readonly fromSeq: number; readonly toSeq: number } | undefined {
    if (this.#knownTo <= this.#lastSeq) return undefined;
    const next = this.#waiting.find(({ seq }) => seq > this.#lastSeq);
    return { fromSeq: this.#lastSeq + 1, toSeq: next === undefined ? this.#knownTo : next.seq - 1 };
  }

  /** Answers what is new of a frame, in order; nothing while lines before it are missing, or nobody can take it. */
  output(frame: OutputFrame, canTake = true): CommandLine[] {
    const texts = textsOf(frame);
    if (canTake && this.missing === undefined && this.#isNext(frame)) return this.#take(frame, texts);
    this.#knownTo = Math.max(this.#knownTo, frame.seq + texts.length - 1);
    this.#keep(frame);
    return [];
  }

  gap(frame: RemoteServerMessageOf<"command_output_gap">): void {
    this.#knownTo = Math.max(this.#knownTo, frame.to_seq);
  }

  /**
   * All that the history holds, up to its line `lastSeq`; answers what is new of it, and what waited for it. `stderrLines`:
   * pairs of a first and a last number, rising; undefined when nobody says of which stream a line is.
   */
  history(output: string, lastSeq: number, stderrLines?: readonly number[]): CommandLine[] {
    const texts = output.split("\n");
    const lines: CommandLine[] = [];
    for (const [stream, { seq, length }] of this.#open) {
      const rest = texts[seq - 1]?.slice(length);
      if (rest !== undefined) lines.push({ seq, stream, text: rest, isPartial: false });
    }
    const streamOf = streamReader(stderrLines);
    for (let seq = this.#lastSeq + 1; seq <= lastSeq; seq += 1) {
      const text = texts[seq - 1];
      if (text === undefined) break;
      lines.push({ seq, stream: streamOf(seq), text, isPartial: false });
    }
    lines.push(...this.skipTo(lastSeq));
    return lines;
  }

  /** Lines up to `seq` will not come any more; answers what waited for them. */
  skipTo(seq: number): CommandLine[] {
    this.#open.clear();
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    return this.waiting();
  }

  /** What waited and has nothing missing before it. */
  waiting(): CommandLine[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingChars = 0;
    const lines: CommandLine[] = [];
    for (const frame of waiting) {
      const texts = textsOf(frame);
      if (this.#isNext(frame)) lines.push(...this.#take(frame, texts));
      else this.#keep(frame);
    }
    return lines;
  }

  #isNext({ stream, seq }: OutputFrame): boolean {
    return seq <= this.#lastSeq + 1 || this.#open.get(stream)?.seq === seq;
  }

  #keep(frame: OutputFrame): void {
    if (this.#waitingChars + frame.text.length > MAX_WAITING_CHARS) return;
    this.#waiting.push(frame);
    this.#waitingChars += frame.text.length;
  }

  #take({ stream, seq: firstSeq, partial }: OutputFrame, texts: readonly string[]): CommandLine[] {
    const lines: CommandLine[] = [];
    for (const [index, text] of texts.entries()) {
      const seq = firstSeq + index;
      const open = this.#open.get(stream);
      if (seq <= this.#lastSeq && open?.seq !== seq) continue;
      const isPartial = partial === true && index === texts.length - 1;
      lines.push({ seq, stream, text, isPartial });
      if (isPartial) this.#open.set(stream, { seq, length: (open?.seq === seq ? open.length : 0) + text.length });
      else this.#open.delete(stream);
      this.#lastSeq = Math.max(this.#lastSeq, seq);
    }
    this.#knownTo = Math.max(this.#knownTo, this.#lastSeq);
    return lines;
  }
}

/** The whole output of a command that is over, as the history has it ([CMDHIST-7]). */
export function storedCommandLines({
  output,
  stderr_lines: stderrLines,
}: Pick<RemoteServerMessageOf<"command_output_full">, "output" | "stderr_lines">): CommandLine[] {
  const texts = output.split("\n");
  // The output ends with a newline, behind which there is no line.
  if (texts.at(-1) === "") texts.pop();
  const streamOf = streamReader(stderrLines);
  return texts.map((text, index) => ({ seq: index + 1, stream: streamOf(index + 1), text, isPartial: false }));
}

/** Tells the stream of a line; to be asked for rising numbers. */
function streamReader(stderrLines: readonly number[] | undefined): (seq: number) => Stream | undefined {
  if (stderrLines === undefined) return () => undefined;
  let pair = 0;
  return (seq) => {
    while ((stderrLines[pair + 1] ?? Infinity) < seq) pair += 2;
    return (stderrLines[pair] ?? Infinity) <= seq ? "stderr" : "stdout";
  };
}

/** A frame with a count holds so many whole lines. */
function textsOf({ lines, text }: OutputFrame): readonly string[] {
  return lines === undefined ? [text] : text.split("\n");
}
