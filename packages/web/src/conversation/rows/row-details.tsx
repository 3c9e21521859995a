import { CopyButton } from "../fold/copy-button.tsx";
import classes from "./rows.module.css";

const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** When it was said, its number, and a way to take its text along; shown with the pointer or the focus on the row. */
export function RowDetails({ at, seq, copied }: { at: string; seq: number; copied: string }) {
  return (
    <div className={classes["details"]}>
      <time dateTime={at}>{format.format(new Date(at))}</time>
      <span>#{seq}</span>
      <CopyButton text={copied} label="Copy the text" />
    </div>
  );
}

export function CutNote() {
  return <p className={classes["note"]}>Shortened on its way here; the agent's own record has all of it.</p>;
}
