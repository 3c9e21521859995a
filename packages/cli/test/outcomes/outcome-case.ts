/**
 * One way a command of the product can end, as data: how to bring it about, and what must come of it. The tables under
 * `cases/` are the single list behind the outcome tests [SCH-3], the golden envelopes [DET-4], the examples of
 * docs/SCHEMAS.md [SCH-5] and the list of error kinds with the tests that produce them.
 */
import type { ErrorKind } from "@parlatory/protocol";
import type { CommandRun } from "./world/command-run.ts";
import type { Place } from "./world/place.ts";
import type { World } from "./world/world.ts";

export interface OutcomeCall {
  /** Where it runs. */
  readonly place: Place;
  readonly positionals?: readonly string[];
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
}

export interface OutcomeCase {
  /** Words joined by a space. */
  readonly command: string;
  /** Lower-case words joined by `-`; with the command the name of the golden file. */
  readonly outcome: string;
  /** Titles of the schema's branches that the lines fit, in the order of their first line; empty for text-only commands. */
  readonly branches: readonly string[];
  readonly kind?: ErrorKind;
  readonly status: 0 | 1 | 2 | 130;
  /** Brings about the situation; called anew for each argument order. */
  readonly call: (world: World) => OutcomeCall | Promise<OutcomeCall>;
  /** What happens while it runs: events of a stream, a signal. Without it stdin is closed and the end is awaited. */
  readonly during?: (run: CommandRun, world: World, call: OutcomeCall) => Promise<void>;
  /**
   * `real`: PARL_CLOCK is the time of the call, because a server with a clock of its own checks a signature made with it;
   * the golden file shows the fixed one all the same.
   */
  readonly clock?: "real";
  /** For an answer about the source tree itself: leaves of it what does not change with every file. */
  readonly steady?: (text: string) => string;
}

type Call = OutcomeCase["call"];
type Extra = Partial<Pick<OutcomeCase, "status" | "during" | "clock" | "branches" | "steady">>;

export function succeeds(command: string, outcome: string, call: Call, extra: Extra = {}): OutcomeCase {
  return { command, outcome, branches: ["success"], status: 0, call, ...extra };
}

/** The golden is named after the kind unless `outcome` tells several of one kind apart. */
export function fails(
  command: string,
  kind: ErrorKind,
  call: Call,
  extra: Extra & { readonly outcome?: string } = {},
): OutcomeCase {
  const { outcome = kind.replaceAll("_", "-"), ...rest } = extra;
  return { command, outcome, kind, branches: ["error"], status: 1, call, ...rest };
}

/** A text-only command: no envelope, no kind. */
export function prints(command: string, outcome: string, call: Call, extra: Extra = {}): OutcomeCase {
  return { command, outcome, branches: [], status: 0, call, ...extra };
}

/** `state-get.success`: name of the golden file, without its extension. */
export function goldenName({ command, outcome }: Pick<OutcomeCase, "command" | "outcome">): string {
  return `${command.replaceAll(" ", "-")}.${outcome}`;
}
