import { diffLines } from "diff";
import { useMemo } from "react";
import classes from "./tool-input-view.module.css";

/** Beyond this a comparison would take too long; both texts are shown one after the other then. */
const maxCompared = 200_000;

/** What an edit takes out and puts in, line by line. */
export function TextChange({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => changedLines(before, after), [before, after]);
  return (
    <pre className={classes["diff"]} aria-label="Change">
      {lines.map(({ sign, text }, index) => (
        <span key={index} className={sign === "+" ? classes["in"] : sign === "-" ? classes["out"] : undefined}>
          {`${sign} ${text}\n`}
        </span>
      ))}
    </pre>
  );
}

type ChangedLine = { readonly sign: "+" | "-" | " "; readonly text: string };

function changedLines(before: string, after: string): readonly ChangedLine[] {
  if (before.length + after.length > maxCompared) return [...signed("-", before), ...signed("+", after)];
  return diffLines(before, after).flatMap(({ value, added, removed }) =>
    signed(added ? "+" : removed ? "-" : " ", value),
  );
}

function signed(sign: ChangedLine["sign"], text: string): readonly ChangedLine[] {
  if (text === "") return [];
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => ({ sign, text: line }));
}
