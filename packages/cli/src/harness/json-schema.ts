/** A fragment of JSON Schema 2020-12, kept as plain data so that start-up never loads a schema library. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const string: JsonSchema = { type: "string" };
export const integer: JsonSchema = { type: "integer" };
export const count: JsonSchema = { type: "integer", minimum: 0 };
export const number: JsonSchema = { type: "number" };
export const boolean: JsonSchema = { type: "boolean" };
/** Any JSON value; the strict validator of the tests does not look inside. */
export const anything: JsonSchema = {};

export function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

export function literal(value: string | number | boolean | null): JsonSchema {
  return { const: value };
}

export function oneOf(values: readonly (string | number)[]): JsonSchema {
  return { enum: values };
}

export function list(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** An object with these keys. A key ending in `?` is optional; all others are required. */
export function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const named: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [key, schema] of Object.entries(properties)) {
    const optional = key.endsWith("?");
    const name = optional ? key.slice(0, -1) : key;
    named[name] = schema;
    if (!optional) required.push(name);
  }
  return { type: "object", properties: named, required };
}

/** Adds a sentence for docs/SCHEMAS.md to a nested field. */
export function described(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}
