import { checkInput, type CheckedInput, type InputCheck } from "../validation/input-check.ts";

/** Reads query parameters as the schema means them: integers from decimal text, booleans from 1, true, 0, false. */
export function readParameters(
  check: InputCheck,
  parameters: Iterable<readonly [name: string, value: string]>,
): CheckedInput {
  const properties = check.schema.properties ?? {};
  const read: Record<string, unknown> = {};
  for (const [name, text] of parameters) {
    const expected = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
    if (expected === "string") read[name] = text;
    else if (expected === "integer") read[name] = /^\d{1,16}$/.test(text) ? Number(text) : text;
    else if (expected === "boolean") {
      read[name] = text === "1" || text === "true" ? true : text === "0" || text === "false" ? false : text;
    }
  }
  return checkInput(check, read);
}
