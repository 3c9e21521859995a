import { SmallCopyButton } from "../fold/small-copy-button.tsx";
import classes from "./rows.module.css";

const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/**
 * When it was said, its number, and a way to take its text along; the day stands above. Shown with the pointer or the focus
 * on the row, under its last line; `isInFlow` where something to press could be there.
 */
export function RowDetails(props: { at: string; seq?: number | undefined; copied: string; isInFlow?: boolean }) {
  const { at, seq, copied, isInFlow = false } = props;
  const date = new Date(at);
  return (
    <div className={isInFlow ? classes["detailsInFlow"] : classes["details"]}>
      <time dateTime={at} title={whole.format(date)}>
        {time.format(date)}
      </time>
      {seq === undefined ? null : <span>#{seq}</span>}
      <SmallCopyButton text={copied} label="Copy the text" />
    </div>
  );
}

export function CutNote() {
  return <p className={classes["note"]}>Shortened on its way here; the agent's own record has all of it.</p>;
}
