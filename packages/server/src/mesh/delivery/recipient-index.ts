import type { MeshId } from "@parlatory/protocol";
import type { RecipientRow } from "../../store/store.ts";

/** Gives each recipient a small number that stays the same over restarts. */
export class RecipientIndex {
  /** By mesh and kind, then by key: looked up for every recipient of a send, so no text is made for it. */
  readonly #byKey = new Map<MeshId, Record<RecipientRow["kind"], Map<string, RecipientRow>>>();
  readonly #byRid = new Map<number, RecipientRow>();
  readonly #onCreated: (row: RecipientRow) => void;
  #lastRid: number;

  constructor(rows: readonly RecipientRow[], lastRid: number, onCreated: (row: RecipientRow) => void) {
    this.#lastRid = lastRid;
    this.#onCreated = onCreated;
    for (const row of rows) this.#add(row);
  }

  byRid(rid: number): RecipientRow | undefined {
    return this.#byRid.get(rid);
  }

  find(meshId: MeshId, kind: RecipientRow["kind"], key: string): RecipientRow | undefined {
    return this.#byKey.get(meshId)?.[kind].get(key);
  }

  ensure(meshId: MeshId, kind: RecipientRow["kind"], key: string, name: string): RecipientRow {
    const known = this.find(meshId, kind, key);
    if (known !== undefined) return known;
    const row: RecipientRow = { rid: ++this.#lastRid, meshId, kind, key, name };
    this.#add(row);
    this.#onCreated(row);
    return row;
  }

  #add(row: RecipientRow): void {
    let kinds = this.#byKey.get(row.meshId);
    if (kinds === undefined) {
      this.#byKey.set(row.meshId, (kinds = { session: new Map(), member: new Map(), presence: new Map() }));
    }
    kinds[row.kind].set(row.key, row);
    this.#byRid.set(row.rid, row);
  }
}
