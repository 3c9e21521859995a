import type { RemoteMessageItem } from "@parlatory/protocol/remote";

export type MessageBlock = NonNullable<RemoteMessageItem["blocks"]>[number];

/** What every row has that shows messages. */
interface Said {
  /** The same over every change of the timeline, so that what is read stays where it is. */
  readonly key: string;
  /** Messages that have their first place here, in order; every message has exactly one row. */
  readonly seqs: readonly number[];
  /** The number by which rows are in order. */
  readonly seq: number;
  readonly at: string;
  /** Something of it was cut on its way ([TRUNC-4]). */
  readonly isCut: boolean;
}

export interface PromptRow extends Said {
  readonly type: "prompt";
  readonly text: string;
  readonly images: readonly string[];
}

export interface ReplyRow extends Said {
  readonly type: "reply";
  readonly text: string;
}

/** A note, a summary of what was compacted, or a failure of the model's service. */
export interface RemarkRow extends Said {
  readonly type: "notice" | "summary" | "failure";
  readonly text: string;
}

/** What the agent did between two texts, step by step. */
export interface WorkRow extends Said {
  readonly type: "work";
  readonly steps: readonly WorkStep[];
}

export interface DayRow {
  readonly type: "day";
  readonly key: string;
  readonly seq: number;
  readonly at: string;
}

/** Messages that the log has and nobody sent; both bounds are exclusive. */
export interface GapRow {
  readonly type: "gap";
  readonly key: string;
  readonly seq: number;
  readonly at: string;
  readonly afterSeq: number;
  readonly beforeSeq: number;
}

export type SaidRow = PromptRow | ReplyRow | RemarkRow | WorkRow;
export type TimelineRow = SaidRow | DayRow | GapRow;

export interface ToolResult {
  readonly text: string;
  readonly isError: boolean;
  readonly at: string;
}

export interface ToolStep {
  readonly type: "tool";
  readonly key: string;
  readonly at: string;
  readonly isCut: boolean;
  /** Undefined when only the result is known here. */
  readonly name: string | undefined;
  readonly input: unknown;
  readonly result: ToolResult | undefined;
}

export interface ThoughtStep {
  readonly type: "thought";
  readonly key: string;
  readonly at: string;
  readonly isCut: boolean;
  readonly text: string;
}

export type WorkStep = ToolStep | ThoughtStep;

export function isSaid(row: TimelineRow): row is SaidRow {
  return row.type !== "day" && row.type !== "gap";
}
