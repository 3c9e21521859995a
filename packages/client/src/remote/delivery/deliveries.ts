/**
 * Answers that the server keeps until they are acknowledged: each is handed over once, remembered, and only then
 * acknowledged ([CLIENT-2], [RDLV-2], [RDLV-4]). It must not know sockets or prompts. One at a time, in the order in which
 * they came; what is under way and comes again waits for the first.
 */
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { ReceivedIds } from "../../receiving/received-ids.ts";
import { readAnswer, type RemoteAnswer } from "./remote-answer.ts";

export type DeliveryFrame =
  | RemoteServerMessageOf<"response">
  | RemoteServerMessageOf<"replay">
  | RemoteServerMessageOf<"replay_gap">;

/** Answers that are lost: there were too many, or they became too old ([RDLV-5]). */
export interface RemoteReplayGap {
  readonly messageId: string;
  readonly dropped: number;
  readonly oldestTimestamp: string;
  readonly newestTimestamp: string;
  readonly reason: "count" | "age";
}

export interface DeliveriesOptions {
  readonly storedIds: ReceivedIds;
  /** Before this nothing is handed over: it may have been stored before. */
  readonly storedIdsKnown: Promise<void>;
  /** Keeps it; when this returns (or its promise resolves) it will never be asked for again. */
  readonly store: (delivery: RemoteAnswer | RemoteReplayGap) => void | Promise<void>;
  /** It is stored; `isNew` is false for what was stored before and came again. */
  readonly stored: (delivery: RemoteAnswer | RemoteReplayGap, isNew: boolean) => void;
  /** False when there is no connection; then it comes again and is acknowledged then. */
  readonly acknowledge: (messageId: string) => boolean;
  /** It could not be stored; it comes again with the next connection. */
  readonly failed: (messageId: string, cause: unknown) => void;
}

/** Far above what a server keeps for a client session ([RDLV-5]). What is beyond comes again. */
const MAX_WAITING = 4_000;

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #underWay = new Set<string>();
  #last: Promise<void>;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#last = options.storedIdsKnown;
  }

  get waiting(): number {
    return this.#underWay.size;
  }

  /** Resolves when everything taken so far is stored or has failed. */
  drain(): Promise<void> {
    return this.#last;
  }

  take(frame: DeliveryFrame): void {
    const { message_id: messageId } = frame;
    if (this.#underWay.has(messageId) || this.#underWay.size >= MAX_WAITING) return;
    this.#underWay.add(messageId);
    this.#last = this.#last.then(() => this.#handle(frame)).finally(() => this.#underWay.delete(messageId));
  }

  async #handle(frame: DeliveryFrame): Promise<void> {
    const { message_id: messageId } = frame;
    const { storedIds, store, stored, acknowledge, failed } = this.#options;
    const delivery = frame.type === "replay_gap" ? readGap(frame) : readAnswer(frame);
    const isNew = !storedIds.has(messageId);
    if (isNew) {
      try {
        await store(delivery);
        await storedIds.remember([messageId]);
      } catch (cause) {
        failed(messageId, cause);
        return;
      }
    }
    stored(delivery, isNew);
    acknowledge(messageId);
  }
}

function readGap(frame: RemoteServerMessageOf<"replay_gap">): RemoteReplayGap {
  return {
    messageId: frame.message_id,
    dropped: frame.dropped,
    oldestTimestamp: frame.oldest_timestamp,
    newestTimestamp: frame.newest_timestamp,
    reason: frame.reason,
  };
}
