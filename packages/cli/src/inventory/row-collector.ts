import { cut, quoteValue } from "../output/escape.ts";
import type { CommandContext } from "../harness/context.ts";
import type { InventoryRow } from "./inventory.ts";
import { UnusableSource } from "./read-source.ts";

/** How many rows a list has at most [ROW-4]. */
export const maxRows = 5000;
const maxResponsibilityLength = 200;
/** Of a text before it is put on one line; more would only cost time. */
const maxReadLength = 4096;
/** Of one name, so that a source full of names that are taken cannot make them grow without end. */
const maxPrefixes = 8;

/** Where rows come from. */
export interface RowSource {
  /** What a taken name is prefixed with: `npm` for `npm:test` [ROW-3]. */
  readonly tool: string;
  /** The file or folder, as people are told of it. */
  readonly place: string;
}

/**
 * One list of own rows while it is built: keeps names unique [ROW-3], texts on one line [ROW-2], and the list within
 * `maxRows` [ROW-4]. What it leaves out it tells in `inventory_row_skipped`, in a few warnings a source however many
 * rows there are, because a source may be hostile.
 */
export class RowCollector<Row extends InventoryRow> {
  readonly #warn: CommandContext["warn"];
  readonly #rows: Row[] = [];
  readonly #taken = new Set<string>();

  constructor(warn: CommandContext["warn"]) {
    this.#warn = warn;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Adds what `find` gives, in its order, as far as there is room; where it throws `UnusableSource`, what came before. */
  add(source: RowSource, find: () => Iterable<Row>): void {
    const refused: string[] = [];
    try {
      for (const row of find()) {
        if (this.#rows.length === maxRows) {
          throw new UnusableSource(`the list is full with ${maxRows} rows, the rest is left out`);
        }
        const name = isUsableName(row.name) ? this.#claim(row.name, source.tool) : undefined;
        if (name === undefined) refused.push(row.name);
        else this.#rows.push({ ...row, name, responsibility: oneLine(row) });
      }
    } catch (error) {
      if (!(error instanceof UnusableSource)) throw error;
      this.skip(source, error.message);
    }
    const [first] = refused;
    if (first === undefined) return;
    const more = refused.length === 1 ? "" : ` and ${refused.length - 1} more`;
    this.skip(
      source,
      `${quoteValue(first)}${more}: a name is empty, taken, has control characters or begins with a dash`,
    );
  }

  /** Tells that something of a source is not in the list. */
  skip(source: RowSource, reason: string): void {
    warnSkipped(this.#warn, source.place, reason);
  }

  /** Lookup ignores case [ROW-7], so a name that differs only in case is taken too. */
  #claim(name: string, tool: string): string | undefined {
    let free = name;
    for (let prefixes = 0; this.#taken.has(free.toLowerCase()); prefixes += 1) {
      if (prefixes === maxPrefixes) return undefined;
      free = `${tool}:${free}`;
    }
    this.#taken.add(free.toLowerCase());
    return free;
  }
}

export function warnSkipped(warn: CommandContext["warn"], place: string, reason: string): void {
  warn("inventory_row_skipped", `skipped in the inventory, of ${quoteValue(place)}: ${reason}`);
}

export function hasControlCharacters(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** A name that begins with a dash would be an option to the tool it is given to. */
function isUsableName(name: string): boolean {
  return name !== "" && !name.startsWith("-") && !hasControlCharacters(name);
}

function oneLine({ responsibility }: InventoryRow): string {
  const text = responsibility.slice(0, maxReadLength).replaceAll(/[\p{Cc}\p{White_Space}]+/gu, " ");
  return cut(text.trim(), maxResponsibilityLength);
}
