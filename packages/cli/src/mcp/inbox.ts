/**
 * What arrived for this session and was not seen yet. It must not know how messages come in (the client), nor any way they
 * go out. States of an entry:
 *
 *   waiting -> handing over (taken by exactly one way) -> gone (confirmed: `surfaced`, its id is on disk before the broker knows)
 *                                                      -> waiting (released: that way failed)
 *   waiting -> gone (withdrawn: this session lost its identity, another process gets the same mail)
 *
 * `rung`, `noticed`: a doorbell rang for it; neither proves that anybody saw it. Bound: the broker leaves at most its offer
 * window unsettled per connection; beyond `capacity` an arrival is not taken in and stays the broker's.
 */
import type { IncomingMessage } from "@parlatory/client";

/** What is needed of a message to show and to settle it. */
export type ArrivedMessage = Pick<
  IncomingMessage,
  | "messageId"
  | "senderName"
  | "senderPubkey"
  | "kind"
  | "text"
  | "priority"
  | "sentAt"
  | "targetSpec"
  | "replyTo"
  | "subtype"
  | "encrypted"
  | "signed"
  | "unverifiedReason"
  | "surfaced"
>;

export interface InboxEntry {
  readonly message: ArrivedMessage;
  readonly meshId: string;
  readonly meshSlug: string;
  /** Low-priority mail fetched after the hello: joins the next hand-over, causes none ([MCP-11]). */
  readonly digest: boolean;
  /** A doorbell showed its text, or a way that broke off may have ([MCP-10]). */
  readonly possiblySeen: boolean;
  /** A notice named it ([MCP-10]: each once). */
  readonly noticed: boolean;
}

/** Messages taken by one way; exactly one of the two is called, the first counts. */
export interface Handover {
  readonly entries: readonly InboxEntry[];
  /** The model has them. */
  confirm(): void;
  /** It has not; `possiblySeen`: it cannot be excluded that it has. */
  release(options?: { possiblySeen?: boolean | undefined }): void;
}

type MutableEntry = { -readonly [Key in keyof InboxEntry]: InboxEntry[Key] } & { handing: boolean };

export interface InboxOptions {
  /** Messages kept at most; default 4,096. */
  capacity?: number | undefined;
  /** Called after each arrival that should be handed over without being asked for. */
  onArrival?: ((entry: InboxEntry) => void) | undefined;
}

export interface InboxCounts {
  waiting: number;
  handing: number;
  confirmed: number;
  notTaken: number;
}

const DEFAULT_CAPACITY = 4_096;

export class Inbox {
  readonly #capacity: number;
  readonly #onArrival: ((entry: InboxEntry) => void) | undefined;
  readonly #entries = new Map<string, MutableEntry>();
  #confirmed = 0;
  #notTaken = 0;

  constructor(options: InboxOptions = {}) {
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#onArrival = options.onArrival;
  }

  /** Takes a message in; a second offer of one that is here changes nothing. False: there is no room for it. */
  add(arrival: { message: ArrivedMessage; meshId: string; meshSlug: string; digest?: boolean | undefined }): boolean {
    const key = keyOf(arrival.meshId, arrival.message.messageId);
    if (this.#entries.has(key)) return true;
    if (this.#entries.size >= this.#capacity) {
      this.#notTaken++;
      return false;
    }
    const entry: MutableEntry = {
      message: arrival.message,
      meshId: arrival.meshId,
      meshSlug: arrival.meshSlug,
      digest: arrival.digest ?? false,
      possiblySeen: false,
      noticed: false,
      handing: false,
    };
    this.#entries.set(key, entry);
    if (!entry.digest) this.#onArrival?.(entry);
    return true;
  }

  /** What nobody is handing over at the moment, in order of arrival. */
  waiting(meshIds?: ReadonlySet<string>): InboxEntry[] {
    return [...this.#entries.values()].filter(
      (entry) => !entry.handing && (meshIds === undefined || meshIds.has(entry.meshId)),
    );
  }

  /** Takes entries that are waiting; those that are not any more are left out. */
  take(wanted: readonly InboxEntry[]): Handover {
    const taken: MutableEntry[] = [];
    for (const { meshId, message } of wanted) {
      const entry = this.#entries.get(keyOf(meshId, message.messageId));
      if (entry === undefined || entry.handing) continue;
      entry.handing = true;
      taken.push(entry);
    }
    let settled = false;
    const settle = (run: (entry: MutableEntry) => void): void => {
      if (settled) return;
      settled = true;
      for (const entry of taken) run(entry);
    };
    return {
      entries: taken,
      confirm: () => settle((entry) => this.#confirm(entry)),
      release: ({ possiblySeen = false } = {}) =>
        settle((entry) => {
          entry.handing = false;
          entry.possiblySeen ||= possiblySeen;
        }),
    };
  }

  /** A doorbell rang with the text of these ([MCP-10]). */
  markRung(entries: readonly InboxEntry[]): void {
    this.#update(entries, (entry) => (entry.possiblySeen = true));
  }

  /** A notice named these. */
  markNoticed(entries: readonly InboxEntry[]): void {
    this.#update(entries, (entry) => (entry.noticed = true));
  }

  /** Drops what came to an identity this session no longer has; the broker offers it to the one that has. */
  withdraw(meshId: string): void {
    for (const [key, entry] of this.#entries) if (entry.meshId === meshId) this.#entries.delete(key);
  }

  counts(): InboxCounts {
    const handing = [...this.#entries.values()].filter((entry) => entry.handing).length;
    return { waiting: this.#entries.size - handing, handing, confirmed: this.#confirmed, notTaken: this.#notTaken };
  }

  #confirm(entry: MutableEntry): void {
    // Withdrawn meanwhile: the mail belongs to another process, but the model has it, so it is settled all the same.
    this.#entries.delete(keyOf(entry.meshId, entry.message.messageId));
    this.#confirmed++;
    entry.message.surfaced();
  }

  #update(entries: readonly InboxEntry[], change: (entry: MutableEntry) => void): void {
    for (const { meshId, message } of entries) {
      const entry = this.#entries.get(keyOf(meshId, message.messageId));
      if (entry !== undefined) change(entry);
    }
  }
}

function keyOf(meshId: string, messageId: string): string {
  return `${meshId} ${messageId}`;
}
