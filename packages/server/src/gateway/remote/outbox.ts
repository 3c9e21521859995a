/**
 * What one socket is sent: every frame within its budget ([RLIM-1], [RLIM-2]). This is the one place where frames of the
 * remote are written; a frame over the budget is a defect, is told to the log and is not sent. It knows sizes; it must not
 * know what messages mean.
 */
import { REMOTE_LIMITS, type RemoteCapability, type RemoteServerMessage } from "@parlatory/protocol/remote";
import type { Log } from "../../ports.ts";
import { encodeWithin } from "./frames/encode-within.ts";

/** What an outbox writes to. */
export interface Wire {
  readonly isOpen: boolean;
  send(frame: string | Buffer): void;
  bufferedBytes(): number;
}

/** In how many ways the same content may be put for different sockets. */
export interface FrameForm {
  readonly budgetBytes: number;
  readonly lean: boolean;
  readonly blocks: boolean;
  readonly stream: boolean;
  readonly batched: boolean;
  /** Equal for sockets that get the same bytes. */
  readonly key: string;
}

export class Outbox {
  readonly #wire: Wire;
  readonly #log: Log;
  #sizeKb: number = REMOTE_LIMITS.defaultSizeKb;
  #capabilities: ReadonlySet<RemoteCapability> = new Set();
  #form: FrameForm;

  constructor(options: { wire: Wire; log: Log }) {
    this.#wire = options.wire;
    this.#log = options.log;
    this.#form = this.#toForm();
  }

  get form(): FrameForm {
    return this.#form;
  }

  get capabilities(): ReadonlySet<RemoteCapability> {
    return this.#capabilities;
  }

  has(capability: RemoteCapability): boolean {
    return this.#capabilities.has(capability);
  }

  /** Applies what a client asks for within the bounds, and tells what that is ([RLIM-1]). */
  setSizeKb(asked: number): number {
    this.#sizeKb = Math.min(REMOTE_LIMITS.maxSizeKb, Math.max(REMOTE_LIMITS.minSizeKb, asked));
    this.#form = this.#toForm();
    return this.#sizeKb;
  }

  setCapabilities(capabilities: readonly RemoteCapability[]): void {
    this.#capabilities = new Set(capabilities);
    this.#form = this.#toForm();
  }

  /** Bytes that wait for the client to read. */
  get waitingBytes(): number {
    return this.#wire.bufferedBytes();
  }

  send(message: RemoteServerMessage): void {
    if (this.#wire.isOpen) this.#write(encodeWithin(message, this.#form.budgetBytes), message.type);
  }

  /** A frame that is written already: packed for this socket, or made once for every socket of its form. */
  sendFrame(frame: string | Buffer): void {
    if (this.#wire.isOpen) this.#write(frame, "packed");
  }

  #write(frame: string | Buffer, type: string): void {
    const { budgetBytes } = this.#form;
    const isSmall = frame.length * 3 <= budgetBytes;
    if (!isSmall && Buffer.byteLength(frame) > budgetBytes) {
      this.#log.error("a frame over the budget of its socket was not sent", {
        frame: type,
        bytes: Buffer.byteLength(frame),
        budgetBytes,
      });
      return;
    }
    this.#wire.send(frame);
  }

  #toForm(): FrameForm {
    const budgetBytes = this.#sizeKb * 1024;
    const lean = this.has("lean");
    const blocks = this.has("blocks");
    const stream = this.has("stream");
    const batched = this.has("output_batch");
    const flags = [lean, blocks, stream, batched].map(Number).join("");
    return { budgetBytes, lean, blocks, stream, batched, key: `${budgetBytes} ${flags}` };
  }
}

/** Packs anew when the client has changed its size meanwhile: from then on no frame may be larger ([RLIM-1]). */
export async function packInForm<Packed>(
  outbox: Pick<Outbox, "form">,
  pack: (form: FrameForm) => Promise<Packed>,
): Promise<Packed> {
  for (;;) {
    const { form } = outbox;
    const packed = await pack(form);
    if (form === outbox.form) return packed;
  }
}
