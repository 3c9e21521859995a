import { Markdown } from "../markdown/markdown.tsx";
import type { ReplyRow } from "../timeline/timeline-row.ts";
import { CutNote, RowDetails } from "./row-details.tsx";

export function Reply({ row }: { row: ReplyRow }) {
  return (
    <>
      <Markdown text={row.text} id={row.key} />
      {row.isCut ? <CutNote /> : null}
      <RowDetails at={row.at} seq={row.seq} copied={row.text} />
    </>
  );
}
