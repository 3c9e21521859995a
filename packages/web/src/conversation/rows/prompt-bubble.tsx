import { FoldedText } from "../fold/folded-text.tsx";
import type { PromptRow } from "../timeline/timeline-row.ts";
import { CutNote, RowDetails } from "./row-details.tsx";
import classes from "./rows.module.css";

const SHOWN_LINES = 18;

/** What a person wrote, as it was written. */
export function PromptBubble({ row }: { row: PromptRow }) {
  return (
    <>
      <div className={classes["prompt"]}>
        <PromptText id={row.key} text={row.text} />
        {row.images.map((image, index) => (
          <p key={index} className={classes["note"]}>
            Picture {image}
          </p>
        ))}
        {row.isCut ? <CutNote /> : null}
      </div>
      <RowDetails at={row.at} seq={row.seq} copied={row.text} />
    </>
  );
}

export function PromptText({ id, text }: { id: string; text: string }) {
  return (
    <FoldedText id={id} text={text} lines={SHOWN_LINES}>
      {(shown) => <p className={classes["plain"]}>{shown}</p>}
    </FoldedText>
  );
}
