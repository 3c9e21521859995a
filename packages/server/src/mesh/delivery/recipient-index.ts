import type { MeshId } from "@parlatory/protocol";
import type { RecipientRow } from "../../store/store.ts";

/** Gives each recipient a small number that stays the same over restarts. */
export class RecipientIndex {
  readonly #byKey = new Map<string, RecipientRow>();
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
    return this.#byKey.get(`${meshId}/${kind}/${key}`);
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
    this.#byKey.set(`${row.meshId}/${row.kind}/${row.key}`, row);
    this.#byRid.set(row.rid, row);
  }
}
