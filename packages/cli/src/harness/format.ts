import { quoteValue } from "../output/escape.ts";

export const outputFormats = ["text", "json"] as const;
export type OutputFormat = (typeof outputFormats)[number];

export interface GlobalFlags {
  /** The command line without the flags that every command shares. */
  readonly rest: readonly string[];
  readonly help: boolean;
  /** Values asked for by flag, in order; not all of them need to be valid. */
  readonly formats: readonly string[];
  /** The literal tokens of format flags, for commands that do not have them [ARG-10]. */
  readonly formatTokens: readonly string[];
  readonly missingFormatValue: boolean;
}

/** Takes `--output-format`, `--json`, `--help` and `-h` out of the arguments before `--`, wherever they stand [ARG-1], [ARG-9]. */
export function takeGlobalFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf("--");
  const scanned = end === -1 ? argv : argv.slice(0, end);
  const rest: string[] = [];
  const formats: string[] = [];
  const formatTokens: string[] = [];
  let help = false;
  let missingFormatValue = false;
  for (let index = 0; index < scanned.length; index += 1) {
    const token = scanned[index] ?? "";
    if (token === "--help" || token === "-h") {
      help = true;
    } else if (token === "--json") {
      formats.push("json");
      formatTokens.push(token);
    } else if (token.startsWith("--output-format=")) {
      formats.push(token.slice("--output-format=".length));
      formatTokens.push(token);
    } else if (token === "--output-format") {
      formatTokens.push(token);
      const value = scanned[index + 1];
      if (value === undefined || value.startsWith("-")) {
        missingFormatValue = true;
      } else {
        formats.push(value);
        formatTokens.push(value);
        index += 1;
      }
    } else {
      rest.push(token);
    }
  }
  if (end !== -1) rest.push(...argv.slice(end));
  return { rest, help, formats, formatTokens, missingFormatValue };
}

export interface FormatResolution {
  readonly format: OutputFormat;
  /** A usage error about a flag; it is reported in `format` [ARG-9]. */
  readonly flagProblem: string | undefined;
  /** The same about the variable; does not hold for `--help` and `--version`. */
  readonly variableProblem: string | undefined;
}

function isOutputFormat(value: string): value is OutputFormat {
  return value === "text" || value === "json";
}

/** The last valid flag wins, then the variable, then text [ARG-9]. `variable` is undefined where it has no say. */
export function resolveFormat(flags: GlobalFlags, variable: string | undefined): FormatResolution {
  const choices = `(choose from ${outputFormats.map((name) => `'${name}'`).join(", ")})`;
  const unknown = flags.formats.find((value) => !isOutputFormat(value));
  const flagProblem = flags.missingFormatValue
    ? "argument --output-format: expected one argument"
    : unknown !== undefined
      ? `argument --output-format: invalid choice: ${quoteValue(unknown)} ${choices}`
      : undefined;
  const flag = flags.formats.findLast(isOutputFormat);
  if (flag !== undefined) return { format: flag, flagProblem, variableProblem: undefined };
  if (variable === undefined || variable === "") return { format: "text", flagProblem, variableProblem: undefined };
  if (isOutputFormat(variable)) return { format: variable, flagProblem, variableProblem: undefined };
  const variableProblem = `environment variable PARL_OUTPUT_FORMAT: invalid choice: ${quoteValue(variable)} ${choices}`;
  return { format: "text", flagProblem, variableProblem };
}
