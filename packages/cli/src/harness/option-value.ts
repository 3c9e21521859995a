import type { ChoiceOption, IntegerOption, ListOption, NumberOption, StringOption } from "./command.ts";
import { quoteValue } from "../output/escape.ts";

export interface OptionValueResult {
  readonly value?: string | number;
  /** The sentence after `argument --NAME: ` [ARG-8]. */
  readonly problem?: string;
  readonly warning?: { readonly code: string; readonly message: string };
}

/** Turns the text of an option into its value, or says what is wrong with it [ARG-5], [ARG-8]. */
export function parseOptionValue(
  option: StringOption | ChoiceOption | IntegerOption | NumberOption | ListOption,
  text: string,
): OptionValueResult {
  switch (option.type) {
    case "string":
    case "list":
      return { value: text };
    case "choice": {
      if (option.choices.includes(text)) return { value: text };
      return {
        problem: `invalid choice: ${quoteValue(text)} (choose from ${option.choices.map((choice) => `'${choice}'`).join(", ")})`,
      };
    }
    case "int":
      return parseInteger(option, text);
    case "number":
      return parseNumber(option, text);
  }
}

function parseInteger(option: IntegerOption, text: string): OptionValueResult {
  const value = Number(text);
  if (!/^[+-]?\d+$/u.test(text) || !Number.isSafeInteger(value)) {
    return { problem: `invalid int value: ${quoteValue(text)}` };
  }
  if (value < 0 && option.clampNegative === true) {
    return { value: 0, warning: { code: "value_clamped", message: `--${option.name} ${text} acts as 0` } };
  }
  const range = outOfRange(option, value);
  // `-0` would print as `0` in JSON but not compare equal to it everywhere.
  return range === undefined
    ? { value: value === 0 ? 0 : value }
    : { problem: `invalid int value: ${quoteValue(text)} ${range}` };
}

function parseNumber(option: NumberOption, text: string): OptionValueResult {
  const value = Number(text);
  const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(text);
  if (!decimal || !Number.isFinite(value)) return { problem: `invalid float value: ${quoteValue(text)}` };
  const range = outOfRange(option, value);
  return range === undefined ? { value } : { problem: `invalid float value: ${quoteValue(text)} ${range}` };
}

function outOfRange(option: { readonly min?: number; readonly max?: number }, value: number): string | undefined {
  if (option.min !== undefined && value < option.min) return `(at least ${option.min})`;
  if (option.max !== undefined && value > option.max) return `(at most ${option.max})`;
  return undefined;
}
