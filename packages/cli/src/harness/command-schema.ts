/** The JSON Schema of a command's output, made from its definition: the only source of it [SCH-1]. */
import { ERROR_CATEGORIES } from "@parlatory/protocol/error-kinds";
import type { AnyCommandDefinition, PayloadField } from "./command.ts";
import { schemaVersion } from "./envelope.ts";
import { generalErrorKinds } from "./help.ts";
import { boolean, list, literal, object, oneOf, string, type JsonSchema } from "./json-schema.ts";
import { schemaId } from "./schema-id.ts";

export interface CommandSchemaOptions {
  /** For tests and `PARL_VALIDATE=1`: nothing undeclared may appear, neither keys nor error kinds [SCH-2]. */
  readonly strict?: boolean;
}

interface Branch {
  readonly title: string;
  readonly command: JsonSchema;
  readonly exitCodes: readonly number[];
  readonly fields: readonly PayloadField[];
  /** Declared fields that may be missing here. */
  readonly extra?: readonly PayloadField[];
  readonly error: JsonSchema | false;
  /** `type` of a stream line, and whether every line has it or only those of a run that streams. */
  readonly stream?: { readonly type: string; readonly final: boolean; readonly required: boolean } | undefined;
}

const timestamp: JsonSchema = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$" };
const warnings = list(object({ code: string, message: string }));
const testOverrides = list(oneOf(["clock", "ids", "engine"]));

export function createCommandSchema(
  definition: AnyCommandDefinition,
  { strict = false }: CommandSchemaOptions = {},
): JsonSchema {
  const name = definition.path.join(" ");
  const schema: JsonSchema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: schemaId(definition.path),
    title: `parl ${name}`,
    description: definition.summary,
    anyOf: listBranches(definition, literal(name)).map(toSchema),
    $defs: { error: errorSchema(strict ? [...definition.errorKinds, ...generalErrorKinds] : undefined) },
  };
  return strict ? closeObjects(schema) : schema;
}

function listBranches(definition: AnyCommandDefinition, command: JsonSchema): Branch[] {
  const error: JsonSchema = { $ref: "#/$defs/error" };
  const streams = definition.stdout === "stream";
  const always = definition.streamOption === undefined;
  const stream = (type: string, final: boolean, required = always): Branch["stream"] =>
    streams ? { type, final, required } : undefined;
  const branches: Branch[] = [];
  if (definition.stdout !== "own") {
    const exitCodes = definition.resultExitCodes ?? [0];
    branches.push({
      title: "success",
      command,
      exitCodes,
      fields: definition.payload,
      error: false,
      stream: stream("result", true),
    });
  }
  const declared = definition.branches ?? [];
  for (const { outcome, fields } of declared) {
    branches.push({
      title: outcome,
      command,
      exitCodes: [1, 2, 130],
      fields,
      extra: definition.payload,
      error,
      stream: stream("error", true),
    });
  }
  if (!declared.some(({ outcome }) => outcome === "error")) {
    branches.push({
      title: "error",
      command,
      exitCodes: [1, 2, 130],
      fields: [],
      extra: definition.payload,
      error,
      stream: stream("error", true),
    });
  }
  branches.push({
    title: "usage_error",
    command: string,
    exitCodes: [1],
    fields: [],
    error,
    stream: stream("error", true, false),
  });
  if (streams) {
    for (const { type, fields } of definition.events ?? []) {
      branches.push({
        title: `event ${type}`,
        command,
        exitCodes: [0],
        fields,
        error: false,
        stream: stream(type, false, true),
      });
    }
    branches.push({
      title: "event heartbeat",
      command,
      exitCodes: [0],
      fields: [],
      error: false,
      stream: stream("heartbeat", false, true),
    });
  }
  return branches;
}

function toSchema({ title, command, exitCodes, fields, extra = [], error, stream }: Branch): JsonSchema {
  const properties: Record<string, JsonSchema | false> = {
    timestamp,
    command,
    exit_code: oneOf(exitCodes),
    output_format: literal("json"),
    schema_version: literal(schemaVersion),
  };
  const required = Object.keys(properties);
  if (stream !== undefined) {
    Object.assign(properties, {
      seq: { type: "integer", minimum: 1 },
      type: literal(stream.type),
      final: literal(stream.final),
    });
    if (stream.required) required.push("seq", "type", "final");
  }
  for (const { name, schema, presence, description } of fields) {
    properties[name] = { ...schema, description };
    if (presence === "always") required.push(name);
  }
  for (const { name, schema, description, input } of extra) {
    // A failed run repeats its inputs, null where they were not given [ERR-7].
    properties[name] ??= { ...(input === undefined ? schema : { anyOf: [schema, { type: "null" }] }), description };
  }
  Object.assign(properties, {
    run_id: { type: "string", pattern: "^[0-9a-f]{32}$" },
    warnings,
    test_overrides: testOverrides,
    error,
  });
  if (error !== false) required.push("error");
  return { title, type: "object", properties, required };
}

function errorSchema(kinds: readonly string[] | undefined): JsonSchema {
  return object({
    kind: kinds === undefined ? string : oneOf(kinds),
    category: oneOf(ERROR_CATEGORIES),
    operation: string,
    target: string,
    retryable: boolean,
    message: string,
    hint: { type: "string", minLength: 1 },
    "errno?": { type: "string", pattern: "^E[A-Z0-9_]+$" },
    // Its keys depend on the kind.
    "detail?": { type: "object", additionalProperties: true },
    "directory?": string,
  });
}

/** Every object that lists its properties allows no others. */
function closeObjects<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map((item: unknown) => closeObjects(item)) as T;
  if (schema === null || typeof schema !== "object") return schema;
  const closed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    closed[key] = key === "const" || key === "enum" ? value : closeObjects(value);
  }
  const listsProperties = typeof closed["properties"] === "object" && closed["type"] === "object";
  if (listsProperties && closed["additionalProperties"] === undefined) closed["additionalProperties"] = false;
  return closed as T;
}
