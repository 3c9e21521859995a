/**
 * Hands over what arrives without being asked ([MCP-9], [MCP-10]). It must not know the mesh or MCP, only the inbox and the ways.
 * States: quiet -> collecting (200 ms from the first arrival) -> handing over -> quiet | collecting (more came) | waiting (the
 * session's socket failed; tried again later, meanwhile hooks and check_messages may take the mail).
 *
 *   push,  socket     text into the session; confirmed when the socket closed without error
 *   push,  no socket  the channel rings with the text; the mail stays for the next hook or check_messages
 *   inbox             one notice per message, by socket or channel; the mail stays
 *   off               nothing
 */
import type { StateChange } from "@parlatory/client";
import type { Inbox, InboxEntry } from "./inbox.ts";
import type { MessageMode } from "./message-mode.ts";
import { formatNotice, formatPeerMessages } from "./peer-message.ts";
import type { StateNotes } from "./state-note.ts";
import { takeWithin } from "./take-within.ts";
import { messageNotification, noticeNotification, stateNotification, type Channel } from "./ways-in/channel.ts";
import { SessionSocketError, type WriteToSession } from "./ways-in/session-socket.ts";

export const BATCH_MS = 200;
const MAX_TEXT_BYTES = 64 * 1024;
const MAX_NOTES_BYTES = 16 * 1024;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;

export interface PushPumpOptions {
  mode: MessageMode;
  inbox: Inbox;
  notes: StateNotes;
  channel: Channel;
  /** Absent: the agent has no session inbox. */
  writeToSession?: WriteToSession | undefined;
  nowMs: () => number;
  log: (line: string) => void;
  batchMs?: number | undefined;
}

export class PushPump {
  readonly #options: PushPumpOptions;
  readonly #rung = new WeakSet<InboxEntry>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #failures = 0;
  #closed = false;

  constructor(options: PushPumpOptions) {
    this.#options = options;
  }

  /** Something arrived that should not wait to be asked for. */
  handleArrival(): void {
    if (this.#options.mode === "off" || this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    // While the socket is failing the doorbell rings for each arrival; the next try takes it along.
    if (this.#failures > 0) this.#ringChannel();
    this.#schedule(this.#options.batchMs ?? BATCH_MS);
  }

  handleStateChange(change: StateChange, mesh: { slug: string; meshId: string }): void {
    const { mode, notes, channel, writeToSession } = this.#options;
    if (mode === "off" || this.#closed) return;
    notes.add(change, mesh.slug);
    channel.ring(() => stateNotification(change, mesh));
    if (mode === "push" && writeToSession !== undefined) this.handleArrival();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, delayMs);
  }

  async #run(): Promise<void> {
    const { writeToSession, log } = this.#options;
    if (writeToSession === undefined) return this.#ringChannel();
    this.#running = true;
    this.#again = false;
    try {
      while (!this.#closed && (await this.#handOver(writeToSession))) this.#failures = 0;
    } catch (cause) {
      const delayMs = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 30_000;
      log(
        `${cause instanceof Error ? cause.message : "the session's inbox socket failed"}; trying again in ${delayMs} ms`,
      );
      this.#ringChannel();
      this.#schedule(delayMs);
    } finally {
      this.#running = false;
    }
    if (this.#again) this.#schedule(this.#options.batchMs ?? BATCH_MS);
  }

  /** One text into the session; false when there is nothing (more) to hand over. */
  async #handOver(write: WriteToSession): Promise<boolean> {
    const { mode, inbox } = this.#options;
    if (mode === "inbox") {
      const fresh = inbox.waiting().filter((entry) => !entry.noticed);
      if (!fresh.some((entry) => !entry.digest)) return false;
      await write(formatNotice(fresh));
      inbox.markNoticed(fresh);
      return true;
    }
    return await this.#writeText(write);
  }

  async #writeText(write: WriteToSession): Promise<boolean> {
    const { inbox, notes } = this.#options;
    const waiting = inbox.waiting();
    const isDue = waiting.some((entry) => !entry.digest);
    const { fitting, tooLarge } = takeWithin(isDue ? waiting : [], MAX_TEXT_BYTES);
    // The socket itself has no limit, so a very long message goes alone.
    const handover = inbox.take(fitting.length > 0 ? fitting : tooLarge.slice(0, 1));
    const { lines, putBack } = notes.take(MAX_NOTES_BYTES);
    if (handover.entries.length === 0 && lines.length === 0) return false;
    const text = [...(handover.entries.length === 0 ? [] : [formatPeerMessages(handover.entries)]), ...lines].join(
      "\n",
    );
    try {
      await write(text);
    } catch (cause) {
      handover.release({ possiblySeen: cause instanceof SessionSocketError && cause.mayHaveArrived });
      putBack();
      throw cause;
    }
    handover.confirm();
    return true;
  }

  #ringChannel(): void {
    const { mode, inbox, channel, nowMs } = this.#options;
    const fresh = inbox.waiting().filter((entry) => !this.#rung.has(entry) && !entry.digest);
    if (fresh.length === 0) return;
    for (const entry of fresh) this.#rung.add(entry);
    const stillWaiting = (): InboxEntry[] => inbox.waiting().filter((entry) => fresh.includes(entry));
    if (mode === "inbox") {
      channel.ring(() => {
        const entries = stillWaiting().filter((entry) => !entry.noticed);
        return entries.length === 0 ? undefined : noticeNotification(entries);
      });
      return;
    }
    for (const entry of fresh) {
      channel.ring(() => {
        if (!stillWaiting().includes(entry)) return undefined;
        const notification = messageNotification(entry, entry.meshId, nowMs());
        inbox.markRung([entry]);
        return notification;
      });
    }
  }
}
