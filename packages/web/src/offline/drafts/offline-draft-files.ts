/**
 * What is attached to prompts that are being written, over reloads. The only copy there is, but a bounded one: the drafts that
 * were changed longest ago lose their files first, and whatever goes wrong, the page still has what it shows.
 */
import type { DraftFiles } from "../../composer/drafts.ts";
import type { DraftAttachment } from "../../composer/draft-attachment.ts";
import type { OfflineDatabase } from "../offline-database.ts";
import { deleteCopy, putCopy, trimCopies, type CopyStores } from "../session-copies.ts";

export interface DraftFileBounds {
  readonly sessions: number;
  /** Of all drafts, as they are kept: a third more than the files themselves. */
  readonly totalBytes: number;
}

/** Room for two drafts with as much as a prompt takes. */
export const draftFileBounds: DraftFileBounds = { sessions: 50, totalBytes: 64 * 1024 * 1024 };

const stores: CopyStores = { values: "draftFiles", uses: "draftFileUses" };

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
    if (attachments.length === 0 || bytes > this.#bounds.totalBytes) return this.#forget(sessionId);
    try {
      const open = await this.#database.open();
      if (open === undefined) return;
      await putCopy(open, stores, [...attachments], { sessionId, usedAt: this.#now(), bytes });
      await trimCopies(open, stores, this.#bounds);
    } catch {
      // The device has no room: outdated files would be worse than none.
      await this.#forget(sessionId);
    }
  }

  async #forget(sessionId: string): Promise<void> {
    try {
      const open = await this.#database.open();
      if (open !== undefined) await deleteCopy(open, stores, sessionId);
    } catch {
      // What cannot be removed cannot be read either.
    }
  }
}

function sizeOf({ content }: DraftAttachment): number {
  return "resource" in content ? content.resource.length : content.content.length;
}
