/**
 * What is being written to each session, over reloads: the text is kept on this device, attachments only while the app is
 * open. It must not know the server. Bounded: the drafts that were not touched for longest go first, and a text too long to
 * be kept lives until the page is left.
 */
import type { DraftAttachment } from "./draft-attachment.ts";

export interface Draft {
  readonly text: string;
  readonly attachments: readonly DraftAttachment[];
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

  set(sessionId: string, change: Partial<Draft>): void {
    const draft = { ...this.get(sessionId), ...change };
    if (draft.text === "" && draft.attachments.length === 0) this.#drafts.delete(sessionId);
    else this.#drafts.set(sessionId, draft);
    this.#keep(sessionId, draft.text);
    for (const listener of this.#listeners) listener();
  }

  /** Puts something back that was sent already: before what has been written meanwhile. */
  putBack(sessionId: string, { text, attachments }: Draft): void {
    const draft = this.get(sessionId);
    const texts = [text, draft.text].filter((part) => part.trim() !== "");
    this.set(sessionId, { text: texts.join("\n\n"), attachments: [...attachments, ...draft.attachments] });
  }

  clear(sessionId: string): void {
    this.set(sessionId, empty);
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
