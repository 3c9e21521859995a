/**
 * One line of a program's output as a terminal would have left it: colours as spans, a carriage return or backspace goes
 * back and writes over, and every other control or escape sequence is dropped. It must not know what is shown how.
 */
import { applySgr, isPlain, plainStyle, type TerminalStyle } from "./terminal-style.ts";

export interface StyledSpan {
  readonly start: number;
  readonly end: number;
  readonly style: TerminalStyle;
}

export interface TerminalLine {
  readonly text: string;
  /** What is not plain, in order. */
  readonly spans: readonly StyledSpan[];
  /** In force where the line ends; the next one of the stream begins with it. */
  readonly style: TerminalStyle;
  /** Characters that were left out at the end, because no page can show a line that long. */
  readonly hiddenChars: number;
}

export const MAX_LINE_CHARS = 20_000;
const noSpans: readonly StyledSpan[] = [];

// oxlint-disable no-control-regex -- control characters are what this is about
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;
const TOKEN = new RegExp(
  [
    "\\u001b\\[([0-?]*)[ -/]*([@-~])?", // CSI: 1 parameters, 2 what to do
    "\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?", // OSC: titles, links
    "\\u001b[PX^_][^\\u001b]*(?:\\u001b\\\\)?", // other strings
    "\\u001b[ -/]*[0-~]?",
    "[\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]",
    "[^\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]+",
  ].join("|"),
  "g",
);
// oxlint-enable no-control-regex

export function readTerminalLine(raw: string, begin: TerminalStyle = plainStyle): TerminalLine {
  if (CONTROL.test(raw)) return readCells(raw, begin);
  const hiddenChars = Math.max(0, raw.length - MAX_LINE_CHARS);
  const text = hiddenChars === 0 ? raw : withoutParent(raw.slice(0, MAX_LINE_CHARS));
  const spans = begin === plainStyle || text === "" ? noSpans : [{ start: 0, end: text.length, style: begin }];
  return { text, spans, style: begin, hiddenChars };
}

function readCells(raw: string, begin: TerminalStyle): TerminalLine {
  const cells: string[] = [];
  const styles: TerminalStyle[] = [];
  let style = begin;
  let cursor = 0;
  let hiddenChars = 0;
  const write = (text: string): void => {
    for (const character of text) {
      if (cursor >= MAX_LINE_CHARS) {
        hiddenChars += 1;
        continue;
      }
      while (cells.length < cursor) {
        cells.push(" ");
        styles.push(plainStyle);
      }
      cells[cursor] = character;
      styles[cursor] = style;
      cursor += 1;
    }
  };
  for (const [token, parameters = "", action] of raw.matchAll(TOKEN)) {
    if (token === "\r") cursor = 0;
    else if (token === "\b") cursor = Math.max(0, cursor - 1);
    else if (action === "m") style = applySgr(style, parameters);
    else if (action === "G") cursor = Math.min(MAX_LINE_CHARS, Math.max(1, Number(parameters) || 1) - 1);
    else if (action === "K") erase(cells, styles, cursor, parameters);
    else if (!CONTROL.test(token)) write(token);
  }
  return { ...joinCells(cells, styles), style: isPlain(style) ? plainStyle : style, hiddenChars };
}

/** `0`: to the end; `1`: to the cursor; `2`: the whole line. */
function erase(cells: string[], styles: TerminalStyle[], cursor: number, what: string): void {
  if (what === "" || what === "0") {
    cells.length = Math.min(cells.length, cursor);
    styles.length = cells.length;
    return;
  }
  const end = what === "1" ? Math.min(cells.length, cursor + 1) : cells.length;
  cells.fill(" ", 0, end);
  styles.fill(plainStyle, 0, end);
}

function joinCells(cells: readonly string[], styles: readonly TerminalStyle[]): { text: string; spans: StyledSpan[] } {
  const spans: StyledSpan[] = [];
  let length = 0;
  for (const [index, cell] of cells.entries()) {
    const style = styles[index] ?? plainStyle;
    const end = length + cell.length;
    const last = spans.at(-1);
    if (style !== plainStyle) {
      if (last !== undefined && last.style === style && last.end === length) spans[spans.length - 1] = { ...last, end };
      else spans.push({ start: length, end, style });
    }
    length = end;
  }
  return { text: cells.join(""), spans };
}

/** A slice keeps all of what it was cut from in memory; a copy does not. */
function withoutParent(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
