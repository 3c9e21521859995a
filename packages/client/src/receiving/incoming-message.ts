import type { Priority, PushFrame } from "@parlatory/protocol";

export type MessageKind = "direct" | "group" | "broadcast" | "unverified";

/** Why something readable is not shown as what it says it is ([CRYPTO-3]). */
export type UnverifiedReason =
  /** A direct or encrypted message whose body is readable without any key. */
  | "not_encrypted"
  /** A multicast whose signature does not verify. */
  | "bad_signature"
  /** A push without a sender. */
  | "no_sender";

/** A message handed over to the owner of the client. */
export class IncomingMessage {
  readonly #settle: (message: IncomingMessage) => void;
  readonly push: PushFrame;
  readonly kind: MessageKind;
  readonly text: string;
  /** Nobody outside the mesh could read it; false is shown to the user ([CRYPTO-5]). */
  readonly encrypted: boolean;
  /** Its sender is proven: a box that opened, or a multicast signature that verifies. False is shown as `unsigned`. */
  readonly signed: boolean;
  readonly unverifiedReason: UnverifiedReason | undefined;

  constructor(push: PushFrame, content: MessageContent, settle: (message: IncomingMessage) => void) {
    this.push = push;
    this.kind = content.kind;
    this.text = content.text;
    this.encrypted = content.encrypted;
    this.signed = content.signed;
    this.unverifiedReason = content.unverifiedReason;
    this.#settle = settle;
  }

  get messageId(): string {
    return this.push.messageId;
  }
  /** The sender's session key if it has one, else its member key. */
  get senderPubkey(): string {
    return this.push.senderPubkey;
  }
  get senderMemberPubkey(): string | undefined {
    return this.push.senderMemberPubkey;
  }
  get senderName(): string {
    return this.push.senderName;
  }
  get priority(): Priority {
    return this.push.priority;
  }
  /** What the sender addressed: our key, `@group`, `@all` or `*`. */
  get targetSpec(): string | undefined {
    return this.push.targetSpec;
  }
  /** The sender's clock, else the time of the commit. */
  get sentAt(): string {
    return this.push.sentAt ?? this.push.createdAt;
  }
  get createdAt(): string {
    return this.push.createdAt;
  }
  get replyTo(): string | undefined {
    return this.push.replyTo ?? undefined;
  }
  get subtype(): string | undefined {
    return this.push.subtype ?? undefined;
  }
  get clientMessageId(): string | undefined {
    return this.push.clientMessageId ?? undefined;
  }
  /** Came as an answer to `pull`. */
  get pulled(): boolean {
    return this.push.pulled === true;
  }
  /** Earlier offers of this message, possibly to another process of this session. */
  get redelivery(): number {
    return this.push.redelivery ?? 0;
  }

  /**
   * Says that the user or model has it: the id is written down, then the broker is told `surfaced` ([DLV-4], [DLV-7]).
   * May be called while disconnected; calling it again changes nothing.
   */
  surfaced(): void {
    this.#settle(this);
  }
}

export interface MessageContent {
  kind: MessageKind;
  text: string;
  encrypted: boolean;
  signed: boolean;
  unverifiedReason?: UnverifiedReason | undefined;
}
