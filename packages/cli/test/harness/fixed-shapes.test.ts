/** What callers of an older harness of the same protocol rely on: flags and fields that may be extended and never changed. */
import { describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { createCommandSchema } from "../../src/harness/command-schema.ts";
import { schemaVersion } from "../../src/harness/envelope.ts";
import type { JsonSchema } from "../../src/harness/json-schema.ts";
import { loadDefinitions } from "../../src/harness/table.ts";

interface FixedShape {
  readonly command: string;
  readonly positionals: readonly string[];
  /** `name:type`, `=default` where there is one. */
  readonly options: readonly string[];
  /** `name:type` of a result, in their order; added fields may stand anywhere. */
  readonly fields: readonly string[];
}

const directory = "directory:string=.port_sessions";
const shown = ["name:string", "found:true", "source_hint:string", "responsibility:string"];

/** Section 12 of the contract, without what is marked as added. */
const fixedShapes: readonly FixedShape[] = [
  { command: "list-sessions", positionals: [], options: [directory], fields: ["sessions:array", "count:integer"] },
  {
    command: "delete-session",
    positionals: ["session_id"],
    options: [directory],
    fields: ["session_id:string", "deleted:boolean", "status:deleted|not_found", "directory:string"],
  },
  {
    command: "load-session",
    positionals: ["session_id"],
    options: [directory],
    fields: [
      ...["session_id:string", "loaded:true", "messages_count:integer", "input_tokens:integer"],
      ...["output_tokens:integer", "directory:string", "path:string"],
    ],
  },
  {
    command: "flush-transcript",
    positionals: ["prompt"],
    options: [directory, "session-id:string"],
    fields: [
      ...["session_id:string", "path:string", "flushed:boolean", "messages_count:integer"],
      ...["input_tokens:integer", "output_tokens:integer"],
    ],
  },
  { command: "show-command", positionals: ["name"], options: [], fields: shown },
  { command: "show-tool", positionals: ["name"], options: [], fields: shown },
  {
    command: "exec-command",
    positionals: ["name", "prompt"],
    options: [],
    fields: ["name:string", "prompt:string", "source_hint:string", "handled:true", "message:string"],
  },
  {
    command: "exec-tool",
    positionals: ["name", "payload"],
    options: [],
    fields: ["name:string", "payload:string", "source_hint:string", "handled:true", "message:string"],
  },
  {
    command: "route",
    positionals: ["prompt"],
    options: ["limit:int=5"],
    fields: ["prompt:string", "limit:integer", "match_count:integer", "matches:array"],
  },
  {
    command: "bootstrap",
    positionals: ["prompt"],
    options: ["limit:int=5"],
    fields: [
      ...["prompt:string", "limit:integer", "setup:object", "routed_matches:array"],
      ...["command_execution_messages:array", "tool_execution_messages:array", "turn:object"],
      "persisted_session_path:string|null",
    ],
  },
  {
    command: "command-graph",
    positionals: [],
    options: [],
    fields: [
      ...["builtins_count:integer", "plugin_like_count:integer", "skill_like_count:integer", "total_count:integer"],
      ...["builtins:array", "plugin_like:array", "skill_like:array"],
    ],
  },
  {
    command: "tool-pool",
    positionals: [],
    options: [],
    fields: ["simple_mode:false", "include_mcp:true", "tool_count:integer", "tools:array"],
  },
  { command: "bootstrap-graph", positionals: [], options: [], fields: ["stages:array", "note:string"] },
  {
    command: "turn-loop",
    positionals: ["prompt"],
    options: [
      ...["limit:int=5", "max-turns:int=3", "structured-output:boolean"],
      ...["timeout-seconds:number", "continuation-prompt:string"],
    ],
    fields: [
      ...["prompt:string", "max_turns:integer", "turns_completed:integer", "timeout_seconds:number|null"],
      ...["continuation_prompt:string|null", "turns:array"],
      "final_stop_reason:completed|max_turns_reached|max_budget_reached|cancelled|timeout|failed|null",
      "final_cancel_observed:boolean",
    ],
  },
];

const definitions = await loadDefinitions(commandTable);

function typeOf(schema: JsonSchema): string {
  if ("const" in schema) return String(schema["const"]);
  if (Array.isArray(schema["enum"])) return schema["enum"].join("|");
  if (Array.isArray(schema["anyOf"])) return schema["anyOf"].map((option: JsonSchema) => typeOf(option)).join("|");
  return String(schema["type"]);
}

describe("the 14 JSON commands", () => {
  test.each(fixedShapes)(
    "[GEN-4] [CMD-turn-loop-1] $command keeps its arguments and fields by name, type and order",
    ({ command, positionals, options, fields }) => {
      const definition = definitions.get(command);
      const flags = (definition?.options ?? []).map(
        (option) => `${option.name}:${option.type}${"default" in option ? `=${option.default}` : ""}`,
      );
      const names = new Set(fields.map((field) => field.slice(0, field.indexOf(":"))));
      const kept = (definition?.payload ?? []).filter(({ name, presence }) => names.has(name) && presence === "always");

      expect(definition?.positionals.map(({ name }) => name)).toEqual(positionals);
      expect(flags).toEqual(expect.arrayContaining([...options]));
      expect(kept.map(({ name, schema }) => `${name}:${typeOf(schema)}`)).toEqual(fields);
    },
  );

  test("[GEN-2] [GEN-4] the list of them is closed", () => {
    const harness = [...definitions].filter(([, { group, format }]) => group === "Harness" && format !== "none");

    expect(harness.map(([name]) => name).toSorted()).toEqual(fixedShapes.map(({ command }) => command).toSorted());
  });
});

test.each([...definitions].filter(([, { format }]) => format !== "none"))(
  "[ENV-7] %s: its schema says 1.0 and lets later versions add fields and kinds anywhere",
  (_name, definition) => {
    const schema = createCommandSchema(definition);
    const text = JSON.stringify(schema);

    expect(schemaVersion).toBe("1.0");
    expect(text).toContain('"schema_version":{"const":"1.0"}');
    expect(text).not.toContain('"additionalProperties":false');
    expect((schema["$defs"] as { error: { properties: { kind: JsonSchema } } }).error.properties.kind).toEqual({
      type: "string",
    });
  },
);
