/**
 * What is being written to each session, over reloads: the text is kept here, attachments by a port, because they are large
 * and come back later than the page. It must not know the server. Bounded: the drafts that were not touched for longest go
 * first, and a text too long to be kept lives until the page is left.
 */
import type { DraftAttachment } from "./draft-attachment.ts";

export interface Draft {
  readonly text: string;
  readonly attachments: readonly DraftAttachment[];
}

/** Keeps attachments on this device. Neither rejects. */
export interface DraftFiles {
  load(sessionId: string): Promise<readonly DraftAttachment[]>;
  /** None: nothing is kept any more. */
  save(sessionId: string, attachments: readonly DraftAttachment[]): Promise<void>;
}

const prefix = "parlatory.draft.";
const maxKept = 50;
const maxKeptChars = 100_000;
const empty: Draft = { text: "", attachments: [] };

export class Drafts {
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #drafts = new Map<string, Draft>();
  readonly #listeners = new Set<() => void>();
  /** Sessions whose files were asked for; `true` until they are there, or were given up meanwhile. */
  readonly #restoring = new Map<string, boolean>();
  #files: DraftFiles | undefined;

  constructor(storage: Storage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  /** The same object until it changes. */
  get(sessionId: string): Draft {
    const known = this.#drafts.get(sessionId);
    if (known !== undefined) return known;
    const text = this.#read(sessionId)?.text;
    if (text === undefined) return empty;
    const draft = { text, attachments: [] };
    this.#drafts.set(sessionId, draft);
    return draft;
  }

  /** Brings back what was attached before a reload, once, and keeps from now on what is attached. */
  async restoreFiles(sessionId: string, files: DraftFiles): Promise<void> {
    this.#files = files;
    if (this.#restoring.has(sessionId)) return;
    this.#restoring.set(sessionId, true);
    const kept = await files.load(sessionId);
    if (this.#restoring.get(sessionId) !== true) return;
    this.#restoring.set(sessionId, false);
    const { attachments } = this.get(sessionId);
    if (kept.length > 0) this.set(sessionId, { attachments: [...kept, ...attachments] });
    else if (attachments.length > 0) await files.save(sessionId, attachments);
  }

  set(sessionId: string, change: Partial<Draft>): void {
    const before = this.get(sessionId);
    const draft = { ...before, ...change };
    if (draft.text === "" && draft.attachments.length === 0) this.#drafts.delete(sessionId);
    else this.#drafts.set(sessionId, draft);
    this.#keep(sessionId, draft.text);
    const isSame = draft.attachments === before.attachments;
    const hadNone = draft.attachments.length === 0 && before.attachments.length === 0;
    if (!isSame && !hadNone) void this.#files?.save(sessionId, draft.attachments);
    for (const listener of this.#listeners) listener();
  }

  /** Puts something back that was sent already: before what has been written meanwhile. */
  putBack(sessionId: string, { text, attachments }: Draft): void {
    const draft = this.get(sessionId);
    const texts = [text, draft.text].filter((part) => part.trim() !== "");
    this.set(sessionId, { text: texts.join("\n\n"), attachments: [...attachments, ...draft.attachments] });
  }

  /**
   * Empties a draft that is being sent, and gives it. What is kept of it stays until `dropKept`: a page that ends in between
   * has lost nothing.
   */
  take(sessionId: string): Draft {
    const draft = this.get(sessionId);
    // What was kept for a prompt that is sent belongs to no other.
    if (this.#restoring.get(sessionId) === true) this.#restoring.set(sessionId, false);
    this.#drafts.set(sessionId, empty);
    for (const listener of this.#listeners) listener();
    return draft;
  }

  /** What was taken is kept elsewhere now; what was written since stays. */
  dropKept(sessionId: string): void {
    const { text, attachments } = this.get(sessionId);
    if (text === "") this.#keep(sessionId, "");
    if (attachments.length === 0) void this.#files?.save(sessionId, []);
    if (text === "" && attachments.length === 0) this.#drafts.delete(sessionId);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #keep(sessionId: string, text: string): void {
    const key = `${prefix}${sessionId}`;
    if (text === "" || text.length > maxKeptChars) {
      this.#storage.removeItem(key);
      return;
    }
    if (this.#storage.getItem(key) === null) this.#dropOldest(key);
    try {
      this.#storage.setItem(key, JSON.stringify({ text, at: this.#now() }));
    } catch {
      // The device has no room: an outdated text would be worse than none.
      this.#storage.removeItem(key);
    }
  }

  #dropOldest(exceptKey: string): void {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? "");
    const others = keys.filter((key) => key.startsWith(prefix) && key !== exceptKey);
    if (others.length < maxKept) return;
    const aged = others.map((key) => ({ key, at: this.#read(key.slice(prefix.length))?.at ?? 0 }));
    aged.sort((a, b) => a.at - b.at);
    for (const { key } of aged.slice(0, others.length - maxKept + 1)) this.#storage.removeItem(key);
  }

  #read(sessionId: string): { text: string; at: number } | undefined {
    try {
      const { text, at } = JSON.parse(this.#storage.getItem(`${prefix}${sessionId}`) ?? "{}") as Record<
        string,
        unknown
      >;
      return typeof text === "string" ? { text, at: typeof at === "number" ? at : 0 } : undefined;
    } catch {
      return undefined;
    }
  }
}
