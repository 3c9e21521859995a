/** Where every value of a JSON text stands, so that one part can be changed and all others keep their bytes. */
export interface ObjectSpan extends Span {
  readonly kind: "object";
  readonly members: readonly MemberSpan[];
}
export interface ArraySpan extends Span {
  readonly kind: "array";
  readonly items: readonly JsonSpan[];
}
export interface ScalarSpan extends Span {
  readonly kind: "scalar";
}
export type JsonSpan = ObjectSpan | ArraySpan | ScalarSpan;

interface Span {
  /** Offset of the first character. */
  readonly start: number;
  /** Offset behind the last character. */
  readonly end: number;
}

export interface MemberSpan {
  readonly key: string;
  /** Offset of the key's opening quote. */
  readonly start: number;
  readonly value: JsonSpan;
}

const blank = /[ \t\n\r]*/y;
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s,\]}]+/y;

/** Raises SyntaxError where `JSON.parse` does; the spans themselves are then read without further checks. */
export function parseJsonSpans(text: string): JsonSpan {
  JSON.parse(text);
  return readValue(text, skip(text, 0));
}

function skip(text: string, at: number): number {
  blank.lastIndex = at;
  blank.exec(text);
  return blank.lastIndex;
}

function endOfToken(text: string, at: number): number {
  token.lastIndex = at;
  token.exec(text);
  return token.lastIndex;
}

function readValue(text: string, start: number): JsonSpan {
  if (text[start] === "{") return readObject(text, start);
  if (text[start] === "[") return readArray(text, start);
  return { kind: "scalar", start, end: endOfToken(text, start) };
}

function readObject(text: string, start: number): ObjectSpan {
  const members: MemberSpan[] = [];
  let at = skip(text, start + 1);
  while (text[at] !== "}") {
    const keyEnd = endOfToken(text, at);
    const value = readValue(text, skip(text, skip(text, keyEnd) + 1));
    members.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, start: at, value });
    at = skip(text, value.end);
    if (text[at] === ",") at = skip(text, at + 1);
  }
  return { kind: "object", start, end: at + 1, members };
}

function readArray(text: string, start: number): ArraySpan {
  const items: JsonSpan[] = [];
  let at = skip(text, start + 1);
  while (text[at] !== "]") {
    const item = readValue(text, at);
    items.push(item);
    at = skip(text, item.end);
    if (text[at] === ",") at = skip(text, at + 1);
  }
  return { kind: "array", start, end: at + 1, items };
}
