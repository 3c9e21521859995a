import { summarize } from "../tools/tool-facts.ts";
import { dayLabel } from "./day-line.tsx";
import type { ListRow } from "./tail-row.ts";

const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** What an entry is called by those who do not see it. */
export function rowLabel(row: ListRow): string {
  switch (row.type) {
    case "day":
      return dayLabel(row.at);
    case "gap":
      return "Missing messages";
    case "own":
      return "You, not in the log yet";
    case "prompt":
      return `You, ${time.format(new Date(row.at))}`;
    case "reply":
      return `Agent, ${time.format(new Date(row.at))}`;
    case "work":
      return `${summarize(row.steps)}, ${time.format(new Date(row.at))}`;
    case "summary":
      return "Compacted here";
    case "failure":
      return "Failure of the model's service";
    case "notice":
      return "Note";
  }
}
