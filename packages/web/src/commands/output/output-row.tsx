import classes from "./output-row.module.css";
import type { BufferedLine } from "./output-buffer.ts";
import { toLinePieces } from "./line-pieces.ts";
import type { TerminalStyle } from "./terminal-style.ts";

export interface RowMatch {
  readonly start: number;
  readonly end: number;
  readonly isCurrent: boolean;
}

/** One line of output. What is of stderr has a mark of its own beside the colour; marks are not copied. */
export function OutputRow({ line, matches }: { line: BufferedLine; matches: readonly RowMatch[] }) {
  if (line.kind === "lost") {
    const count = line.toSeq - line.fromSeq + 1;
    return (
      <p className={classes["note"]}>
        {count === 1 ? `Line ${line.fromSeq} is` : `Lines ${line.fromSeq} to ${line.toSeq} are`} not here: there was
        more output than is kept.
      </p>
    );
  }
  const isError = line.stream === "stderr";
  return (
    <div className={isError ? `${classes["row"]} ${classes["error"]}` : classes["row"]}>
      <span className={classes["number"]} aria-hidden="true">
        {line.seq}
      </span>
      <span className={classes["mark"]}>{isError ? <abbr title="stderr">err</abbr> : null}</span>
      <span className={classes["text"]}>
        {toLinePieces(line.text, line.spans, matches).map(({ text, style, match }, index) =>
          match === undefined ? (
            <span key={index} className={toClassName(style)}>
              {text}
            </span>
          ) : (
            <mark key={index} className={matches[match]?.isCurrent === true ? classes["current"] : classes["match"]}>
              {text}
            </mark>
          ),
        )}
        {line.hiddenChars === 0 ? null : (
          <span className={classes["hidden"]}>
            … {line.hiddenChars.toLocaleString()} more characters, in the download
          </span>
        )}
      </span>
    </div>
  );
}

function toClassName(style: TerminalStyle | undefined): string | undefined {
  if (style === undefined) return undefined;
  const { isInverse } = style;
  // On a ground of its own the ink is the one that was made for it, or nobody could promise that it is legible.
  const ground = isInverse ? (style.ink ?? "gray") : style.ground;
  const names = [
    ground === undefined ? (style.ink ?? (style.isDim ? "dim" : undefined)) : `on-${ground}`,
    style.isBold ? "bold" : undefined,
    style.isItalic ? "italic" : undefined,
    style.isUnderlined ? "underlined" : undefined,
    style.isStruck ? "struck" : undefined,
  ];
  return names.flatMap((name) => (name === undefined ? [] : (classes[name] ?? []))).join(" ");
}
