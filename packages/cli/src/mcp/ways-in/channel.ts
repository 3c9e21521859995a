/**
 * Channel notifications: a doorbell with the text. Whether a client shows them is not known, so they prove nothing ([MCP-8],
 * [MCP-9]). Nothing is sent earlier than 3 s after `notifications/initialized`; until then it waits here, bounded.
 */
import type { StateChange } from "@parlatory/client";
import type { InboxEntry } from "../inbox.ts";
import { formatNotice, formatPeerMessages } from "../peer-message.ts";
import { formatStateChange } from "../state-note.ts";

export interface ChannelNotification {
  readonly method: "notifications/claude/channel";
  readonly params: { readonly content: string; readonly meta: Readonly<Record<string, string>> };
}

export const CHANNEL_METHOD = "notifications/claude/channel";
export const CHANNEL_DELAY_MS = 3_000;
const MAX_WAITING = 256;

/** `nowMs` becomes `delivered_at`. */
export function messageNotification(entry: InboxEntry, meshId: string, nowMs: number): ChannelNotification {
  const { message, meshSlug } = entry;
  const meta: Record<string, string> = {
    from_id: message.senderPubkey,
    from_name: message.senderName,
    mesh_slug: meshSlug,
    mesh_id: meshId,
    priority: message.priority,
    sent_at: message.sentAt,
    delivered_at: new Date(nowMs).toISOString(),
    kind: message.kind,
    message_id: message.messageId,
    ...(message.replyTo === undefined ? {} : { reply_to: message.replyTo }),
  };
  return { method: CHANNEL_METHOD, params: { content: formatPeerMessages([entry]), meta } };
}

export function noticeNotification(entries: readonly InboxEntry[]): ChannelNotification {
  return { method: CHANNEL_METHOD, params: { content: formatNotice(entries), meta: { kind: "notice" } } };
}

export function stateNotification(change: StateChange, mesh: { slug: string; meshId: string }): ChannelNotification {
  const meta = {
    kind: "state_change",
    key: change.key,
    updated_by: change.updatedBy,
    version: String(change.version),
    mesh_slug: mesh.slug,
    mesh_id: mesh.meshId,
  };
  return { method: CHANNEL_METHOD, params: { content: formatStateChange(change), meta } };
}

/** Makes the notification when its time has come; `undefined` when there is nothing to say any more. */
export type MakeNotification = () => ChannelNotification | undefined;

/** Sends notifications in order once the client has had its time; the oldest go when too many wait. */
export class Channel {
  readonly #send: (notification: ChannelNotification) => void;
  readonly #delayMs: number;
  #waiting: MakeNotification[] = [];
  #timer: NodeJS.Timeout | undefined;
  #state: "starting" | "open" | "closed" = "starting";

  constructor(send: (notification: ChannelNotification) => void, delayMs: number = CHANNEL_DELAY_MS) {
    this.#send = send;
    this.#delayMs = delayMs;
  }

  /** The client said `notifications/initialized`. */
  handleInitialized(): void {
    if (this.#state !== "starting" || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      if (this.#state !== "starting") return;
      this.#state = "open";
      for (const make of this.#waiting.splice(0)) this.#ringNow(make);
    }, this.#delayMs);
  }

  ring(make: MakeNotification): void {
    if (this.#state === "open") this.#ringNow(make);
    else if (this.#state === "starting") {
      this.#waiting.push(make);
      if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    }
  }

  close(): void {
    this.#state = "closed";
    this.#waiting = [];
    clearTimeout(this.#timer);
  }

  #ringNow(make: MakeNotification): void {
    const notification = make();
    if (notification !== undefined) this.#send(notification);
  }
}
