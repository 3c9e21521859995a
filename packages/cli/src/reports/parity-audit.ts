/**
 * What of the contract of the command line the program keeps, counted on what it says about itself: its table, help and
 * schemas, and the docs it was installed with [CMD-parity-audit-1]. Nothing is assumed: a command that says nothing counts
 * as missing.
 */
import { commonFields, frameworkFields } from "../harness/envelope.ts";
import type { JsonSchema } from "../harness/json-schema.ts";
import type { CommandReference, HelpPayload } from "../harness/reference.ts";

/** The closed list of [GEN-2]; all other commands answer with data. */
const textOnlyCommands: ReadonlySet<string> = new Set([
  ...["summary", "manifest", "parity-audit", "setup-report", "subsystems", "commands", "tools"],
  ...["remote-mode", "ssh-mode", "teleport-mode", "direct-connect-mode", "deep-link-mode"],
]);

export interface Ratio {
  readonly title: string;
  readonly have: number;
  readonly total: number;
}

export interface ParityAudit {
  readonly ratios: readonly Ratio[];
  /** What has no format option, no schema or no structured help, and what of the three it lacks. */
  readonly missingSchemas: readonly string[];
  /** Commands without a section, and fields without a description or a row in the section. */
  readonly missingDocs: readonly string[];
  /** No ratio is below 1. */
  readonly isComplete: boolean;
}

interface AuditedCommand {
  readonly name: string;
  readonly help: HelpPayload | undefined;
  readonly schema: JsonSchema | undefined;
  readonly section: string | undefined;
}

/** `docs` is the text of docs/SCHEMAS.md, undefined when there is none. */
export async function auditParity(reference: CommandReference, docs: string | undefined): Promise<ParityAudit> {
  const commands = await readCommands(reference, docs);
  const withData = commands.filter(({ name }) => !textOnlyCommands.has(name));
  const noFormat = withData.filter(({ help }) => !hasFormatOption(help));
  const noSchema = withData.filter(({ schema }) => schema === undefined);
  const noHelp = commands.filter((command) => !hasStructuredHelp(command));
  const noSection = commands.filter(({ section }) => section === undefined);
  const fields = withData.flatMap(listFields);
  const undocumented = fields.filter(({ isDocumented }) => !isDocumented);

  const ratio = (title: string, all: readonly unknown[], missing: readonly unknown[]): Ratio => ({
    title,
    have: all.length - missing.length,
    total: all.length,
  });
  const ratios = [
    ratio("Commands with the format option", withData, noFormat),
    ratio("Commands with a JSON Schema", withData, noSchema),
    ratio("Commands with a section in docs/SCHEMAS.md", commands, noSection),
    ratio("Commands with structured help", commands, noHelp),
    ratio("Schema fields that are documented", fields, undocumented),
  ];
  return {
    ratios,
    missingSchemas: [
      ...noSchema.map(({ name }) => name),
      ...noFormat.map(({ name }) => `${name} (format option)`),
      ...noHelp.map(({ name }) => `${name} (structured help)`),
    ],
    missingDocs: [
      ...noSection.map(({ name }) => name),
      ...undocumented.map(({ command, field }) => `${command} (field ${field})`),
    ],
    isComplete: ratios.every(({ have, total }) => total > 0 && have === total),
  };
}

async function readCommands(reference: CommandReference, docs: string | undefined): Promise<AuditedCommand[]> {
  const sections = splitSections(docs ?? "");
  const program = (await reference.help([]))?.payload;
  const commands: AuditedCommand[] = [];
  for (const { name, text_only: isTextOnly } of program?.groups?.flatMap((group) => group.commands) ?? []) {
    const help = (await reference.help([name]))?.payload;
    const actions = (help?.actions ?? []).map((action) => [name, action]);
    // A word that only has actions is no command itself.
    const isCommand = isTextOnly || help === undefined || help.schema_id !== null;
    for (const words of [...(isCommand ? [[name]] : []), ...actions]) {
      commands.push({
        name: words.join(" "),
        help: words.length === 1 ? help : (await reference.help(words))?.payload,
        schema: (await reference.schema(words))?.schema,
        section: sections.get(words.join(" ")),
      });
    }
  }
  return commands;
}

/** Text below each `## COMMAND`. */
function splitSections(docs: string): Map<string, string> {
  const parts = docs.split(/^## (.+)$/mu);
  const sections = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 2) {
    sections.set((parts[index] ?? "").trim(), parts[index + 1] ?? "");
  }
  return sections;
}

function hasFormatOption(help: HelpPayload | undefined): boolean {
  const option = help?.options?.find(({ names }) => names.includes("--output-format"));
  return option !== undefined && option.choices.join("|") === "text|json";
}

/** Everything that [HELP-3] wants of one command is there and says something. */
function hasStructuredHelp({ name, help }: AuditedCommand): boolean {
  if (help === undefined) return false;
  const { topic, usage, summary = "", options = [], exit_codes: exitCodes = [], error_kinds: kinds = [] } = help;
  return (
    topic === name &&
    usage.startsWith(`usage: parl ${name}`) &&
    summary !== "" &&
    help.positionals !== undefined &&
    help.actions !== undefined &&
    options.every(({ description }) => description !== "") &&
    options.some(({ names }) => names.includes("--help")) &&
    exitCodes.length > 0 &&
    kinds.length > 0 &&
    (help.examples ?? []).length > 0
  );
}

interface AuditedField {
  readonly command: string;
  readonly field: string;
  readonly isDocumented: boolean;
}

/** Every own field of any branch of the schema, once. */
function listFields({ name, schema, section }: AuditedCommand): AuditedField[] {
  const shared: ReadonlySet<string> = new Set([...commonFields, ...frameworkFields]);
  const described = new Map<string, boolean>();
  for (const branch of (schema?.["anyOf"] ?? []) as readonly JsonSchema[]) {
    for (const [field, property] of Object.entries((branch["properties"] ?? {}) as Record<string, JsonSchema>)) {
      if (shared.has(field)) continue;
      const isDescribed = typeof property["description"] === "string" && property["description"] !== "";
      described.set(field, isDescribed && described.get(field) !== false);
    }
  }
  return [...described].map(([field, isDescribed]) => ({
    command: name,
    field,
    isDocumented: isDescribed && section?.includes(`| \`${field}\` |`) === true,
  }));
}
