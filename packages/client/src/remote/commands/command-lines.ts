/**
 * The output of one command as whole lines, from frames that may hold many lines, parts of one, or tell of a gap ([CMD-11],
 * [CMD-12]). Every line once, whatever comes twice. It must not know sockets; whoever has it reads what is missing from the
 * command's history.
 */
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";

export interface CommandLine {
  /** Number of the line, from 1. */
  readonly seq: number;
  /** Undefined for a line that was read from the history, which does not say. */
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

export class CommandLines {
  /** The highest number that was begun. */
  #lastSeq = 0;
  /** Lines whose last piece is still to come; the other stream may go on meanwhile. */
  readonly #open = new Map<Stream, OpenLine>();
  #missingTo = 0;

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Lines that were left out on the way and are in the history. */
  get missing(): { readonly fromSeq: number; readonly toSeq: number } | undefined {
    return this.#missingTo > this.#lastSeq ? { fromSeq: this.#lastSeq + 1, toSeq: this.#missingTo } : undefined;
  }

  /** Answers what is new of a frame, in order; nothing while lines before it are missing. */
  output(frame: RemoteServerMessageOf<"command_output">): CommandLine[] {
    const { stream, seq: firstSeq } = frame;
    const texts = frame.lines === undefined ? [frame.text] : frame.text.split("\n");
    const lastSeq = firstSeq + texts.length - 1;
    const isPiece = this.#open.get(stream)?.seq === firstSeq;
    if (this.missing !== undefined || (!isPiece && firstSeq > this.#lastSeq + 1)) {
      // What is not taken now is read together with what is missing.
      this.#missingTo = Math.max(this.#missingTo, lastSeq);
      return [];
    }
    const lines: CommandLine[] = [];
    for (const [index, text] of texts.entries()) {
      const seq = firstSeq + index;
      const open = this.#open.get(stream);
      if (seq <= this.#lastSeq && open?.seq !== seq) continue;
      const isPartial = frame.partial === true && index === texts.length - 1;
      lines.push({ seq, stream, text, isPartial });
      if (isPartial) this.#open.set(stream, { seq, length: (open?.seq === seq ? open.length : 0) + text.length });
      else this.#open.delete(stream);
      this.#lastSeq = Math.max(this.#lastSeq, seq);
    }
    return lines;
  }

  gap(frame: RemoteServerMessageOf<"command_output_gap">): void {
    this.#missingTo = Math.max(this.#missingTo, frame.to_seq);
  }

  /** All that the history holds, up to its line `lastSeq`; answers what is new of it. */
  history(output: string, lastSeq: number): CommandLine[] {
    const texts = output.split("\n");
    const lines: CommandLine[] = [];
    for (const [stream, { seq, length }] of this.#open) {
      const rest = texts[seq - 1]?.slice(length);
      if (rest !== undefined) lines.push({ seq, stream, text: rest, isPartial: false });
    }
    this.#open.clear();
    for (let seq = this.#lastSeq + 1; seq <= lastSeq; seq += 1) {
      const text = texts[seq - 1];
      // Beyond what is served of a very long output.
      if (text === undefined) break;
      lines.push({ seq, stream: undefined, text, isPartial: false });
    }
    this.skipTo(lastSeq);
    return lines;
  }

  /** Lines up to `seq` will not come any more. */
  skipTo(seq: number): void {
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    if (this.#missingTo <= this.#lastSeq) this.#missingTo = 0;
  }
}
