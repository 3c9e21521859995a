import { FoldedText } from "../fold/folded-text.tsx";
import { SmallButton } from "../fold/small-button.tsx";
import { useFold } from "../fold/fold-state.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { noticeText } from "../timeline/notice-text.ts";
import type { RemarkRow } from "../timeline/timeline-row.ts";
import { RowDetails } from "./row-details.tsx";
import classes from "./rows.module.css";

/** What is neither a prompt nor a reply: a note, a failure, or the place where what was before was summed up. */
export function Remark({ row }: { row: RemarkRow }) {
  if (row.type === "summary") return <Summary row={row} />;
  const text = row.type === "notice" ? noticeText(row.text) : row.text;
  return (
    <>
      <div className={classes[row.type]}>
        {row.type === "failure" ? <strong>The model's service failed</strong> : null}
        <FoldedText id={row.key} text={text === "" ? "(a message without content)" : text} lines={6}>
          {(shown) => <p className={classes["plain"]}>{shown}</p>}
        </FoldedText>
      </div>
      <RowDetails at={row.at} seq={row.seq} copied={text} />
    </>
  );
}

function Summary({ row }: { row: RemarkRow }) {
  const [isOpen, toggle] = useFold(row.key);
  return (
    <div className={classes["summary"]}>
      <p className={classes["divider"]}>
        <SmallButton onClick={toggle} aria-expanded={isOpen} data-fold>
          Compacted here · {isOpen ? "hide" : "show"} the summary
        </SmallButton>
      </p>
      {isOpen ? (
        <div className={classes["compacted"]}>
          <Markdown text={row.text} id={row.key} />
        </div>
      ) : null}
    </div>
  );
}
