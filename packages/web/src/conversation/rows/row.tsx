import { memo, useMemo } from "react";
import { DayLine } from "./day-line.tsx";
import { GapLine } from "./gap-line.tsx";
import { OwnPromptBubble } from "./own-prompt-bubble.tsx";
import { PromptBubble } from "./prompt-bubble.tsx";
import { Remark } from "./remark.tsx";
import { Reply } from "./reply.tsx";
import { RowContext } from "./row-context.ts";
import type { ListRow } from "./tail-row.ts";
import { Work } from "./work.tsx";

/** One entry of the conversation. It is drawn anew only when something of its own changed. */
export const Row = memo(function Row({ row, isActive, isLive }: { row: ListRow; isActive: boolean; isLive: boolean }) {
  const state = useMemo(() => ({ isActive, isLive }), [isActive, isLive]);
  return <RowContext value={state}>{contentOf(row)}</RowContext>;
});

function contentOf(row: ListRow) {
  switch (row.type) {
    case "prompt":
      return <PromptBubble row={row} />;
    case "reply":
      return <Reply row={row} />;
    case "work":
      return <Work row={row} />;
    case "day":
      return <DayLine at={row.at} />;
    case "gap":
      return <GapLine row={row} />;
    case "own":
      return <OwnPromptBubble row={row} />;
    default:
      return <Remark row={row} />;
  }
}
