/**
 * What a page keeps of a command's output: the last lines, within a bound, in the order in which they came. Lines have a
 * place that never changes (`firstPlace` rises when the oldest are cut), so that whoever looks at one finds it again.
 * It must not know commands or what is on the screen.
 */
import type { CommandLine } from "@parlatory/client";
import { readTerminalLine, type TerminalLine } from "./terminal-line.ts";
import { plainStyle, type TerminalStyle } from "./terminal-style.ts";

export interface PrintedLine extends TerminalLine {
  readonly kind: "line";
  readonly seq: number;
  readonly stream: "stdout" | "stderr" | undefined;
}

/** In place of lines that are nowhere to be had ([CMDHIST-3], [CMDHIST-8]). */
export interface LostLines {
  readonly kind: "lost";
  readonly fromSeq: number;
  readonly toSeq: number;
}

export type BufferedLine = PrintedLine | LostLines;

interface OpenLine {
  readonly place: number;
  readonly raw: string;
  readonly begin: TerminalStyle;
  /** Of pieces that were not even kept. */
  readonly beyond: number;
}

const MAX_LINES = 200_000;
/** Cut some at a time: moving all the others for each single one would cost more than the line. */
const CUT_AT_ONCE = 2_000;
const KEPT_SHARE = 15 / 16;
/** 32 MiB, at two bytes a character. */
const MAX_CHARS = 16 * 1024 * 1024;
const MAX_OPEN_CHARS = 1024 * 1024;
/** What a line costs beside its text, in characters. */
const LINE_CHARS = 40;

export class OutputBuffer {
  #lines: BufferedLine[] = [];
  #firstPlace = 0;
  #chars = 0;
  #maxChars = MAX_CHARS;
  #version = 0;
  readonly #styles = new Map<PrintedLine["stream"], TerminalStyle>();
  readonly #open = new Map<number, OpenLine>();
  readonly #listeners = new Set<() => void>();

  /** Changes whenever something else would be read. */
  get version(): number {
    return this.#version;
  }

  get firstPlace(): number {
    return this.#firstPlace;
  }

  /** Behind the last line. */
  get endPlace(): number {
    return this.#firstPlace + this.#lines.length;
  }

  get length(): number {
    return this.#lines.length;
  }

  at(place: number): BufferedLine | undefined {
    return this.#lines[place - this.#firstPlace];
  }

  add(lines: readonly CommandLine[]): void {
    for (const line of lines) this.#addLine(line);
    this.#cut();
    this.#changed();
  }

  lose(fromSeq: number, toSeq: number): void {
    this.#open.clear();
    this.#push({ kind: "lost", fromSeq, toSeq });
    this.#changed();
  }

  /** How much may be kept from now on. */
  keepAtMost(chars: number): void {
    this.#maxChars = Math.min(chars, MAX_CHARS);
    const before = this.#firstPlace;
    this.#cut();
    if (this.#firstPlace !== before) this.#changed();
  }

  /** All that is kept, without colours. */
  text(): string {
    return this.#lines.map((line) => (line.kind === "line" ? `${line.text}\n` : "")).join("");
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #addLine({ seq, stream, text, isPartial }: CommandLine): void {
    const open = this.#open.get(seq);
    const begin = open?.begin ?? this.#styles.get(stream) ?? plainStyle;
    const before = open?.raw ?? "";
    const raw = before + text.slice(0, MAX_OPEN_CHARS - before.length);
    const beyond = (open?.beyond ?? 0) + before.length + text.length - raw.length;
    const read = readTerminalLine(raw, begin);
    const line: PrintedLine = { ...read, kind: "line", seq, stream, hiddenChars: read.hiddenChars + beyond };
    const place = open?.place ?? this.endPlace;
    if (open === undefined) this.#push(line);
    else this.#replace(place, line);
    if (isPartial) this.#open.set(seq, { place, raw, begin, beyond });
    else this.#open.delete(seq);
    this.#styles.set(stream, read.style);
  }

  #push(line: BufferedLine): void {
    this.#lines.push(line);
    this.#chars += charsOf(line);
  }

  #replace(place: number, line: PrintedLine): void {
    const before = this.at(place);
    if (before === undefined) return;
    this.#lines[place - this.#firstPlace] = line;
    this.#chars += charsOf(line) - charsOf(before);
  }

  #cut(): void {
    const tooMany = this.#lines.length > MAX_LINES ? this.#lines.length - MAX_LINES + CUT_AT_ONCE : 0;
    const room = this.#chars > this.#maxChars ? this.#maxChars * KEPT_SHARE : this.#maxChars;
    let count = 0;
    while (count < this.#lines.length - 1 && (count < tooMany || this.#chars > room)) {
      this.#chars -= charsOf(this.#lines[count]);
      count += 1;
    }
    if (count === 0) return;
    this.#lines = this.#lines.slice(count);
    this.#firstPlace += count;
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}

function charsOf(line: BufferedLine | undefined): number {
  return line?.kind === "line" ? line.text.length + LINE_CHARS * (1 + line.spans.length) : LINE_CHARS;
}
