/**
 * The table of commands: what start-up knows about each one without loading it. Only names, summaries and how the
 * output format is asked for are here; everything else is in the definition behind `load`.
 */
import type { AnyCommandDefinition, CommandGroup, CommandModule } from "./command.ts";

/** Where a command takes its output format from: flags and variable [ENV-1], flags only [CLI-1], or it has none [ARG-10]. */
export type FormatSource = "all" | "flag" | "none";

export interface ActionRow {
  readonly summary: string;
  /** Name of the module in `commands/`, without extension; default: the words joined by `-`. */
  readonly file?: string;
  readonly load: () => Promise<CommandModule>;
}

/** One word at the top level: a command, a family of actions, or both (`devices` and `devices revoke`). */
export interface CommandRow {
  readonly group: CommandGroup;
  readonly summary: string;
  /** Default `all`. Holds for the actions too. */
  readonly format?: "flag" | "none";
  /** As that of an action. */
  readonly file?: string;
  /** Absent when the word alone is not a command. */
  readonly load?: () => Promise<CommandModule>;
  readonly actions?: Readonly<Record<string, ActionRow>>;
}

export type CommandTable = Readonly<Record<string, CommandRow>>;

/** What the first words of a command line name. */
export interface CommandRoute {
  readonly words: readonly string[];
  readonly row: CommandRow;
  readonly summary: string;
  readonly load: (() => Promise<CommandModule>) | undefined;
}

/** Own keys only: `constructor` and the like are not commands. */
export function findRow(table: CommandTable, word: string): CommandRow | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

export function findAction(row: CommandRow, word: string): ActionRow | undefined {
  return row.actions !== undefined && Object.hasOwn(row.actions, word) ? row.actions[word] : undefined;
}

export function formatSource(row: CommandRow | undefined): FormatSource {
  return row?.format ?? "all";
}

/** The route of one or two words, such as `["mesh", "create"]`; `undefined` when they name nothing. */
export function findRoute(table: CommandTable, words: readonly string[]): CommandRoute | undefined {
  const [first, second, ...surplus] = words;
  if (first === undefined || surplus.length > 0) return undefined;
  const row = findRow(table, first);
  if (row === undefined) return undefined;
  if (second === undefined) return { words: [first], row, summary: row.summary, load: row.load };
  const action = findAction(row, second);
  return action === undefined ? undefined : { words: [first, second], row, summary: action.summary, load: action.load };
}

/** Every command that can be run, in table order. */
export function listRoutes(table: CommandTable): CommandRoute[] {
  const routes: CommandRoute[] = [];
  for (const [word, row] of Object.entries(table)) {
    if (row.load !== undefined) routes.push({ words: [word], row, summary: row.summary, load: row.load });
    for (const [action, { summary, load }] of Object.entries(row.actions ?? {})) {
      routes.push({ words: [word, action], row, summary, load });
    }
  }
  return routes;
}

/** Loads every definition, for schemas, docs and the parity test; the value has the command's name, words joined by a space. */
export async function loadDefinitions(table: CommandTable): Promise<Map<string, AnyCommandDefinition>> {
  const definitions = new Map<string, AnyCommandDefinition>();
  for (const route of listRoutes(table)) {
    if (route.load === undefined) continue;
    definitions.set(route.words.join(" "), (await route.load()).command);
  }
  return definitions;
}
