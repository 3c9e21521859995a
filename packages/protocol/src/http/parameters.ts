import { Compile } from "typebox/compile";
import type { TSchema } from "typebox";

export type CheckedInput = { ok: true; value: unknown } | { ok: false; field: string; problem: string };

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): readonly { keyword: string; instancePath: string; message: string; params?: unknown }[];
}

const checkers = new WeakMap<object, Checker>();

/** Checks a body or parameters by schema; the first offending field is named as clients write it: `tags[1]`. */
export function checkInput(schema: TSchema, value: unknown): CheckedInput {
  let checker = checkers.get(schema);
  if (checker === undefined) checkers.set(schema, (checker = Compile(schema) as unknown as Checker));
  if (checker.Check(value)) return { ok: true, value };
  const error = checker.Errors(value)[0];
  if (error === undefined) return { ok: false, field: "", problem: "is not well-formed" };
  const missing = (error.params as { requiredProperties?: string[] } | undefined)?.requiredProperties?.[0];
  const isMissing = error.keyword === "required" && missing !== undefined;
  const path = isMissing ? `${error.instancePath}/${missing}` : error.instancePath;
  const field = path
    .slice(1)
    .split("/")
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join("");
  return { ok: false, field, problem: isMissing ? "is missing" : error.message };
}

/** Reads query parameters as the schema means them: integers from decimal text, booleans from 1, true, 0, false. */
export function readParameters(
  schema: TSchema,
  parameters: Iterable<readonly [name: string, value: string]>,
): CheckedInput {
  const properties = (schema as { properties?: Record<string, { type?: string }> }).properties ?? {};
  const read: Record<string, unknown> = {};
  for (const [name, text] of parameters) {
    const expected = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
    if (expected === "string") read[name] = text;
    else if (expected === "integer") read[name] = /^\d{1,16}$/.test(text) ? Number(text) : text;
    else if (expected === "boolean") {
      read[name] = text === "1" || text === "true" ? true : text === "0" || text === "false" ? false : text;
    }
  }
  return checkInput(schema, read);
}
