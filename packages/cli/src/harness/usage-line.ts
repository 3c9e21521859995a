import type { AnyCommandDefinition, OptionSpec, PositionalSpec } from "./command.ts";

export const generalUsage = "usage: parl COMMAND [arguments] [options]";

function positionalUsage(spec: PositionalSpec): string {
  const name = spec.name.toUpperCase();
  const shown = spec.variadic === true ? `${name}...` : name;
  return spec.required === false ? `[${shown}]` : shown;
}

/** The literal form of an option with its value, such as `--limit N`. */
export function optionUsage(option: OptionSpec): string {
  const flag = `--${option.name}`;
  if (option.type === "boolean") return flag;
  if (option.type === "choice") return `${flag} ${option.choices.join("|")}`;
  return `${flag} ${option.placeholder ?? (option.type === "int" || option.type === "number" ? "N" : option.name.toUpperCase().replaceAll("-", "_"))}`;
}

/** The line that starts with `usage: parl` for a command, a family of actions (no definition), or the program (no words). */
export function usageLine(words: readonly string[], definition: AnyCommandDefinition | undefined): string {
  if (words.length === 0) return generalUsage;
  if (definition === undefined) return `usage: parl ${words.join(" ")} ACTION [arguments] [options]`;
  const required = definition.options
    .filter((option) => option.type !== "boolean" && option.required === true)
    .map(optionUsage);
  const passThrough = definition.passThroughUnknown === true ? ["[-- ARGUMENTS...]"] : [];
  return [
    "usage: parl",
    ...words,
    ...definition.positionals.map(positionalUsage),
    ...required,
    "[options]",
    ...passThrough,
  ].join(" ");
}
