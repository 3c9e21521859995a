import type { OutputCapture } from "./output-capture.ts";
import type { RunLimit } from "./run-limit.ts";

/** How the run of a row ended. */
export type Ending =
  | { readonly type: "exited"; readonly exitCode: number }
  | { readonly type: "signalled"; readonly signal: NodeJS.Signals }
  /** By this process: its time limit, a signal to it, or nobody reading its stdout any more. */
  | { readonly type: "stopped"; readonly by: "limit" | "signal" }
  /** `reason` continues a sentence about the program: `there is no such program on PATH`. */
  | {
      readonly type: "not_started";
      readonly program: string;
      readonly reason: string;
      readonly errno: string | undefined;
    }
  /** The MCP server did not start or did not answer. */
  | { readonly type: "mcp_failed"; readonly server: string; readonly reason: string };

export interface Execution {
  readonly ending: Ending;
  readonly durationMs: number;
  /** Bounded as [CMD-exec-command-6] says. */
  readonly output: string;
  readonly truncated: boolean;
}

/** A row made ready: its payload is understood, nothing has been started. */
export type PreparedRun = (capture: OutputCapture, limit: RunLimit) => Promise<Ending>;
