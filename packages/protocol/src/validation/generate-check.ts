import type { TSchema } from "typebox";
import { Code } from "typebox/compile";
import { invariant } from "../invariant.ts";
import type { PlainSchema } from "./first-problem.ts";

/** What `firstProblem` understands; a check must never refuse what it cannot name. */
const KEYWORDS: ReadonlySet<string> = new Set<keyof PlainSchema>([
  "type",
  "required",
  "properties",
  "patternProperties",
  "items",
  "maxItems",
  "minLength",
  "maxLength",
  "pattern",
  "minimum",
  "maximum",
  "const",
  "anyOf",
  "description",
]);

/**
 * Source text of an `InputCheck` for a schema, to be written into a module that imports `countCodePoints`. `nameOf` gives
 * the constant of that module that holds a regular expression.
 */
export function generateCheck(schema: TSchema, nameOf: (pattern: RegExp) => string): { schema: string; fits: string } {
  const plain = JSON.parse(JSON.stringify(schema)) as PlainSchema;
  assertPlain(plain);
  const { Code: module, External: external } = Code(schema);
  const functions = [...module.matchAll(/^const check_\d+ = (.+);$/gm)];
  const text = functions[0]?.[1];
  invariant(functions.length === 1 && text !== undefined, `one function checks ${JSON.stringify(plain)}`);
  const fits = text
    .replaceAll(/External\[(\d+)\]/g, (_, index: string) => {
      const pattern: unknown = external.variables[Number(index)];
      invariant(pattern instanceof RegExp, "a check depends on regular expressions and nothing else");
      return nameOf(pattern);
    })
    .replaceAll("Guard.CodePointCount(", "countCodePoints(");
  invariant(!/\b(Guard|Hashing|External|check_\d+)\b/.test(fits), "a check stands on its own");
  return { schema: JSON.stringify(plain), fits };
}

function assertPlain(schema: PlainSchema): void {
  for (const keyword of Object.keys(schema)) {
    invariant(KEYWORDS.has(keyword), `'${keyword}' is a keyword that firstProblem knows`);
  }
  for (const [pattern, any] of Object.entries(schema.patternProperties ?? {})) {
    invariant(pattern === "^.*$" && Object.keys(any).length === 0, "a record takes any value under any name");
  }
  const inner = [...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? [])];
  if (schema.items !== undefined) inner.push(schema.items);
  for (const part of inner) assertPlain(part);
}
