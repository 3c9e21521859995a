/**
 * What a command of `parl` is: data plus one function. The same data drives parsing [ARG], help [HELP], the JSON Schema
 * [SCH-1], the docs and the envelope's key order [ENV-2], so none of them can disagree with another.
 *
 * How to write one (`commands/peers.ts`):
 *
 *     export const command = defineCommand({
 *       path: ["peers"], group: "Mesh", summary: "list who is online",
 *       positionals: [],
 *       options: [{ name: "all", type: "boolean", description: "offline members too" }],
 *       payload: [{ name: "peers", schema: list(object({ name: string })), presence: "always", description: "…" }],
 *       errorKinds: ["server_unreachable", "not_joined"],
 *       examples: ["parl peers --all"],
 *       stdout: "envelope",
 *       run: async (context, args) => {
 *         const { listPeers } = await import("../mesh/list-peers.ts");   // heavy things are imported here, never on top
 *         const peers = await listPeers(context, { all: args.all });
 *         return answer({ peers }, ({ peers }) => peers.map((peer) => peer.name));
 *       },
 *     });
 *
 * and one row in `commands/index.ts`. A definition's own static imports must stay light: help, `parl schema` and the docs
 * load every definition. It must not know: the process, the output format's bytes, exit handling.
 */
import type { ErrorKind } from "@parlatory/protocol";
import type { CommandContext, TextOutput } from "./context.ts";
import type { EnvironmentVariable } from "./environment.ts";
import type { JsonSchema } from "./json-schema.ts";

/** The titles of `parl --help`, in their order [HELP-1]. */
export const commandGroups = ["Mesh", "Sessions & remote", "Harness", "Server", "Diagnostics"] as const;
export type CommandGroup = (typeof commandGroups)[number];

/** Statuses of the product itself [EXIT-1]. Only a command with `passesStatus` may end with another one. */
export type ExitCode = 0 | 1 | 2 | 130;

export interface PositionalSpec {
  /** Snake case, as printed in messages (`session_id`); `args` has it in camel case. */
  readonly name: string;
  /** Default true. An optional one may only be followed by optional ones. */
  readonly required?: boolean;
  /** Takes all that remain; only the last one. A required one takes at least one. */
  readonly variadic?: boolean;
  /** A value of exactly `-` is read from stdin [ARG-4]; `args` then has what was read. */
  readonly stdin?: boolean;
  /** Name of an option in seconds: the wait for stdin ends with it, and what came until then is the value. */
  readonly stdinLimit?: string;
  readonly description: string;
}

interface OptionBase {
  /** Long name without dashes, kebab case; `args` has it in camel case. */
  readonly name: string;
  /** One letter for a short form (`y` for `-y`). */
  readonly short?: string;
  readonly description: string;
  /** The variable that gives the default. For help and docs only: the command reads `context.env` itself [ARG-13]. */
  readonly env?: EnvironmentVariable;
}

interface ValueOption extends OptionBase {
  /** The word for the value in usage and help, such as `SLUG`; default: the name in capitals. */
  readonly placeholder?: string;
  /** Leaving it out is a usage error. */
  readonly required?: boolean;
}

export interface BooleanOption extends OptionBase {
  readonly type: "boolean";
}
export interface StringOption extends ValueOption {
  readonly type: "string";
  readonly default?: string;
}
export interface ChoiceOption extends ValueOption {
  readonly type: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}
/** Decimal integer; outside `min`…`max` is a usage error, unless `clampNegative` turns negatives into 0 with a warning [ARG-5]. */
export interface IntegerOption extends ValueOption {
  readonly type: "int";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  readonly clampNegative?: boolean;
}
/** Any finite decimal number [ARG-5]. */
export interface NumberOption extends ValueOption {
  readonly type: "number";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}
/** Repeatable: every use adds a value [ARG-2]; never given is the empty list. */
export interface ListOption extends ValueOption {
  readonly type: "list";
}
export type OptionSpec = BooleanOption | StringOption | ChoiceOption | IntegerOption | NumberOption | ListOption;

type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text extends `${infer Head}_${infer Tail}`
    ? `${Head}${Capitalize<CamelCase<Tail>>}`
    : Text;

type PositionalValue<Spec> = Spec extends { variadic: true }
  ? readonly string[]
  : Spec extends { required: false }
    ? string | undefined
    : string;

type RawOptionValue<Spec> = Spec extends { type: "choice"; choices: readonly (infer Choice)[] }
  ? Choice
  : Spec extends { type: "int" | "number" }
    ? number
    : string;

type OptionValue<Spec> = Spec extends { type: "boolean" }
  ? boolean
  : Spec extends { type: "list" }
    ? readonly string[]
    : Spec extends { default: string | number } | { required: true }
      ? RawOptionValue<Spec>
      : RawOptionValue<Spec> | undefined;

/** Parsed arguments: positionals and options side by side, in camel case, plus what `launch` passes on. */
export type CommandArguments<P extends readonly PositionalSpec[], O extends readonly OptionSpec[]> = {
  readonly [Spec in P[number] as CamelCase<Spec["name"]>]: PositionalValue<Spec>;
} & {
  readonly [Spec in O[number] as CamelCase<Spec["name"]>]: OptionValue<Spec>;
} & {
  /** Unknown flags, surplus positionals and everything after `--`, unchanged; empty without `passThroughUnknown`. */
  readonly passThrough: readonly string[];
};

export interface PayloadField {
  readonly name: string;
  readonly schema: JsonSchema;
  /** `always`: in every result of this branch; `optional`: absent in some. */
  readonly presence: "always" | "optional";
  readonly description: string;
  /** Schema version that brought it; default `1.0`. */
  readonly since?: string;
  /**
   * The key repeats this input (name of a positional or option, as declared). When the command fails before it has a
   * result, the error envelope still has it [ERR-7], null where it was not given.
   */
  readonly input?: string;
  /**
   * Not redacted [ENV-12]: `true` for the caller's own text (message bodies, state values) or a secret that is the very
   * purpose of the command (an invite link); a list names nested keys inside the value that are left alone.
   */
  readonly verbatim?: true | readonly string[];
}

/** An outcome other than success with a shape of its own, such as the not-found shapes of [ERR-5]. */
export interface PayloadBranch {
  readonly outcome: "not_found" | "error";
  readonly fields: readonly PayloadField[];
}

export interface EventSpec {
  readonly type: string;
  readonly description: string;
  readonly fields: readonly PayloadField[];
}

export interface CommandDefinition<
  P extends readonly PositionalSpec[] = readonly PositionalSpec[],
  O extends readonly OptionSpec[] = readonly OptionSpec[],
> {
  /** One or two words; the second is an action of the first (`["mesh", "create"]`). */
  readonly path: readonly [string] | readonly [string, string];
  readonly group: CommandGroup;
  /** One line, no final full stop, equal to the row in `commands/index.ts`. */
  readonly summary: string;
  readonly positionals: P;
  readonly options: O;
  /** Keys of a successful result after the five common ones, in their order [ENV-4]. */
  readonly payload: readonly PayloadField[];
  /** Further outcomes with a payload; without an `error` branch a failure has the fields that name an `input` [ERR-7]. */
  readonly branches?: readonly PayloadBranch[];
  /** Event types of a stream; `heartbeat` is added by the framework [STR-6]. */
  readonly events?: readonly EventSpec[];
  /** Kinds beside `parse`, `interrupted` and `internal`, which every command may give. */
  readonly errorKinds: readonly ErrorKind[];
  /** Statuses of a *result*; default `[0]`. Those of errors come from the registry. */
  readonly resultExitCodes?: readonly ExitCode[];
  /** Whole command lines; each runs `parl`. */
  readonly examples: readonly string[];
  /** Lines of further explanation, below the options in help. */
  readonly notes?: readonly string[];
  /**
   * `envelope`: one object [ENV-2]. `stream`: NDJSON [STR-4]. `own`: stdout is another protocol or a child's
   * ([ENV-1], [CLI-1]); see `context.takeStdout`.
   */
  readonly stdout: "envelope" | "stream" | "own";
  /** With `stdout: "stream"`: it streams only when this boolean option is given (`follow`), else it is an envelope. */
  readonly streamOption?: { readonly name: string; readonly jsonOnly?: boolean };
  /** `none` only for the 12 text-only commands [ARG-10]; `flag` for `hook` [CLI-1]. Equal to the row in the table. */
  readonly format?: "flag" | "none";
  /** Only `launch`: unknown flags and surplus positionals are not usage errors but land in `args.passThrough`. */
  readonly passThroughUnknown?: boolean;
  /** Only `launch`: `exitCode` may be any status, that of a child [CLI-1]. */
  readonly passesStatus?: boolean;
  /**
   * `framework` (default): 100 ms after SIGINT or SIGTERM the run is abandoned and reported as `interrupted`, 130.
   * `own`: the command watches `context.signal` and ends by itself (servers, children with the terminal, saving runs).
   */
  readonly interrupt?: "framework" | "own";
  /** Text mode prints control characters of the result as they are: only where the text is the caller's own. */
  readonly rawText?: boolean;
  readonly run: (context: CommandContext, args: CommandArguments<P, O>) => Promise<CommandResult>;
}

export interface CommandResult<Payload extends object = object> {
  readonly payload: Payload;
  /** Called only in text mode, with the payload after redaction [ENV-12], so render from it and not from a closure. */
  text?(payload: Payload): TextOutput;
  /** Default 0. A failure is thrown as a `CommandError`, which has a payload and a text too. */
  readonly exitCode?: number;
  /** On commands that run an engine or a handler [ENV-8]. */
  readonly runId?: string;
  /** Only with `passesStatus`: the process ends by this signal, as its child did. */
  readonly endBySignal?: NodeJS.Signals;
}

/** Identity at run time; makes the compiler infer the types of `args` from the declared positionals and options. */
export function defineCommand<const P extends readonly PositionalSpec[], const O extends readonly OptionSpec[]>(
  definition: CommandDefinition<P, O>,
): CommandDefinition<P, O> {
  return definition;
}

/** A result whose text is rendered from its (redacted) payload. */
export function answer<Payload extends object>(
  payload: Payload,
  text: (payload: Payload) => TextOutput,
  rest: { readonly exitCode?: number; readonly runId?: string } = {},
): CommandResult {
  const result: CommandResult<Payload> = { payload, text, ...rest };
  return result;
}

/** What the framework handles: a definition whose argument types it does not need to know. */
export type AnyCommandDefinition = Omit<CommandDefinition, "run"> & {
  run(context: CommandContext, args: never): Promise<CommandResult>;
};

export interface CommandModule {
  readonly command: AnyCommandDefinition;
}
