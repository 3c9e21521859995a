import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock } from "../ports.ts";
import type { DeliveryRow, RemoteStore } from "../store/remote-store.ts";

export interface DeliveryQueueOptions {
  readonly store: Pick<RemoteStore, "listDeliveries" | "acknowledgeDelivery">;
  readonly clock: Clock;
  readonly randomUuid: () => string;
}

/**
 * The messages that client sessions have not acknowledged. They come in with the outcome of a prompt ([RDLV-1]) and leave
 * here, by an acknowledgement or for a gap; nothing is sent from here.
 */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions;

  constructor(options: DeliveryQueueOptions) {
    this.#options = options;
  }

  /** In the order they were queued, within the bounds, a gap first ([RDLV-3], [RDLV-5]). */
  async list(clientSessionId: string): Promise<readonly DeliveryRow[]> {
    const { store, clock, randomUuid } = this.#options;
    return store.listDeliveries({
      clientSessionId,
      now: clock.now(),
      maxMessages: REMOTE_LIMITS.queueMessages,
      maxAgeMs: REMOTE_LIMITS.queueMs,
      gapMessageId: randomUuid(),
    });
  }

  /** What is unknown, of another client session or acknowledged before changes nothing ([RDLV-2]). */
  async acknowledge(clientSessionId: string, messageId: string): Promise<void> {
    await this.#options.store.acknowledgeDelivery(clientSessionId, messageId);
  }
}
