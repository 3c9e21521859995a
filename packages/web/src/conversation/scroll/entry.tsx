import { memo } from "react";
import { Row } from "../rows/row.tsx";
import { rowLabel } from "../rows/row-label.ts";
import type { ListRow } from "../rows/tail-row.ts";
import classes from "./conversation-list.module.css";

/** One row in its place. While one scrolls, those that stay in sight are not drawn anew: everything it is given stays the same. */
export const Entry = memo(function Entry(props: {
  row: ListRow;
  index: number;
  /** The one among the tab stops. */
  isActive: boolean;
  isLive: boolean;
  /** Of all rows; -1 while there are older ones. */
  setSize: number;
  measure: (element: HTMLElement | null) => void;
  onActive: (key: string) => void;
}) {
  const { row, index, isActive, isLive, setSize, measure, onActive } = props;
  return (
    <article
      ref={measure}
      data-index={index}
      data-seqs={"seqs" in row ? row.seqs.join(" ") : undefined}
      className={classes["row"]}
      tabIndex={isActive ? 0 : -1}
      aria-label={rowLabel(row)}
      aria-posinset={index + 1}
      aria-setsize={setSize}
      onFocus={() => onActive(row.key)}
    >
      <div className={classes["column"]}>
        <Row row={row} isActive={isActive} isLive={isLive} />
      </div>
    </article>
  );
});
