/**
 * From a text to an honest result ([MCP-6]): compose, hand to the outbox, wait for ack and receipts, judge. It must not know
 * sockets. A send's promise resolves once; what is learned after `unconfirmed` is reported as a late result.
 */
import {
  MESH_LIMITS,
  encodeBase64Url,
  type AckFrame,
  type ErrorFrame,
  type MessageStatusResult,
  type ReceiptFrame,
} from "@parlatory/protocol";
import type { Identity } from "../connection/identity.ts";
import type { SendingOptions } from "../mesh-client-options.ts";
import type { Clock, Platform } from "../platform.ts";
import { errorDetail, isRetryableCode } from "../requests/mesh-request-error.ts";
import { composeSend } from "./compose-send.ts";
import { judgeByAck, judgeByStatus, type Judgement } from "./judge-recipients.ts";
import type { Outbox, SendAnswer } from "./outbox.ts";
import type { RejectedResult, SealedSend, SendInput, SendResult } from "./send-result.ts";
import { Settlement } from "./settlement.ts";

export interface MessageSenderOptions {
  platform: Platform;
  sending: SendingOptions;
  connectWaitMs: number;
  outbox: Outbox;
  isReady(): boolean;
  /** Whether the broker sends receipts on this connection. */
  hasReceipts(): boolean;
  messageStatus(messageId: string): Promise<MessageStatusResult>;
  late(result: SendResult): void;
}

interface Attempt {
  input: SendInput;
  identity: Identity;
  clientMessageId: string;
  report: (result: SendResult) => void;
}

const ID_PREFIX_BYTES = 12;
const POLL_MS = 250;

export class MessageSender {
  readonly #options: MessageSenderOptions;
  readonly #clock: Clock;
  readonly #idPrefix: string;
  #lastId = 0;
  readonly #settlements = new Map<string, Settlement>();

  constructor(options: MessageSenderOptions) {
    this.#options = options;
    this.#clock = options.platform.clock;
    this.#idPrefix = encodeBase64Url(options.platform.randomBytes(ID_PREFIX_BYTES));
  }

  /** Sends a text. Never rejects. */
  send(input: SendInput, identity: Identity): Promise<SendResult> {
    const clientMessageId = input.clientMessageId ?? this.#nextId();
    return new Promise((resolve) => {
      let isFirst = true;
      const report = (result: SendResult): void => {
        if (isFirst) resolve(result);
        else this.#options.late(result);
        isFirst = false;
      };
      this.#attempt({ input, identity, clientMessageId, report }, false);
    });
  }

  /** Raw path; false when the outbox is full and nothing was taken. */
  sendSealed(input: SealedSend, answered: ((ack: AckFrame | undefined) => void) | undefined): boolean {
    const clientMessageId = input.clientMessageId ?? this.#nextId();
    const posted = this.#options.outbox.post({
      clientMessageId,
      text: JSON.stringify({ ...input, type: "send", id: clientMessageId, clientMessageId }),
      connectWaitMs: this.#options.connectWaitMs,
      answered: (answer) => {
        if (answer.kind === "ack") answered?.(answer.ack);
        else if (answer.kind === "unreachable" || !answer.resending) answered?.(undefined);
      },
    });
    return posted.ok;
  }

  ack(frame: AckFrame): boolean {
    return this.#options.outbox.ack(frame);
  }

  /** An error frame with the `id` of a send is its negative ack. */
  error(frame: ErrorFrame): boolean {
    if (typeof frame.id !== "string") return false;
    const { code, message, id } = frame;
    return this.ack({
      ...errorDetail(frame),
      type: "ack",
      id,
      messageId: "",
      queued: false,
      code,
      error: message,
    } as AckFrame);
  }

  receipt(frame: ReceiptFrame): void {
    if (frame.clientMessageId !== undefined) this.#settlements.get(frame.clientMessageId)?.receipt(frame);
  }

  /** The broker closed because of a frame above its limit: the largest one is not sent again (close code 1009). */
  frameTooLarge(): void {
    this.#options.outbox.takeLargest()?.answered({ kind: "ack", ack: tooLarge() });
  }

  /** Ends all waiting; the outbox is ended by its owner. */
  end(): void {
    for (const settlement of this.#settlements.values()) settlement.stop();
  }

  #attempt(attempt: Attempt, plaintext: boolean): void {
    const { input, identity, clientMessageId, report } = attempt;
    const { outbox, connectWaitMs } = this.#options;
    const reject = (code: string, message: string): void => report(rejected(code, message, clientMessageId));
    if (outbox.has(clientMessageId)) return reject("id_conflict", "a message with this clientMessageId is being sent");
    const composed = composeSend(input, { identity, clientMessageId, nowMs: this.#clock.now(), plaintext });
    if (!composed.ok) return reject(composed.code, composed.message);
    const text = JSON.stringify(composed.frame);
    if (text.length > MESH_LIMITS.maxFrameBytes) {
      return reject("too_large", `the message is larger than a frame may be (${MESH_LIMITS.maxFrameBytes} bytes)`);
    }
    if ((input.settleMs ?? 0) > 0) this.#settlements.set(clientMessageId, new Settlement());
    const encrypted = composed.encryption !== "none";
    const posted = outbox.post({
      clientMessageId,
      text,
      connectWaitMs: input.connectWaitMs ?? connectWaitMs,
      answered: (answer) => this.#answered(attempt, encrypted, answer),
    });
    if (posted.ok) return;
    this.#settlements.delete(clientMessageId);
    reject("server_unreachable", `the message was not sent: ${posted.message}`);
  }

  #answered(attempt: Attempt, encrypted: boolean, answer: SendAnswer): void {
    const { clientMessageId, report } = attempt;
    const settlement = this.#settlements.get(clientMessageId);
    if (answer.kind === "ack" && answer.ack.queued) {
      void this.#judge(attempt, answer.ack, settlement).then((judgement) => {
        report(resultOf(judgement, answer.ack, clientMessageId, encrypted));
      });
      return;
    }
    this.#settlements.delete(clientMessageId);
    if (answer.kind === "unreachable") {
      report(rejected("server_unreachable", `the message was not sent: ${answer.message}`, clientMessageId));
    } else if (answer.kind === "unconfirmed") {
      const { resending } = answer;
      report({
        outcome: "queued",
        reason: "unconfirmed",
        resending,
        messageId: "",
        clientMessageId,
        recipients: 0,
        surfaced: 0,
        duplicate: false,
        encrypted,
      });
    } else if (encrypted && this.#mayFallBack(answer.ack)) {
      this.#attempt(attempt, true);
    } else {
      report(refusedBy(answer.ack, clientMessageId));
    }
  }

  #mayFallBack({ code, allowPlaintext }: AckFrame): boolean {
    return (
      code === "recipients_lack_encryption" &&
      allowPlaintext === true &&
      this.#options.sending.plaintextFallback !== false
    );
  }

  async #judge(
    { input, clientMessageId }: Attempt,
    ack: AckFrame,
    settlement: Settlement | undefined,
  ): Promise<Judgement> {
    const { outcome } = ack;
    if (settlement !== undefined) {
      const expected = (ack.recipients ?? 1) - (outcome?.refused ?? 0);
      const polling = this.#options.hasReceipts() ? undefined : this.#poll(ack.messageId, settlement);
      await settlement.wait(expected, input.settleMs ?? 0, this.#clock);
      polling?.cancel();
      this.#settlements.delete(clientMessageId);
    }
    const byAck = judgeByAck(ack, settlement?.surfaced ?? 0);
    if (byAck.outcome === "delivered") return byAck;
    // Without waiting, the ack alone says enough of mail that is on its way or stored.
    const isPlain =
      settlement === undefined &&
      outcome !== undefined &&
      ack.duplicate !== true &&
      outcome.held + outcome.refused === 0;
    if (isPlain || !this.#options.isReady()) return byAck;
    return await this.#options.messageStatus(ack.messageId).then(judgeByStatus, () => byAck);
  }

  /** Where the broker sends no receipts, the ledger is asked from time to time. */
  #poll(messageId: string, settlement: Settlement): { cancel(): void } {
    let isOver = false;
    const ask = (): void => {
      if (isOver) return;
      void this.#options.messageStatus(messageId).then(
        ({ recipients }) => {
          const isOpen = recipients.some(
            ({ state }) => state === "accepted" || state === "stored" || state === "held" || state === "offered",
          );
          if (!isOpen) settlement.stop();
          else if (!isOver) timer = this.#clock.startTimer(POLL_MS, ask);
        },
        () => undefined,
      );
    };
    let timer = this.#clock.startTimer(POLL_MS, ask);
    return {
      cancel: () => {
        isOver = true;
        timer.cancel();
      },
    };
  }

  #nextId(): string {
    return `${this.#idPrefix}-${(++this.#lastId).toString(36)}`;
  }
}

function resultOf(judgement: Judgement, ack: AckFrame, clientMessageId: string, encrypted: boolean): SendResult {
  const { messageId } = ack;
  if (judgement.outcome === "rejected") {
    const message = `it was accepted, and no recipient took it (${judgement.code})`;
    return { ...rejected(judgement.code, message, clientMessageId), messageId, recipients: judgement.recipients };
  }
  const accepted = { messageId, clientMessageId, duplicate: ack.duplicate === true, encrypted };
  return judgement.outcome === "delivered"
    ? { ...judgement, ...accepted }
    : { ...judgement, ...accepted, resending: false };
}

function refusedBy(ack: AckFrame, clientMessageId: string): RejectedResult {
  const code = ack.code ?? "internal";
  return { ...rejected(code, ack.error ?? code, clientMessageId), detail: errorDetail(ack) };
}

function rejected(code: string, message: string, clientMessageId: string): RejectedResult {
  return { outcome: "rejected", code, message, retryable: isRetryableCode(code), detail: {}, clientMessageId };
}

function tooLarge(): AckFrame {
  return {
    type: "ack",
    id: "",
    messageId: "",
    queued: false,
    code: "too_large",
    error: "the frame is larger than the broker takes; it is not sent again",
  };
}
