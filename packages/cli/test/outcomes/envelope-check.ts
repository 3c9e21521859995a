/** The strict schemas of the program's own commands, and which branch of them an envelope fits [SCH-2], [SCH-3]. */
import { compileJsonSchema } from "@parlatory/protocol/schemas";
import { commandTable } from "../../src/commands/index.ts";
import type { AnyCommandDefinition } from "../../src/harness/command.ts";
import { createCommandSchema } from "../../src/harness/command-schema.ts";
import type { JsonSchema } from "../../src/harness/json-schema.ts";
import { findRoute } from "../../src/harness/table.ts";

interface BranchCheck {
  readonly title: string;
  readonly schema: JsonSchema;
  readonly check: (value: unknown) => string[];
}

export async function loadDefinition(command: string): Promise<AnyCommandDefinition> {
  const route = findRoute(commandTable, command.split(" "));
  if (route?.load === undefined) throw new Error(`the program has no command '${command}'`);
  return (await route.load()).command;
}

/** Titles of all branches of a command's schema. */
export function branchTitles(definition: AnyCommandDefinition): string[] {
  return branchesOf(definition).map(({ title }) => String(title));
}

const compiled = new Map<string, readonly BranchCheck[]>();

/**
 * The first branch the envelope fits, keys in the order of the schema [ENV-2]; throws with every branch's complaints when
 * it fits none.
 */
export function fittingBranch(definition: AnyCommandDefinition, envelope: unknown): string {
  const name = definition.path.join(" ");
  let checks = compiled.get(name);
  if (checks === undefined) {
    const schema = createCommandSchema(definition, { strict: true });
    checks = branchesOf(definition).map((branch) => ({
      title: String(branch["title"]),
      schema: { ...branch, $defs: schema["$defs"] },
      check: compileJsonSchema({ ...branch, $defs: schema["$defs"] }),
    }));
    compiled.set(name, checks);
  }
  const complaints: string[] = [];
  const isUsageError = kindOf(envelope) === "parse";
  for (const { title, schema, check } of checks) {
    // The branch `error` would take a usage error too, but the other way round it says more.
    if (isUsageError !== (title === "usage_error")) continue;
    const problems = check(envelope);
    if (problems.length === 0) {
      const misplaced = keyOrderProblems(schema, envelope);
      if (misplaced.length > 0) {
        throw new Error(`keys of '${name}' are not in the schema's order: ${misplaced.join("; ")}`);
      }
      return title;
    }
    complaints.push(`  ${title}: ${problems.slice(0, 4).join("; ")}`);
  }
  throw new Error(`an envelope of '${name}' fits no branch:\n${complaints.join("\n")}\n${JSON.stringify(envelope)}`);
}

function kindOf(envelope: unknown): unknown {
  return (envelope as { readonly error?: { readonly kind?: unknown } }).error?.kind;
}

function branchesOf(definition: AnyCommandDefinition): readonly JsonSchema[] {
  return createCommandSchema(definition, { strict: true })["anyOf"] as readonly JsonSchema[];
}

/** Every object whose keys stand in another order than its schema lists them. */
function keyOrderProblems(root: JsonSchema, envelope: unknown): string[] {
  const problems: string[] = [];
  const walk = (schema: JsonSchema, value: unknown, path: string): void => {
    if (schema["$ref"] === "#/$defs/error") return walk(asSchema(asSchema(root["$defs"])["error"]), value, path);
    for (const option of (schema["anyOf"] ?? []) as readonly JsonSchema[]) walk(option, value, path);
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(asSchema(schema["items"]), item, `${path}/${index}`);
      return;
    }
    if (typeof value !== "object" || value === null || schema["properties"] === undefined) return;
    const order = Object.keys(asSchema(schema["properties"]));
    const keys = Object.keys(value).filter((key) => order.includes(key));
    const expected = order.filter((key) => keys.includes(key));
    if (keys.join(",") !== expected.join(",")) {
      problems.push(`${path}: ${keys.join(",")}, expected ${expected.join(",")}`);
    }
    const properties = asSchema(schema["properties"]);
    for (const [key, item] of Object.entries(value)) walk(asSchema(properties[key]), item, `${path}/${key}`);
  };
  walk(root, envelope, "");
  return problems;
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null ? (value as JsonSchema) : {};
}
