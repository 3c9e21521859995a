/** Help as data and as text from the same definitions [HELP-1..3]. Touches nothing but the table. */
import { commandGroups, type AnyCommandDefinition, type OptionSpec, type PayloadField } from "./command.ts";
import { boolean, integer, list, nullable, object, string } from "./json-schema.ts";
import { schemaId } from "./schema-id.ts";
import type { CommandRoute, CommandTable } from "./table.ts";
import { generalUsage, optionUsage, usageLine } from "./usage-line.ts";
import type { HelpOption, HelpPage, HelpPayload } from "./reference.ts";
import { outputFormats } from "./format.ts";

/** Kinds every command may give, beside those it declares. */
export const generalErrorKinds = ["parse", "interrupted", "internal"] as const;

/** Payload of `parl help`; declared here because `--help` gives it for every command. */
export const helpFields: readonly PayloadField[] = [
  {
    name: "topic",
    schema: nullable(string),
    presence: "always",
    description: "the command explained; null for the whole program",
  },
  { name: "usage", schema: string, presence: "always", description: "the usage line of text mode" },
  {
    name: "groups",
    schema: list(
      object({
        title: string,
        commands: list(object({ name: string, summary: string, text_only: boolean, schema_id: nullable(string) })),
      }),
    ),
    presence: "optional",
    description: "all commands by group; only for the whole program",
  },
  { name: "summary", schema: string, presence: "optional", description: "what the command does" },
  {
    name: "positionals",
    schema: list(string),
    presence: "optional",
    description: "names of the positional arguments, in order",
  },
  {
    name: "options",
    schema: list(
      object({
        names: list(string),
        type: string,
        choices: list(string),
        default: {},
        repeatable: boolean,
        env: nullable(string),
        description: string,
      }),
    ),
    presence: "optional",
    description: "every option with its default",
  },
  {
    name: "actions",
    schema: list(string),
    presence: "optional",
    description: "second-level words; empty if the command has none",
  },
  {
    name: "exit_codes",
    schema: list(integer),
    presence: "optional",
    description: "statuses the command may end with, over both modes",
  },
  {
    name: "error_kinds",
    schema: list(string),
    presence: "optional",
    description: "values of `error.kind` it may give",
  },
  {
    name: "schema_id",
    schema: nullable(string),
    presence: "optional",
    description: "id of its JSON Schema; null for text-only commands and families of actions",
  },
  { name: "examples", schema: list(string), presence: "optional", description: "whole command lines" },
  { name: "notes", schema: list(string), presence: "optional", description: "lines of further explanation" },
];

const formatOptions: readonly HelpOption[] = [
  {
    names: ["--output-format"],
    type: "choice",
    choices: outputFormats,
    default: "text",
    repeatable: false,
    env: "PARL_OUTPUT_FORMAT",
    description: "text for people, json for programs",
  },
  {
    names: ["--json"],
    type: "boolean",
    choices: [],
    default: false,
    repeatable: false,
    env: null,
    description: "short for --output-format json",
  },
];

const helpOption: HelpOption = {
  names: ["--help", "-h"],
  type: "boolean",
  choices: [],
  default: false,
  repeatable: false,
  env: null,
  description: "print this explanation",
};

/** Says what [EXIT-3] wants said wherever statuses are explained. */
const exitNote = [
  "Exit status: 0 success, 1 failure, 130 ended by SIGINT or SIGTERM; 2 is a timeout in json mode,",
  "but a timeout or a usage error in text mode. Programs should use --output-format json, where usage",
  "errors are status 1 with error.kind parse.",
];

export function describeProgram(table: CommandTable): HelpPage {
  const groups = commandGroups.map((title) => ({
    title,
    commands: Object.entries(table)
      .filter(([, row]) => row.group === title)
      .map(([name, row]) => ({
        name,
        summary: row.summary,
        text_only: row.format === "none",
        schema_id: row.format === "none" || row.load === undefined ? null : schemaId([name]),
      })),
  }));
  const width = Math.max(0, ...Object.keys(table).map((name) => name.length));
  const lines = [generalUsage, ""];
  for (const { title, commands } of groups) {
    lines.push(`${title}:`, ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`), "");
  }
  lines.push("`parl COMMAND --help` explains one command. Options of all commands that answer with data:");
  lines.push("--output-format text|json (default: text; PARL_OUTPUT_FORMAT), --json, --help.", "", ...exitNote);
  return { payload: { topic: null, usage: generalUsage, groups }, text: lines.join("\n") };
}

/** `definition` is undefined for a family of actions that is no command itself. */
export function describeCommand(route: CommandRoute, definition: AnyCommandDefinition | undefined): HelpPage {
  const { words, row, summary } = route;
  const actions = words.length === 1 ? Object.entries(row.actions ?? {}) : [];
  const hasFormat = row.format !== "none";
  const options = [
    ...(definition?.options ?? []).map(describeOption),
    ...(hasFormat ? formatOptions.map((option) => (row.format === "flag" ? { ...option, env: null } : option)) : []),
    helpOption,
  ];
  const usage = usageLine(words, definition);
  const payload: HelpPayload = {
    topic: words.join(" "),
    usage,
    summary,
    positionals: (definition?.positionals ?? []).map(({ name }) => name),
    options,
    actions: actions.map(([word]) => word),
    exit_codes: [0, 1, 2, 130],
    error_kinds: [...new Set([...(definition?.errorKinds ?? []), ...generalErrorKinds])],
    schema_id: hasFormat && definition !== undefined ? schemaId(words) : null,
    examples: definition?.examples ?? [],
    ...(definition?.notes === undefined ? {} : { notes: definition.notes }),
  };
  const lines = [usage, "", summary];
  const section = (title: string, rows: readonly (readonly [string, string])[]): void => {
    if (rows.length === 0) return;
    const width = Math.max(...rows.map(([left]) => left.length));
    lines.push("", `${title}:`, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`));
  };
  section(
    "Actions",
    actions.map(([word, action]) => [word, action.summary]),
  );
  section(
    "Arguments",
    (definition?.positionals ?? []).map((spec) => [
      spec.name.toUpperCase(),
      `${spec.description}${spec.stdin === true ? " (- reads it from stdin)" : ""}`,
    ]),
  );
  section("Options", [
    ...(definition?.options ?? []).map((spec): [string, string] => [
      [...(spec.short === undefined ? [] : [`-${spec.short}`]), optionUsage(spec)].join(", "),
      explainOption(describeOption(spec)),
    ]),
    ...(hasFormat
      ? [
          ["--output-format text|json", explainOption(options.at(-3) ?? helpOption)] as const,
          ["--json", "short for --output-format json"] as const,
        ]
      : []),
    ["-h, --help", helpOption.description],
  ]);
  if (definition?.notes !== undefined) lines.push("", ...definition.notes);
  lines.push("", ...exitNote, `Error kinds: ${(payload.error_kinds ?? []).join(", ")}`);
  if (payload.examples !== undefined && payload.examples.length > 0) {
    lines.push("", "Examples:", ...payload.examples.map((line) => `  ${line}`));
  }
  return { payload, text: lines.join("\n") };
}

function describeOption(spec: OptionSpec): HelpOption {
  return {
    names: [`--${spec.name}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])],
    type: spec.type,
    choices: spec.type === "choice" ? spec.choices : [],
    default: spec.type === "boolean" ? false : spec.type === "list" ? [] : (spec.default ?? null),
    repeatable: spec.type === "list",
    env: spec.env ?? null,
    description: spec.description,
  };
}

function explainOption({ description, default: fallback, env, repeatable }: HelpOption): string {
  const value = Array.isArray(fallback) || fallback === null ? "none" : fallback === false ? "off" : String(fallback);
  const parts = [`default: ${value}`, ...(env === null ? [] : [env]), ...(repeatable ? ["repeatable"] : [])];
  return `${description} (${parts.join("; ")})`;
}
