/**
 * Requests that were written and wait for the reply with their `_reqId` ([FRM-3]). It must not know connections: its owner
 * writes, hands it frames, and says when the connection is lost. An entry ends by reply, error, timeout or loss, once.
 */
import type { BrokerFrame, BrokerFrameByType, BrokerFrameType, ClientFrame, ErrorFrame } from "@parlatory/protocol";
import type { Clock, Timer } from "../platform.ts";
import { MeshRequestError, errorDetail } from "./mesh-request-error.ts";

interface PendingRequest {
  op: string;
  replyType: BrokerFrameType;
  resolve(frame: BrokerFrame): void;
  reject(error: MeshRequestError): void;
  timer: Timer | undefined;
}

export interface RequestTableOptions {
  clock: Clock;
  requestTimeoutMs: number;
  /** Writes now or later; calls `expired` when it never will. */
  write(text: string, written: () => void, expired: (why: string) => void): void;
}

/** Requests without a reply at most; the next one is refused here. */
const MAX_PENDING = 10_000;

export class RequestTable {
  readonly #options: RequestTableOptions;
  readonly #pending = new Map<number, PendingRequest>();
  #lastId = 0;

  constructor(options: RequestTableOptions) {
    this.#options = options;
  }

  /** Requests without a reply. */
  get size(): number {
    return this.#pending.size;
  }

  /** Sends a request and resolves with its reply; rejects with `MeshRequestError` by the codes described there. */
  request<Type extends BrokerFrameType>(frame: ClientFrame, replyType: Type): Promise<BrokerFrameByType[Type]> {
    const op = frame.type;
    if (this.#pending.size >= MAX_PENDING) {
      const message = `${op} was not sent: ${MAX_PENDING} requests wait for an answer already`;
      return Promise.reject(new MeshRequestError("limit_reached", message, { limit: MAX_PENDING }));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const entry: PendingRequest = {
        op,
        replyType,
        resolve: resolve as (frame: BrokerFrame) => void,
        reject,
        timer: undefined,
      };
      this.#pending.set(id, entry);
      this.#options.write(
        JSON.stringify({ ...frame, _reqId: id }),
        () => {
          if (this.#pending.get(id) === entry) entry.timer = this.#startTimeout(id, op);
        },
        (why) => this.#fail(id, new MeshRequestError("server_unreachable", `${op} was not sent: ${why}`)),
      );
    });
  }

  /** Takes a reply; tells whether it was one of ours. */
  reply(frame: BrokerFrame): boolean {
    const id = "_reqId" in frame ? frame._reqId : undefined;
    const entry = typeof id === "number" ? this.#pending.get(id) : undefined;
    if (entry === undefined || typeof id !== "number") return false;
    if (frame.type !== entry.replyType && frame.type !== "error") return false;
    this.#pending.delete(id);
    entry.timer?.cancel();
    if (frame.type === "error") entry.reject(refusal(entry.op, frame));
    else entry.resolve(frame);
    return true;
  }

  /** Fails every request that was written; those still waiting to be written stay. */
  connectionLost(): void {
    for (const [id, entry] of this.#pending) {
      if (entry.timer === undefined) continue;
      const message = `the connection was lost before ${entry.op} was answered; whether it was carried out is not known`;
      this.#fail(id, new MeshRequestError("connection_lost", message));
    }
  }

  #startTimeout(id: number, op: string): Timer {
    const { clock, requestTimeoutMs } = this.#options;
    return clock.startTimer(requestTimeoutMs, () => {
      this.#fail(id, new MeshRequestError("timeout", `${op} was not answered within ${requestTimeoutMs} ms`));
    });
  }

  #fail(id: number, error: MeshRequestError): void {
    const entry = this.#pending.get(id);
    if (entry === undefined) return;
    this.#pending.delete(id);
    entry.timer?.cancel();
    entry.reject(error);
  }
}

function refusal(op: string, frame: ErrorFrame): MeshRequestError {
  return new MeshRequestError(frame.code, `${op}: ${frame.message}`, errorDetail(frame));
}
