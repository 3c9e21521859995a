import { badArgument } from "./tool-error.ts";

/** Reads the arguments of one tool call; every getter throws `bad_request` for a value of another shape. */
export class ToolArguments {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>> | undefined) {
    this.#values = values ?? {};
  }

  /** Own keys only; `null` for an optional argument equals absence. */
  #value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }

  /** True when the argument was given, `null` included. */
  has(name: string): boolean {
    return Object.hasOwn(this.#values, name) && this.#values[name] !== undefined;
  }

  /** The value as it came, `null` included. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw badArgument(name, "a string");
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== "string") throw badArgument(name, "a string");
    return value;
  }

  optionalFlag(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== "boolean") throw badArgument(name, "true or false");
    return value;
  }

  optionalInteger(name: string, min: number, max: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
      throw badArgument(name, `an integer from ${min} to ${max}`);
    }
    return value;
  }

  optionalChoice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const choice = choices.find((one) => one === value);
    if (choice === undefined) throw badArgument(name, `one of ${choices.join(", ")}`);
    return choice;
  }

  optionalTexts(name: string): string[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw badArgument(name, "a list of strings");
    }
    return value;
  }

  /** One string or a list of 1 to `max`. */
  textOrTexts(name: string, max: number): string[] {
    const value = this.#value(name);
    if (typeof value === "string") return [value];
    const texts = this.optionalTexts(name);
    if (texts === undefined || texts.length === 0 || texts.length > max) {
      throw badArgument(name, `a string or a list of 1 to ${max} strings`);
    }
    return texts;
  }
}
