/** Keys of exec-command and exec-tool [CMD-exec-command-3], [ERR-5]; the two differ only in what they call their input. */
import type { NumberOption, PayloadBranch, PayloadField, StringOption } from "../harness/command.ts";
import { boolean, count, integer, list, literal, nullable, object, string } from "../harness/json-schema.ts";

const execution: PayloadField = {
  name: "execution",
  schema: object({ exit_code: nullable(integer), duration_ms: count, output: string, truncated: boolean }),
  presence: "optional",
  description: "of a row that was run; exit_code is null when a signal or the limit ended it",
};
const sourceHint: PayloadField = {
  name: "source_hint",
  schema: string,
  presence: "always",
  description: "where the row comes from",
};
const message: PayloadField = {
  name: "message",
  schema: string,
  presence: "always",
  description: "what was done, or would be done by a mirrored row; in one line",
  // It repeats the input, which is the caller's own.
  verbatim: true,
};

function nameField(kind: "command" | "tool"): PayloadField {
  return { name: "name", schema: string, presence: "always", description: `the ${kind}'s own spelling`, input: "name" };
}

function inputField(input: "prompt" | "payload"): PayloadField {
  return {
    name: input,
    schema: string,
    presence: "always",
    description: `the ${input} as given`,
    input,
    verbatim: true,
  };
}

export function executionPayload(kind: "command" | "tool", input: "prompt" | "payload"): readonly PayloadField[] {
  return [
    nameField(kind),
    inputField(input),
    sourceHint,
    { name: "handled", schema: literal(true), presence: "always", description: "the row was run, or is mirrored" },
    message,
    { name: "found", schema: literal(true), presence: "always", description: "there is a row of that name" },
    execution,
  ];
}

export function executionBranches(kind: "command" | "tool", input: "prompt" | "payload"): readonly PayloadBranch[] {
  const orNull = (field: PayloadField): PayloadField => ({ ...field, schema: nullable(field.schema) });
  const optional = (field: PayloadField): PayloadField => ({ ...field, presence: "optional" });
  return [
    {
      outcome: "not_found",
      fields: [
        { name: "name", schema: string, presence: "always", description: "the name as given" },
        { name: "found", schema: literal(false), presence: "always", description: "no row has that name" },
        inputField(input),
        { name: "handled", schema: literal(false), presence: "always", description: "nothing was run" },
      ],
    },
    {
      outcome: "error",
      fields: [
        orNull(nameField(kind)),
        orNull(inputField(input)),
        optional(sourceHint),
        { name: "handled", schema: boolean, presence: "optional", description: "false when it was refused" },
        optional(message),
        { name: "found", schema: literal(true), presence: "optional", description: "there is a row of that name" },
        execution,
        {
          name: "permission_denials",
          schema: list(object({ tool_name: string, reason: string })),
          presence: "optional",
          description: "why it was refused",
        },
      ],
    },
  ];
}

export const runTimeoutOption = {
  name: "timeout-seconds",
  type: "number",
  default: 600,
  placeholder: "F",
  description: "end the row and all its processes after this many seconds; zero or less runs nothing",
} as const satisfies NumberOption;

export const runDirectoryOption = {
  name: "working-directory",
  type: "string",
  placeholder: "DIR",
  description: "where the row runs, and whose project it is; default: the current directory",
} as const satisfies StringOption;
