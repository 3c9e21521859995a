import type { JsonSchema } from "./json-schema.ts";

/** One command in `parl --help` [HELP-3]. */
export interface HelpCommand {
  readonly name: string;
  readonly summary: string;
  readonly text_only: boolean;
  readonly schema_id: string | null;
}

export interface HelpOption {
  readonly names: readonly string[];
  readonly type: string;
  readonly choices: readonly string[];
  readonly default: string | number | boolean | readonly string[] | null;
  readonly repeatable: boolean;
  readonly env: string | null;
  readonly description: string;
}

/** Payload of help, in the key order of [HELP-3]; `groups` for the program, the rest for one command. */
export interface HelpPayload {
  readonly topic: string | null;
  readonly usage: string;
  readonly groups?: readonly { readonly title: string; readonly commands: readonly HelpCommand[] }[];
  readonly summary?: string;
  /** Names as declared; `usage` shows which are optional. */
  readonly positionals?: readonly string[];
  readonly options?: readonly HelpOption[];
  readonly actions?: readonly string[];
  readonly exit_codes?: readonly number[];
  readonly error_kinds?: readonly string[];
  readonly schema_id?: string | null;
  readonly examples?: readonly string[];
  readonly notes?: readonly string[];
}

export interface HelpPage {
  readonly payload: HelpPayload;
  readonly text: string;
}

export interface SchemaListing {
  readonly command: string;
  readonly schema_id: string;
}

/** What the program can say about its own commands. Words are those of a command, such as `["mesh", "create"]`. */
export interface CommandReference {
  /** `undefined` when the words name no command; no words is the whole program. */
  help(words: readonly string[]): Promise<HelpPage | undefined>;
  /** What exists where these words were looked up: the actions of the first word, else all top-level names. */
  names(words: readonly string[]): readonly string[];
  /** Every command that has a schema, in table order; loads no command. */
  schemas(): readonly SchemaListing[];
  /** The published schema [SCH-2]; `undefined` for unknown and text-only commands. */
  schema(words: readonly string[]): Promise<{ readonly schema_id: string; readonly schema: JsonSchema } | undefined>;
}
