import type { StageMark } from "./context.ts";
import type { Determinism } from "./determinism.ts";
import type { CommandError } from "./error.ts";
import type { CliHost } from "./host.ts";
import type { Interruption } from "./interruption.ts";
import type { Report } from "./report.ts";
import type { CommandTable } from "./table.ts";
import type { DrainedWriter } from "../output/drained-writer.ts";

/** What the parts of one run share. */
export interface RunScope {
  readonly host: CliHost;
  readonly table: CommandTable;
  readonly colours: boolean;
  readonly determinism: Determinism;
  readonly stdout: DrainedWriter;
  readonly interruption: Interruption;
  readonly report: Report;
  /** See `CommandContext.stages`. */
  readonly stages: StageMark[];
  /** Settles with what escaped every handler; usually never. */
  readonly defect: Promise<unknown>;
  /** Appends a line to the log of the program; never fails, and is done before the process ends. */
  readonly log: (line: string) => void;
  /** Records a defect in the log and returns the error that tells of it [ENV-11]. */
  readonly toInternalError: (thrown: unknown) => Promise<CommandError>;
}
