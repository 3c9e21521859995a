import type { OwnPrompt } from "@parlatory/client";
import type { TimelineRow } from "../timeline/timeline-row.ts";

/** How far an own prompt is that the log does not show yet ([CLIENT-8]). */
export type OwnPromptState =
  | { readonly name: "offline" | "waiting" | "sent" | "running" }
  | { readonly name: "queued"; readonly position: number | undefined };

/** An own prompt that stands behind the messages until the log has it. */
export interface OwnRow {
  readonly type: "own";
  readonly key: string;
  readonly prompt: OwnPrompt;
  readonly state: OwnPromptState;
}

export type ListRow = TimelineRow | OwnRow;
