import type { ReactNode } from "react";
import { SmallButton } from "./small-button.tsx";
import { useFold } from "./fold-state.ts";

/** A text of which the first lines are shown until somebody wants all of it. */
export function FoldedText(props: {
  id: string;
  text: string;
  /** Lines that are shown of a longer one. */
  lines: number;
  children: (shown: string) => ReactNode;
}) {
  const { id, text, lines, children } = props;
  const [isOpen, toggle] = useFold(`${id}/all`);
  const end = endOfLine(text, lines);
  // A fold that hides a line or two is in the way.
  const isLong = end !== undefined && endOfLine(text, lines + 3) !== undefined;
  const shown = isLong && !isOpen ? text.slice(0, end) : text;
  return (
    <>
      {children(shown)}
      {isLong ? (
        <SmallButton onClick={toggle} aria-expanded={isOpen}>
          {isOpen ? "Show less" : `Show all ${countLines(text)} lines`}
        </SmallButton>
      ) : null}
    </>
  );
}

/** Where the line of this number ends; undefined when there are not so many. */
function endOfLine(text: string, lines: number): number | undefined {
  let end = -1;
  for (let line = 0; line < lines; line += 1) {
    end = text.indexOf("\n", end + 1);
    if (end === -1) return undefined;
  }
  return end;
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
