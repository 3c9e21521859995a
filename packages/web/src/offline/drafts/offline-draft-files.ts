/**
 * What is attached to prompts that are being written, over reloads. The only copy there is, but a bounded one: the drafts that
 * were changed longest ago lose their files first, and whatever goes wrong, the page still has what it shows.
 */
import type { DraftFiles } from "../../composer/drafts.ts";
import type { DraftAttachment } from "../../composer/draft-attachment.ts";
import type { OfflineDatabase, OpenDatabase } from "../offline-database.ts";

export interface DraftFileBounds {
  readonly drafts: number;
  /** Of all drafts, as they are kept: a third more than the files themselves. */
  readonly totalBytes: number;
}

/** Room for two drafts with as much as a prompt takes. */
export const draftFileBounds: DraftFileBounds = { drafts: 50, totalBytes: 64 * 1024 * 1024 };

export class OfflineDraftFiles implements DraftFiles {
  readonly #database: OfflineDatabase;
  readonly #now: () => number;
  readonly #bounds: DraftFileBounds;

  constructor(database: OfflineDatabase, now: () => number, bounds: DraftFileBounds = draftFileBounds) {
    this.#database = database;
    this.#now = now;
    this.#bounds = bounds;
  }

  async load(sessionId: string): Promise<readonly DraftAttachment[]> {
    try {
      const open = await this.#database.open();
      return (await open?.get("draftFiles", sessionId)) ?? [];
    } catch {
      return [];
    }
  }

  async save(sessionId: string, attachments: readonly DraftAttachment[]): Promise<void> {
    const bytes = attachments.reduce((sum, attachment) => sum + sizeOf(attachment), 0);
    const isKept = attachments.length > 0 && bytes <= this.#bounds.totalBytes;
    try {
      const open = await this.#database.open();
      if (open === undefined) return;
      const transaction = open.transaction(["draftFiles", "draftFileUses"], "readwrite");
      const files = transaction.objectStore("draftFiles");
      const uses = transaction.objectStore("draftFileUses");
      const written = isKept
        ? [files.put([...attachments], sessionId), uses.put({ sessionId, usedAt: this.#now(), bytes })]
        : [files.delete(sessionId), uses.delete(sessionId)];
      const done = Promise.all([...written, transaction.done]);
      // A page that goes away hears nothing more, and what still waits for it then is undone.
      transaction.commit();
      await done;
      if (isKept) await this.#trim(open);
    } catch {
      // The device has no room: outdated files would be worse than none.
      await this.#forget(sessionId);
    }
  }

  async #trim(open: OpenDatabase): Promise<void> {
    const transaction = open.transaction(["draftFiles", "draftFileUses"], "readwrite");
    const uses = transaction.objectStore("draftFileUses");
    let drafts = 0;
    let total = 0;
    for (const { sessionId, bytes } of (await uses.index("usedAt").getAll()).toReversed()) {
      drafts += 1;
      total += bytes;
      if (drafts <= this.#bounds.drafts && total <= this.#bounds.totalBytes) continue;
      await Promise.all([uses.delete(sessionId), transaction.objectStore("draftFiles").delete(sessionId)]);
    }
    await transaction.done;
  }

  async #forget(sessionId: string): Promise<void> {
    try {
      const open = await this.#database.open();
      await Promise.all([open?.delete("draftFiles", sessionId), open?.delete("draftFileUses", sessionId)]);
    } catch {
      // What cannot be removed cannot be read either.
    }
  }
}

function sizeOf({ content }: DraftAttachment): number {
  return "resource" in content ? content.resource.length : content.content.length;
}
