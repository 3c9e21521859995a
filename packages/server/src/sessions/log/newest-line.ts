/**
 * What only the newest of some messages tells: when it was, by which model, and what it says. Where that stands is noted of each,
 * and read of the last one. Each thing is taken once; the bytes of the lines have to stay until then.
 */
import { invariant } from "@parlatory/protocol";
import { firstCodePoints } from "./cut-text.ts";
import type { LineRow, Span } from "./line-row.ts";
import { toLogRecord } from "./log-record.ts";
import { parseObject } from "./parse-object.ts";
import { parseRecordTime } from "./record-time.ts";
import { renderText } from "./render-text.ts";
import { KEPT_CODE_POINTS, textBeginning } from "./text-beginning.ts";

export class NewestLine {
  #bytes: Buffer | undefined;
  #line: Span | undefined;
  /** Of a time that is certainly one. */
  #time: Span | undefined;
  #model: Span | undefined;
  #text: Span | undefined;

  note(line: LineRow): void {
    this.#bytes = line.bytes;
    this.#line = { start: line.start, end: line.end };
    this.#text = line.textSpan;
    if (line.isPlainTime) this.#time = line.timeSpan;
    if (!line.isUser && !line.isApiError) this.#model = line.modelSpan ?? this.#model;
  }

  takeTime(): number | undefined {
    const text = this.#textOf(this.#time);
    this.#time = undefined;
    return parseRecordTime(text);
  }

  takeModel(): string | undefined {
    const text = this.#textOf(this.#model);
    this.#model = undefined;
    return text;
  }

  /** The beginning of its text. */
  takePreview(): string | undefined {
    const [line, bytes] = [this.#line, this.#bytes];
    if (line === undefined || bytes === undefined) return undefined;
    this.#line = undefined;
    const text = this.#text === undefined ? fullText(bytes, line) : textBeginning(bytes, this.#text);
    return firstCodePoints(text, KEPT_CODE_POINTS);
  }

  /** A newer message is known otherwise. Its model may not be. */
  forget(): void {
    this.#line = this.#time = undefined;
  }

  #textOf(span: Span | undefined): string | undefined {
    return span && this.#bytes?.toString("utf8", span.start, span.end);
  }
}

function fullText(bytes: Buffer, { start, end }: Span): string {
  const record = toLogRecord(parseObject(bytes, start, end) ?? {});
  invariant(record !== undefined, "a line that the scanner calls a message is one");
  return renderText(record.content);
}
