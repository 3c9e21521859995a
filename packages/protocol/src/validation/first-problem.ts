import { countCodePoints } from "./count-code-points.ts";

/** The part of JSON Schema that frames and request bodies use; the generator refuses a schema with anything else. */
export interface PlainSchema {
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, PlainSchema>>;
  /** Any value under any name: the only form in use. */
  readonly patternProperties?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly items?: PlainSchema;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly const?: string | number | boolean;
  readonly anyOf?: readonly PlainSchema[];
  readonly description?: string;
}

export interface Problem {
  /** As clients name it: `groups[1].name`; empty for the value itself. */
  field: string;
  /** Reads on from the name of the field: `is missing`. */
  text: string;
}

/** The first thing in `value` that does not fit `schema`, required fields before the others; undefined when it fits. */
export function firstProblem(schema: PlainSchema, value: unknown, field = ""): Problem | undefined {
  if (schema.type !== undefined && !isOfType(schema.type, value)) return { field, text: `must be ${schema.type}` };
  if (schema.const !== undefined && value !== schema.const) {
    return { field, text: `must be ${JSON.stringify(schema.const)}` };
  }
  return (
    problemInside(schema, value, field) ??
    (schema.anyOf === undefined ? undefined : noneFits(schema.anyOf, value, field))
  );
}

function problemInside(schema: PlainSchema, value: unknown, field: string): Problem | undefined {
  if (typeof value === "string") return say(field, textProblem(schema, value));
  if (typeof value === "number") return say(field, numberProblem(schema, value));
  if (Array.isArray(value)) return arrayProblem(schema, value, field);
  return typeof value === "object" && value !== null ? objectProblem(schema, value, field) : undefined;
}

function objectProblem(
  { required = [], properties = {} }: PlainSchema,
  value: object,
  field: string,
): Problem | undefined {
  const nameOf = (key: string): string => (field === "" ? key : `${field}.${key}`);
  const missing = required.find((key) => !(key in value));
  if (missing !== undefined) return { field: nameOf(missing), text: "is missing" };
  for (const [key, schema] of Object.entries(properties)) {
    const part = (value as Record<string, unknown>)[key];
    const isAbsent = part === undefined && !required.includes(key);
    const problem = isAbsent ? undefined : firstProblem(schema, part, nameOf(key));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function arrayProblem(
  { items, maxItems }: PlainSchema,
  values: readonly unknown[],
  field: string,
): Problem | undefined {
  for (const [index, item] of items === undefined ? [] : values.entries()) {
    const problem = items === undefined ? undefined : firstProblem(items, item, `${field}[${index}]`);
    if (problem !== undefined) return problem;
  }
  const isTooLong = maxItems !== undefined && values.length > maxItems;
  return isTooLong ? { field, text: `must not have more than ${maxItems} items` } : undefined;
}

function textProblem({ minLength, maxLength, pattern }: PlainSchema, text: string): string | undefined {
  if (minLength !== undefined && countCodePoints(text) < minLength) {
    return `must not have fewer than ${minLength} characters`;
  }
  if (maxLength !== undefined && countCodePoints(text) > maxLength) {
    return `must not have more than ${maxLength} characters`;
  }
  return pattern === undefined || new RegExp(pattern, "u").test(text) ? undefined : `must match pattern "${pattern}"`;
}

function numberProblem({ minimum, maximum }: PlainSchema, value: number): string | undefined {
  if (minimum !== undefined && value < minimum) return `must be >= ${minimum}`;
  return maximum !== undefined && value > maximum ? `must be <= ${maximum}` : undefined;
}

/** Of several forms none fits: said of the first, unless they are words to choose from. */
function noneFits(forms: readonly PlainSchema[], value: unknown, field: string): Problem | undefined {
  const problems = forms.map((form) => firstProblem(form, value, field));
  if (problems.includes(undefined)) return undefined;
  const words = forms.map((form) => form.const);
  return words.includes(undefined)
    ? problems[0]
    : { field, text: `must be one of ${words.map((word) => JSON.stringify(word)).join(", ")}` };
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
      return Number.isFinite(value);
    case "null":
      return value === null;
    default:
      return typeof value === type;
  }
}

function say(field: string, text: string | undefined): Problem | undefined {
  return text === undefined ? undefined : { field, text };
}
