/**
 * What an agent's hook gets when it asks ([HOOK-22], [HOOK-24]). It must not know sockets or processes. A stop is kept going
 * (blocked) only to hand something over, and at most `stopChainMax` times in a row without a user's prompt.
 */
import type { PeerStatus } from "@parlatory/protocol";
import type { Handover, Inbox, InboxEntry } from "../inbox.ts";
import type { MessageMode } from "../message-mode.ts";
import { formatNotice, formatPeerMessages, PEER_STATEMENT } from "../peer-message.ts";
import type { StateNotes } from "../state-note.ts";
import { takeWithin } from "../take-within.ts";

export const hookEvents = ["UserPromptSubmit", "PostToolUse", "Stop"] as const;
export type HookEvent = (typeof hookEvents)[number];

export interface HookRequest {
  event: HookEvent;
  status: "idle" | "working" | undefined;
}

export interface HookReply {
  /** What the hook prints; `undefined`: nothing. */
  output: string | undefined;
  /** To be confirmed once the output was flushed, or released. */
  handover: Handover | undefined;
}

export interface HookDeskOptions {
  mode: MessageMode;
  inbox: Inbox;
  notes: StateNotes;
  /** Sets the status with source `hook` everywhere; resolves when the brokers have re-checked the mailboxes, or cannot be asked. */
  setStatus: (status: PeerStatus) => Promise<void>;
  stopChainMax: number;
}

export const MAX_HOOK_TEXT_BYTES = 16 * 1024;
/** Room for the statement, the notices and the count of what waits. */
const RESERVED_BYTES = Buffer.byteLength(PEER_STATEMENT) + 1_024;

interface Portion {
  text: string;
  handover: Handover;
}

export class HookDesk {
  readonly #options: HookDeskOptions;
  #stopChain = 0;

  constructor(options: HookDeskOptions) {
    this.#options = options;
  }

  async handle({ event, status }: HookRequest): Promise<HookReply> {
    if (event === "Stop") return await this.#handleStop(status);
    if (event === "UserPromptSubmit") this.#stopChain = 0;
    // The turn need not wait for the broker.
    if (status !== undefined) void this.#options.setStatus(status);
    const portion = this.#take({ withDigestAlone: event === "UserPromptSubmit" });
    if (portion === undefined) return { output: undefined, handover: undefined };
    const output = { hookSpecificOutput: { hookEventName: event, additionalContext: portion.text } };
    return { output: JSON.stringify(output), handover: portion.handover };
  }

  async #handleStop(status: HookRequest["status"]): Promise<HookReply> {
    const { setStatus, stopChainMax } = this.#options;
    const mayBlock = this.#stopChain < stopChainMax;
    let portion = mayBlock ? this.#take() : undefined;
    if (portion === undefined && status !== undefined) {
      await setStatus(status);
      portion = mayBlock ? this.#take() : undefined;
      // Mail came at the boundary: the turn goes on after all.
      if (portion !== undefined && status === "idle") await setStatus("working");
    }
    if (portion === undefined) {
      // A stop with nothing to say ends the row; one that was not allowed to say anything does not.
      if (mayBlock) this.#stopChain = 0;
      return { output: undefined, handover: undefined };
    }
    this.#stopChain++;
    return { output: JSON.stringify({ decision: "block", reason: portion.text }), handover: portion.handover };
  }

  #take({ withDigestAlone = false } = {}): Portion | undefined {
    const { mode, inbox, notes } = this.#options;
    if (mode === "off") return undefined;
    const waiting = inbox.waiting();
    const isDue = waiting.some((entry) => !entry.digest) || (withDigestAlone && waiting.length > 0);
    if (mode === "inbox") return isDue ? this.#notice(waiting.filter((entry) => !entry.noticed)) : undefined;
    const { fitting, tooLarge, rest } = takeWithin(isDue ? waiting : [], MAX_HOOK_TEXT_BYTES - RESERVED_BYTES);
    const toNotice = tooLarge.filter((entry) => !entry.noticed);
    const handover = inbox.take(fitting);
    const messages = handover.entries.length === 0 ? [] : [formatPeerMessages(handover.entries)];
    const room = MAX_HOOK_TEXT_BYTES - RESERVED_BYTES - Buffer.byteLength(messages.join("\n"));
    const changes = notes.take(Math.max(0, room));
    const parts = [...messages, ...changes.lines, ...noticeOfLong(toNotice)];
    if (parts.length === 0) {
      handover.release();
      return undefined;
    }
    const left = rest.length + tooLarge.length;
    if (left > 0) {
      parts.push(`${left === 1 ? "1 more message waits" : `${left} more messages wait`}; call check_messages`);
    }
    const settled: Handover = {
      entries: handover.entries,
      confirm: () => {
        handover.confirm();
        inbox.markNoticed(toNotice);
      },
      release: (options) => {
        handover.release(options);
        changes.putBack();
      },
    };
    return { text: parts.join("\n"), handover: settled };
  }

  #notice(entries: readonly InboxEntry[]): Portion | undefined {
    if (entries.length === 0) return undefined;
    const { inbox } = this.#options;
    // Nothing is handed over: confirming only remembers that these were named.
    const handover: Handover = { entries: [], confirm: () => inbox.markNoticed(entries), release: () => undefined };
    return { text: formatNotice(entries), handover };
  }
}

function noticeOfLong(entries: readonly InboxEntry[]): string[] {
  return entries.length === 0 ? [] : [`Too long to be shown here: ${formatNotice(entries)}`];
}
