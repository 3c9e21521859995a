import { MESH_LIMITS, type AckFrame, type SendFrame } from "@parlatory/protocol";
import type { Delivery } from "../mesh/delivery/delivery.ts";
import type { SendReply } from "../mesh/delivery/reply-order.ts";
import type { Presence } from "../mesh/presence.ts";
import type { Echo, Refusal } from "./refusal.ts";

/**
 * Sends of one connection that may be under way before reading stops: enough for the next transaction to fill while one is
 * written and told ([PERF-2]). Still more cost memory and save no time.
 */
const MAX_UNDER_WAY = 768;
const MAX_BYTES_UNDER_WAY = 16 * MESH_LIMITS.maxFrameBytes;

export interface SendLaneOptions {
  delivery: Pick<Delivery, "send">;
  presence: Presence;
  answer: (ack: AckFrame) => void;
  refuse: (refused: Refusal, echo: Echo) => void;
  /** After each answer. */
  onAnswered: () => void;
}

/**
 * The sends of one connection: handed to delivery at once and answered in their order. Sends that never reach delivery,
 * because their form is wrong, are answered between the others at their place ([SEND-4], [WS-5]).
 */
export class SendLane {
  readonly #options: SendLaneOptions;
  #handed = 0;
  #answered = 0;
  #bytes = 0;
  #idle: (() => void)[] = [];
  #refused: { after: number; refused: Refusal; echo: Echo }[] = [];

  constructor(options: SendLaneOptions) {
    this.#options = options;
  }

  get underWay(): number {
    return this.#handed - this.#answered + this.#refused.length;
  }

  get isFull(): boolean {
    return this.underWay >= MAX_UNDER_WAY || this.#bytes >= MAX_BYTES_UNDER_WAY;
  }

  get isHalfEmpty(): boolean {
    return this.underWay <= MAX_UNDER_WAY / 2 && this.#bytes <= MAX_BYTES_UNDER_WAY / 2;
  }

  /** `bytes` is the size of the frame. */
  send(frame: SendFrame, bytes: number): void {
    this.#handed++;
    this.#bytes += bytes;
    this.#options.delivery.send(this.#options.presence, frame, (reply) => {
      this.#answered++;
      this.#bytes -= bytes;
      this.#answer(frame, reply);
      this.#releaseRefused();
      this.#options.onAnswered();
    });
  }

  /** Resolves when every send so far was answered: what it did is done ([WS-4]). Undefined when none is under way. */
  whenIdle(): Promise<void> | undefined {
    return this.underWay === 0 ? undefined : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Answers a send that is refused without delivery, after the answers of the sends before it. */
  refuse(refused: Refusal, echo: Echo): void {
    this.#refused.push({ after: this.#handed, refused, echo });
    this.#releaseRefused();
  }

  #answer(frame: SendFrame, reply: SendReply): void {
    if (!reply.ok) {
      this.#options.refuse(reply, { id: frame.id ?? "", reqId: frame._reqId });
      return;
    }
    this.#options.answer({
      type: "ack",
      id: frame.id ?? "",
      messageId: reply.messageId,
      queued: true,
      ...(reply.duplicate ? { duplicate: true } : {}),
      recipients: reply.recipients,
      outcome: reply.outcome,
      ...(frame._reqId === undefined ? {} : { _reqId: frame._reqId }),
    });
  }

  #releaseRefused(): void {
    for (;;) {
      const first = this.#refused[0];
      if (first === undefined || first.after > this.#answered) break;
      this.#refused.shift();
      this.#options.refuse(first.refused, first.echo);
    }
    if (this.#idle.length === 0 || this.underWay > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
