/** What the main thread asks of a reading thread, and how it answers. */
import type { TurnAnswer } from "../catalog.ts";
import type { FileState, SessionFile } from "./log-reader.ts";
import type { GlanceAnswer } from "./glance-file.ts";
import type { FileAnchor, PageAnswer, PageJob } from "./read-page.ts";
import type { ScanAnswer, ScanJob } from "./scan-file.ts";
import type { Segment, SegmentJob } from "./segment-scan.ts";

interface FindJob {
  readonly file: SessionFile;
  readonly anchor: FileAnchor;
}

export type LogJob =
  | ({ readonly kind: "scan" } & ScanJob)
  | ({ readonly kind: "segment" } & SegmentJob)
  | { readonly kind: "join"; readonly file: SessionFile; readonly size: number; readonly segments: readonly Segment[] }
  | { readonly kind: "glance"; readonly file: SessionFile }
  /** Files for a first list; `file` is the first of them. */
  | { readonly kind: "count"; readonly file: SessionFile; readonly files: readonly SessionFile[] }
  | ({ readonly kind: "page" } & PageJob)
  | ({ readonly kind: "ancestors"; readonly ids: readonly string[]; readonly before: number } & FindJob)
  | ({ readonly kind: "has"; readonly id: string } & FindJob)
  | ({ readonly kind: "answer"; readonly id: string } & FindJob);

export interface LogAnswers {
  scan: ScanAnswer;
  segment: Segment | undefined;
  join: FileState | undefined;
  glance: GlanceAnswer | undefined;
  /** A `CountedFile` for each, as JSON: that is copied between threads in a fraction of the time that objects take. */
  count: string;
  page: PageAnswer;
  ancestors: Record<string, string | null>;
  has: boolean;
  answer: TurnAnswer | undefined;
}

/** Jobs travel in batches, because a message between threads costs more than a glance at a file. */
export interface LogJobBatch {
  readonly id: number;
  readonly jobs: readonly LogJob[];
}

/** Errors cross the thread as data: classes would not survive the copy. */
export interface LogJobFailure {
  readonly kind: "changed" | "io" | "defect";
  readonly message: string;
  readonly stack: string | undefined;
}

export type LogJobOutcome = { readonly value: unknown } | { readonly failure: LogJobFailure };

export interface LogJobReply {
  readonly id: number;
  readonly outcomes: readonly LogJobOutcome[];
}
