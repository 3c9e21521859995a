/**
 * What the scanner says of one line, read from its table: where in the scanned bytes things stand, and what it is certain of.
 * One object is used for all rows of a table, one after another. The layout is that of `packages/server/wasm/memory-layout.ts`.
 */

import type { Print } from "./print-row.ts";

const ROWS = 8_192 / 4;
const ROW_WORDS = 20;
const CALLS = ROWS + ROW_WORDS * 1_024;
const CALL_WORDS = 2;
const IS_RESULT = 0x8000_0000;

// Flags of a row.
const UNSURE = 1;
const MESSAGE = 2;
const USER = 4;
const SIDECHAIN = 8;
const OF_TURN = 16;
const FINISHING = 32;
const HAS_RESULT = 64;
const API_ERROR = 128;
const HAS_USAGE = 256;
const PLAIN_TIME = 512;
const PLAIN_ID = 1_024;
const PLAIN_PARENT = 2_048;
const HAS_TEXT = 4_096;

// Words of a row.
const START = 0;
const END = 1;
const FLAGS = 2;
const ID = 3;
const PARENT = 5;
const TIME = 7;
const CWD = 9;
const MODEL = 11;
const TOKENS = 13;
const LINE_CALLS = 14;
const PRINT = 16;
const TEXT = 18;

const LESS_THAN = 0x3c;
const none: readonly string[] = [];

/** A text within the scanned bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class LineRow {
  /** What was scanned. */
  readonly bytes: Buffer;
  readonly #words: Uint32Array;
  #at = ROWS;
  #flags = 0;
  readonly #print = { high: 0, low: 0 };

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, CALLS + CALL_WORDS * 4_096);
  }

  moveTo(index: number): void {
    this.#at = ROWS + ROW_WORDS * index;
    this.#flags = this.#word(FLAGS);
  }

  get start(): number {
    return this.#word(START);
  }

  /** Of its newline. */
  get end(): number {
    return this.#word(END);
  }

  /** It has to be parsed: nothing else of the row has a meaning. */
  get isUnsure(): boolean {
    return (this.#flags & UNSURE) !== 0;
  }

  /** It is valid, has an id, and passes the filter of [HIST-2]. */
  get isMessage(): boolean {
    return (this.#flags & MESSAGE) !== 0;
  }

  /** Of type `user`, in the log or not. */
  get isUser(): boolean {
    return (this.#flags & USER) !== 0;
  }

  get isSidechain(): boolean {
    return (this.#flags & SIDECHAIN) !== 0;
  }

  get isOfTurn(): boolean {
    return (this.#flags & OF_TURN) !== 0;
  }

  get isFinal(): boolean {
    return (this.#flags & FINISHING) !== 0;
  }

  get hasResult(): boolean {
    return (this.#flags & HAS_RESULT) !== 0;
  }

  get isApiError(): boolean {
    return !this.isUser && (this.#flags & API_ERROR) !== 0;
  }

  /** `uuid` as it stands there; undefined when there is none. */
  get uuid(): string | undefined {
    return this.#text(ID, PLAIN_ID);
  }

  get parentUuid(): string | undefined {
    return this.#text(PARENT, PLAIN_PARENT);
  }

  /** The id is a UUID in lower case. */
  get isPlainId(): boolean {
    return (this.#flags & PLAIN_ID) !== 0;
  }

  get isPlainParent(): boolean {
    return (this.#flags & PLAIN_PARENT) !== 0;
  }

  /** Of a message's plain id, valid until the next row. */
  get print(): Print {
    this.#print.high = this.#word(PRINT);
    this.#print.low = this.#word(PRINT + 1);
    return this.#print;
  }

  /** As it stands there. */
  get time(): string | undefined {
    return this.#text(TIME, PLAIN_TIME);
  }

  get timeSpan(): Span | undefined {
    return this.#span(TIME);
  }

  /** The time is certainly one. */
  get isPlainTime(): boolean {
    return (this.#flags & PLAIN_TIME) !== 0;
  }

  /** Empty when there is none. */
  get cwd(): string {
    const span = this.#span(CWD);
    if (span === undefined) return "";
    const text: unknown = JSON.parse(this.bytes.toString("utf8", span.start, span.end));
    return typeof text === "string" ? text : "";
  }

  /** Of the model's name, if it is that of a model. */
  get modelSpan(): Span | undefined {
    const span = this.#span(MODEL);
    return span === undefined || this.bytes[span.start] === LESS_THAN ? undefined : span;
  }

  /** Of its text, between the quotes, where that is one string; undefined where it is made of parts. */
  get textSpan(): Span | undefined {
    if ((this.#flags & HAS_TEXT) === 0) return undefined;
    const start = this.#word(TEXT);
    return { start, end: start + this.#word(TEXT + 1) };
  }

  /** What the context holds; 0 when the line does not say. */
  get contextTokens(): number {
    return (this.#flags & HAS_USAGE) === 0 ? 0 : this.#word(TOKENS);
  }

  /** Ids of the calls that it makes. */
  get callIds(): readonly string[] {
    return this.#calls(0);
  }

  /** Ids of the calls that it answers. */
  get resultIds(): readonly string[] {
    return this.#calls(IS_RESULT);
  }

  #calls(kind: number): readonly string[] {
    const count = this.#word(LINE_CALLS + 1);
    if (count === 0) return none;
    const ids: string[] = [];
    const first = CALLS + CALL_WORDS * this.#word(LINE_CALLS);
    for (let at = first; at < first + CALL_WORDS * count; at += CALL_WORDS) {
      const start = this.#words[at] ?? 0;
      const length = (this.#words[at + 1] ?? 0) - kind;
      if (length > 0 && length < IS_RESULT) ids.push(this.bytes.toString("utf8", start, start + length));
    }
    return ids;
  }

  #text(field: number, plain: number): string | undefined {
    const length = this.#word(field + 1);
    if (length === 0) return undefined;
    const start = this.#word(field);
    return this.bytes.toString((this.#flags & plain) !== 0 ? "latin1" : "utf8", start, start + length);
  }

  #span(field: number): Span | undefined {
    const length = this.#word(field + 1);
    const start = this.#word(field);
    return length === 0 ? undefined : { start, end: start + length };
  }

  #word(field: number): number {
    return this.#words[this.#at + field] ?? 0;
  }
}
