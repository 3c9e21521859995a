import { CopyButton } from "../fold/copy-button.tsx";
import classes from "./rows.module.css";

const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/**
 * When it was said, its number, and a way to take its text along. Shown with the pointer or the focus on the row, over its
 * last line; `isInFlow` where something to press could be under it.
 */
export function RowDetails(props: { at: string; seq?: number | undefined; copied: string; isInFlow?: boolean }) {
  const { at, seq, copied, isInFlow = false } = props;
  return (
    <div className={isInFlow ? classes["detailsInFlow"] : classes["details"]}>
      <time dateTime={at}>{format.format(new Date(at))}</time>
      {seq === undefined ? null : <span>#{seq}</span>}
      <CopyButton text={copied} label="Copy the text" />
    </div>
  );
}

export function CutNote() {
  return <p className={classes["note"]}>Shortened on its way here; the agent's own record has all of it.</p>;
}
