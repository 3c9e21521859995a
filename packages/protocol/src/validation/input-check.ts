import { firstProblem, type PlainSchema } from "./first-problem.ts";

/** A check generated from a schema, and the schema as data to name the offending field by. */
export interface InputCheck {
  readonly schema: PlainSchema;
  readonly fits: (value: unknown) => boolean;
}

export type CheckedInput = { ok: true; value: unknown } | { ok: false; field: string; problem: string };

/** Checks frames, bodies and parameters; the first offending field is named as clients write it: `tags[1]`. */
export function checkInput(check: InputCheck, value: unknown): CheckedInput {
  if (check.fits(value)) return { ok: true, value };
  const { field, text } = firstProblem(check.schema, value) ?? { field: "", text: "is not well-formed" };
  return { ok: false, field, problem: text };
}
