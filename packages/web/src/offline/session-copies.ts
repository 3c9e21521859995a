/**
 * What is kept of single sessions, each with when it was used and how large it is, so that what was used longest ago can go.
 * A page may go away at any moment: a change is one transaction that needs nobody to wait for it.
 */
import type { CopyUse, OfflineSchema, OpenDatabase } from "./offline-database.ts";

/** A store of values by session, and the one of their uses. */
export interface CopyStores {
  readonly values: "histories" | "draftFiles";
  readonly uses: "historyUses" | "draftFileUses";
}

type CopyValue = OfflineSchema[CopyStores["values"]]["value"];

export async function putCopy(open: OpenDatabase, stores: CopyStores, value: CopyValue, use: CopyUse): Promise<void> {
  const transaction = open.transaction([stores.values, stores.uses], "readwrite");
  const written = Promise.all([
    transaction.objectStore(stores.values).put(value, use.sessionId),
    transaction.objectStore(stores.uses).put(use),
    transaction.done,
  ]);
  // A page that goes away hears nothing more, and what still waits for it then is undone.
  transaction.commit();
  await written;
}

export async function deleteCopy(open: OpenDatabase, stores: CopyStores, sessionId: string): Promise<void> {
  const transaction = open.transaction([stores.values, stores.uses], "readwrite");
  const deleted = Promise.all([
    transaction.objectStore(stores.values).delete(sessionId),
    transaction.objectStore(stores.uses).delete(sessionId),
    transaction.done,
  ]);
  transaction.commit();
  await deleted;
}

/** Deletes what was used longest ago and is too much; the one used last stays, whatever its size. */
export async function trimCopies(
  open: OpenDatabase,
  stores: CopyStores,
  bounds: { readonly sessions: number; readonly totalBytes: number },
): Promise<void> {
  const transaction = open.transaction([stores.values, stores.uses], "readwrite");
  const values = transaction.objectStore(stores.values);
  const uses = transaction.objectStore(stores.uses);
  let sessions = 0;
  let total = 0;
  for (const { sessionId, bytes } of (await uses.index("usedAt").getAll()).toReversed()) {
    sessions += 1;
    total += bytes;
    if (sessions === 1 || (sessions <= bounds.sessions && total <= bounds.totalBytes)) continue;
    await Promise.all([uses.delete(sessionId), values.delete(sessionId)]);
  }
  await transaction.done;
}
