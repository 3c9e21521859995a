/**
 * Where a record's nearest ancestor in the log is ([HIST-8]): through records that the filter dropped. Knows the records that
 * were read, the newest one before them, and, when that was not all of the file, which ids would have to be looked for.
 */
import type { TreePlace } from "./log-record.ts";

/** `id` is the ancestor, null when there is none; `sought` is an id that was not among what was read. */
export type Ancestor = { readonly id: string | null } | { readonly sought: string };

/** The newest record of a file's main chain, so that what is appended to it need not look back. */
export interface LogTip {
  readonly id: string;
  readonly ancestor: Ancestor;
}

const NONE: Ancestor = { id: null };

export interface RecordTreeOptions {
  /** The newest record before what is read. */
  readonly tip: LogTip | undefined;
  /** Nothing stands before what is read: an id that is not found is nowhere. */
  readonly isWhole: boolean;
  /** Every dropped record is kept in mind; else only the newest record, which is all that counting needs. */
  readonly keepsAll: boolean;
}

export class RecordTree {
  readonly #dropped = new Map<string, Ancestor>();
  readonly #ids: { has(id: string): boolean };
  readonly #options: RecordTreeOptions;
  #tip: LogTip | undefined;

  constructor(ids: { has(id: string): boolean }, options: RecordTreeOptions) {
    this.#ids = ids;
    this.#options = options;
    this.#tip = options.tip;
  }

  addMessage(id: string): void {
    if (!this.#options.keepsAll) this.#tip = undefined;
    else this.#dropped.delete(id);
  }

  addDropped({ id, parentId, isSidechain }: Pick<TreePlace, "id" | "parentId" | "isSidechain">): void {
    if (this.#options.keepsAll) {
      if (!this.#dropped.has(id)) this.#dropped.set(id, this.nearest(parentId));
    } else if (!isSidechain) this.#tip = { id, ancestor: this.nearest(parentId) };
  }

  nearest(id: string | null): Ancestor {
    if (id === null) return NONE;
    if (this.#ids.has(id)) return { id };
    const dropped = this.#dropped.get(id);
    if (dropped !== undefined) return dropped;
    if (this.#tip !== undefined && this.#tip.id === id) return this.#tip.ancestor;
    return this.#options.isWhole && this.#options.keepsAll ? NONE : { sought: id };
  }
}
