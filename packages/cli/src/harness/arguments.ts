/**
 * The argument parser [ARG-1..8]: tokens and a definition in, values or problems out. It collects every problem, so that
 * a caller can correct all of them at once. It knows nothing of formats, help or the command table.
 */
import type { OptionSpec, PositionalSpec } from "./command.ts";
import { parseOptionValue } from "./option-value.ts";
import { showToken } from "../output/escape.ts";

export interface ArgumentShape {
  readonly positionals: readonly PositionalSpec[];
  readonly options: readonly OptionSpec[];
  readonly passThroughUnknown?: boolean;
}

export interface ParsedArguments {
  /** Camel-case keys, as `CommandArguments` types them. */
  readonly values: Record<string, unknown>;
  /** Key of the positional whose value was `-` and is to be read from stdin [ARG-4]. */
  readonly stdinKey: string | undefined;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Sentences of usage errors, in the wording of [ARG-8]; empty when all is well. */
  readonly problems: readonly string[];
  /** Flags nobody declared, without dashes and value, for proposing others. */
  readonly unknownFlags: readonly string[];
}

export function toCamelCase(name: string): string {
  return name.replace(/[-_](.)/gu, (_, letter: string) => letter.toUpperCase());
}

interface Given {
  readonly token: string;
  /** Stood after `--`, where `-` is a literal dash. */
  readonly literal: boolean;
}

/** Splits off options, then fills the positionals in order. */
export function parseArguments(shape: ArgumentShape, tokens: readonly string[]): ParsedArguments {
  const byFlag = new Map<string, OptionSpec>();
  for (const option of shape.options) {
    byFlag.set(`--${option.name}`, option);
    if (option.short !== undefined) byFlag.set(`-${option.short}`, option);
  }
  const values = initialValues(shape);
  const positionals: Given[] = [];
  const passThrough: string[] = [];
  const unrecognized: string[] = [];
  const unknownFlags: string[] = [];
  const problems: string[] = [];
  const warnings: { code: string; message: string }[] = [];
  const given = new Set<string>();

  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] ?? "";
    if (token === "--") {
      const rest = tokens.slice(index + 1);
      if (shape.passThroughUnknown === true) passThrough.push(...rest);
      else positionals.push(...rest.map((literal) => ({ token: literal, literal: true })));
      break;
    }
    if (!token.startsWith("-") || token === "-") {
      if (shape.passThroughUnknown === true && positionals.length >= shape.positionals.length) passThrough.push(token);
      else positionals.push({ token, literal: false });
      continue;
    }
    const { flag, inline } = splitFlag(token);
    const option = byFlag.get(flag);
    if (option === undefined) {
      if (shape.passThroughUnknown === true) {
        passThrough.push(token);
      } else {
        unrecognized.push(token);
        unknownFlags.push(flag.replace(/^-+/u, ""));
      }
      continue;
    }
    given.add(option.name);
    const key = toCamelCase(option.name);
    if (option.type === "boolean") {
      if (inline !== undefined) {
        problems.push(`argument --${option.name}: ignored explicit argument '${showToken(inline)}'`);
      }
      values[key] = true;
      continue;
    }
    let text = inline;
    if (text === undefined) {
      const next = tokens[index + 1];
      if (next === undefined || !isValueToken(next, option)) {
        problems.push(`argument --${option.name}: expected one argument`);
        continue;
      }
      text = next;
      index += 1;
    }
    const parsed = parseOptionValue(option, text);
    if (parsed.problem !== undefined) problems.push(`argument --${option.name}: ${parsed.problem}`);
    else if (option.type === "list") (values[key] as unknown[]).push(parsed.value);
    else values[key] = parsed.value;
    if (parsed.warning !== undefined) warnings.push(parsed.warning);
  }

  const { missing, surplus, stdinKey } = fillPositionals(shape.positionals, positionals, values);
  for (const option of shape.options) {
    if (option.type !== "boolean" && option.required === true && !given.has(option.name)) {
      missing.push(`--${option.name}`);
    }
  }
  unrecognized.push(...surplus);
  if (missing.length > 0) problems.push(`the following arguments are required: ${missing.join(", ")}`);
  if (unrecognized.length > 0) problems.push(`unrecognized arguments: ${unrecognized.map(showToken).join(" ")}`);
  values["passThrough"] = passThrough;
  return { values, stdinKey, warnings, problems, unknownFlags };
}

function initialValues(shape: ArgumentShape): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const option of shape.options) {
    const key = toCamelCase(option.name);
    if (option.type === "boolean") values[key] = false;
    else if (option.type === "list") values[key] = [];
    else values[key] = option.default;
  }
  return values;
}

function splitFlag(token: string): { flag: string; inline: string | undefined } {
  const equals = token.startsWith("--") ? token.indexOf("=") : -1;
  if (equals === -1) return { flag: token, inline: undefined };
  return { flag: token.slice(0, equals), inline: token.slice(equals + 1) };
}

/** A value starting with `-` needs the `=` form, except numbers of numeric options [ARG-3]. */
function isValueToken(token: string, option: OptionSpec): boolean {
  if (!token.startsWith("-")) return true;
  return (option.type === "int" || option.type === "number") && /^-(?:\.?\d|inf|nan)/iu.test(token);
}

function fillPositionals(
  specs: readonly PositionalSpec[],
  given: readonly Given[],
  values: Record<string, unknown>,
): { missing: string[]; surplus: string[]; stdinKey: string | undefined } {
  const missing: string[] = [];
  let stdinKey: string | undefined;
  let next = 0;
  for (const spec of specs) {
    const key = toCamelCase(spec.name);
    const required = spec.required !== false;
    if (spec.variadic === true) {
      const all = given.slice(next).map(({ token }) => token);
      next = given.length;
      values[key] = all;
      if (required && all.length === 0) missing.push(spec.name);
      continue;
    }
    const item = given[next];
    if (item === undefined) {
      values[key] = undefined;
      if (required) missing.push(spec.name);
      continue;
    }
    next += 1;
    values[key] = item.token;
    if (spec.stdin === true && item.token === "-" && !item.literal) stdinKey = key;
  }
  return { missing, surplus: given.slice(next).map(({ token }) => token), stdinKey };
}
