/**
 * The least a query of this store needs from an engine. Queries outside the hot path are written once against it, in
 * the common ground of SQLite and PostgreSQL: `?` for parameters, `= ANY(?)` for lists, instants wrapped by `instant`.
 * An engine runs each operation in one transaction and gives it nobody else's uncommitted rows.
 */
import type { AnalyzedMemory } from "./search/analyze.ts";
import type { IndexText } from "./search/index-text.ts";
import type { SearchQuery } from "./search/query.ts";

/** A point in time: integer milliseconds in SQLite, `timestamptz` in PostgreSQL; read back as milliseconds from both. */
export class Instant {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

export function instant(ms: number): Instant;
export function instant(ms: number | undefined): Instant | undefined;
export function instant(ms: number | undefined): Instant | undefined {
  return ms === undefined ? undefined : new Instant(ms);
}

export type SqlValue = string | number | boolean | Instant | undefined | readonly string[] | readonly number[];

export interface Sql {
  readonly memoryIndex: MemoryIndex;
  all<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  first<Row>(text: string, values?: readonly SqlValue[]): Promise<Row | undefined>;
  /** Returns how many rows changed. */
  run(text: string, values?: readonly SqlValue[]): Promise<number>;
  /** Waits until no other transaction holds the named lock; held to the end of this one. */
  lock(name: string): Promise<void>;
  /** Called between slices of long computing, so that an engine that shares its thread can let others on. */
  breathe(): Promise<void>;
}

/** What ranking needs of a memory; `n` is its place in time, newest highest, `length` the number of stems of its content. */
export interface IndexedMemory extends IndexText {
  n: number;
  id: string;
  rememberedAt: number;
  length: number;
}

export interface NewIndexedMemory {
  n: number;
  id: string;
  rememberedAt: number;
  analyzed: AnalyzedMemory;
  /** Marks that no text analyses to: the mesh first, then the whole tags. */
  scope: readonly string[];
  /** How many memories the mesh had been given before, forgotten ones included. */
  ordinal: number;
}

/** Full text is where the engines differ. */
export interface MemoryIndex {
  insert(sql: Sql, memory: NewIndexedMemory): Promise<void>;
  remove(sql: Sql, n: number): Promise<void>;
  /**
   * The newest entries below `before` that carry all of `scope` and match the query, newest first. The engine may find
   * more than matches if `needsCheck`, never less.
   */
  find(
    sql: Sql,
    request: { query: SearchQuery | undefined; scope: readonly string[]; before: number | undefined; limit: number },
  ): Promise<{ found: IndexedMemory[]; needsCheck: boolean }>;
}

/**
 * Text as both engines keep it alike: PostgreSQL has no U+0000 and UTF-8 has no lone surrogates, so each becomes
 * U+FFFD. What must survive byte for byte is stored as JSON text, which escapes both.
 */
export function storableText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes("\0") ? wellFormed.replaceAll("\0", "\ufffd") : wellFormed;
}

/** Rows carry null where the port says the field is absent. */
export function dropNulls<Row extends object>(row: Row): Row {
  for (const key in row) if (row[key] === null) delete row[key];
  return row;
}
