/**
 * From the raw arguments to what is to be done: run a command, or report a usage error, and in which format. Pure; loads
 * no command. The order matters: help wins over every mistake but an unknown command [HELP-2], the format is known before
 * anything is parsed [ARG-9].
 */
import { resolveFormat, takeGlobalFlags, type OutputFormat } from "./format.ts";
import { findAction, findRow, formatSource, type CommandRoute, type CommandRow, type CommandTable } from "./table.ts";
import { cut, quoteValue, showToken } from "../output/escape.ts";

export interface UsageMistake {
  readonly message: string;
  readonly hint?: string;
  /** For a hint with the nearest names [ARG-11]: `command` is what stands before the word. */
  readonly proposal?: { readonly command: string; readonly word: string; readonly names: readonly string[] };
}

export type InvocationTask =
  | { readonly type: "run"; readonly route: CommandRoute; readonly tokens: readonly string[] }
  | { readonly type: "mistake"; readonly mistake: UsageMistake; readonly route: CommandRoute | undefined };

export interface Invocation {
  readonly format: OutputFormat;
  /** `command` of the envelope, and `error.target` of a usage error [ARG-7]. */
  readonly command: string;
  readonly task: InvocationTask;
}

export interface InvocationInput {
  readonly argv: readonly string[];
  readonly formatVariable: string | undefined;
  /** stdin and stdout are both a terminal. */
  readonly atTerminal: () => boolean;
}

export function readInvocation(table: CommandTable, input: InvocationInput): Invocation {
  const flags = takeGlobalFlags(input.argv);
  const [first, ...afterFirst] = flags.rest;
  const word = first === undefined || first.startsWith("-") ? undefined : first;
  const row = word === undefined ? undefined : findRow(table, word);
  const source = formatSource(row);
  const resolution = resolveFormat(flags, source === "all" ? input.formatVariable : undefined);
  const { format } = resolution;

  const run = (name: string, tokens: readonly string[], shownAs = name): Invocation => {
    const target = findRow(table, name);
    if (target?.load === undefined) {
      return mistake({ message: `unrecognized arguments: ${showToken(tokens[0] ?? name)}` });
    }
    const route: CommandRoute = { words: [name], row: target, summary: target.summary, load: target.load };
    return { format, command: shownAs, task: { type: "run", route, tokens } };
  };
  const mistake = (problem: UsageMistake, route?: CommandRoute): Invocation => ({
    format,
    command: route?.words.join(" ") ?? nameUnknownCommand(input.argv),
    task: { type: "mistake", mistake: problem, route },
  });

  if (word !== undefined && row === undefined) return mistake(unknownCommand(table, word));
  const split = row === undefined || word === undefined ? undefined : splitAction(row, word, afterFirst);
  if (flags.help) {
    if (split?.unknownAction !== undefined) {
      return mistake(unknownAction(split.route, split.unknownAction), split.route);
    }
    return run("help", split?.route.words ?? []);
  }
  if (first === "--version" || first === "-v") return run("version", []);

  if (row !== undefined && source === "none" && flags.formatTokens.length > 0) {
    return mistake({ message: `unrecognized arguments: ${flags.formatTokens.map(showToken).join(" ")}` }, split?.route);
  }
  const formatProblem = resolution.flagProblem ?? resolution.variableProblem;
  if (formatProblem !== undefined) return mistake({ message: formatProblem }, split?.route);

  if (split === undefined) {
    if (first !== undefined) {
      return mistake({ message: `unrecognized arguments: ${showToken(first)}` });
    }
    if (format === "text" && findRow(table, "welcome") !== undefined && input.atTerminal()) return run("welcome", []);
    return mistake(missingCommand(table));
  }
  if (split.unknownAction !== undefined) return mistake(unknownAction(split.route, split.unknownAction), split.route);
  if (split.route.load === undefined) return mistake(missingAction(split.route, split.tokens[0]), split.route);
  return {
    format,
    command: split.route.words.join(" "),
    task: { type: "run", route: split.route, tokens: split.tokens },
  };
}

interface ActionSplit {
  readonly route: CommandRoute;
  readonly tokens: readonly string[];
  readonly unknownAction?: string;
}

/** The second word is an action where it names one; otherwise it belongs to the command itself, if the word alone is one. */
function splitAction(row: CommandRow, word: string, tokens: readonly string[]): ActionSplit {
  const alone: CommandRoute = { words: [word], row, summary: row.summary, load: row.load };
  const [second, ...rest] = tokens;
  if (row.actions === undefined || second === undefined) return { route: alone, tokens };
  const action = findAction(row, second);
  if (action !== undefined) {
    return { route: { words: [word, second], row, summary: action.summary, load: action.load }, tokens: rest };
  }
  if (row.load !== undefined || second.startsWith("-")) return { route: alone, tokens };
  return { route: alone, tokens, unknownAction: second };
}

/** What [ERR-2] allows in a target; `command` of a usage error equals it. */
const maxTargetLength = 1024;

/** [ARG-7]: the first argument when it does not start with `-`. */
function nameUnknownCommand(argv: readonly string[]): string {
  const first = argv[0];
  return first === undefined || first === "" || first.startsWith("-") ? "<missing>" : cut(first, maxTargetLength);
}

function listChoices(names: readonly string[]): string {
  return `(choose from ${names.map((name) => `'${name}'`).join(", ")})`;
}

function unknownCommand(table: CommandTable, word: string): UsageMistake {
  const names = Object.keys(table);
  return {
    message: `argument command: invalid choice: ${quoteValue(word)} ${listChoices(names)}`,
    hint: "run `parl --help` to see all commands",
    proposal: { command: "parl", word, names },
  };
}

function missingCommand(table: CommandTable): UsageMistake {
  const start = findRow(table, "welcome") === undefined ? "run" : "run `parl welcome` for the next step, or";
  return {
    message: "the following arguments are required: command",
    hint: `${start} \`parl --help\` to see all commands`,
  };
}

function unknownAction(route: CommandRoute, word: string): UsageMistake {
  const names = Object.keys(route.row.actions ?? {});
  return {
    message: `argument action: invalid choice: ${quoteValue(word)} ${listChoices(names)}`,
    proposal: { command: `parl ${route.words.join(" ")}`, word, names },
  };
}

function missingAction(route: CommandRoute, token: string | undefined): UsageMistake {
  const required = `the following arguments are required: action ${listChoices(Object.keys(route.row.actions ?? {}))}`;
  const surplus = token === undefined ? "" : `; unrecognized arguments: ${showToken(token)}`;
  return { message: required + surplus };
}
