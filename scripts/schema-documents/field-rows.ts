// Rows of a field table from JSON Schema: one a field, nested ones under the name of their parent.
type Schema = Readonly<Record<string, unknown>>;

export interface FieldRow {
  /** `peers[].name` for a field of the objects in the list `peers`. */
  readonly name: string;
  readonly type: string;
  readonly presence: "always" | "optional";
  readonly description: string;
}

export interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly presence: "always" | "optional";
  readonly description: string;
}

/** The field itself, then those of its objects, in their order. */
export function fieldRows({ name, schema, presence, description }: Field): FieldRow[] {
  return [{ name, type: typeName(schema), presence, description }, ...nestedRows(name, schema)];
}

function nestedRows(name: string, schema: Schema): FieldRow[] {
  if (schema["items"] !== undefined) return nestedRows(`${name}[]`, schema["items"] as Schema);
  if (schema["anyOf"] !== undefined) return (schema["anyOf"] as Schema[]).flatMap((option) => nestedRows(name, option));
  const properties = Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Schema>>);
  const required = new Set((schema["required"] ?? []) as string[]);
  return properties.flatMap(([key, property]) =>
    fieldRows({
      name: `${name}.${key}`,
      schema: property,
      presence: required.has(key) ? "always" : "optional",
      description: typeof property["description"] === "string" ? property["description"] : "",
    }),
  );
}

/** In words: `string`, `integer or null`, `list of objects`, `"a"` or `"b"`. */
export function typeName(schema: Schema): string {
  if (schema["const"] !== undefined) return literalName(schema["const"]);
  if (schema["enum"] !== undefined) return (schema["enum"] as unknown[]).map(literalName).join(" or ");
  if (schema["anyOf"] !== undefined) {
    const names = (schema["anyOf"] as Schema[]).map(typeName);
    return [...new Set(names)].join(" or ");
  }
  if (schema["type"] === "array") {
    const items = (schema["items"] ?? {}) as Schema;
    return `list of ${items["type"] === "object" ? "objects" : typeName(items)}`;
  }
  return typeof schema["type"] === "string" ? schema["type"] : "any JSON";
}

function literalName(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}
