/**
 * How large a frame may be that comes in: little before `connect`, much after it ([RLIM-6]). The library knows one limit for
 * the life of a socket, the large one; this watches the bytes of a frame that is still arriving, so that a stranger cannot
 * make the server hold the large amount.
 */
import { REMOTE_CLOSE, REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Connection } from "../connection.ts";

/** Bytes of one read of the socket, which may hold the end of one frame and the beginning of the next. */
const READ_BYTES = 64 * 1024;

export class InboundLimit {
  readonly #connection: Connection;
  #maxBytes: number = REMOTE_LIMITS.inboundBeforeConnectBytes;
  #arrived = 0;
  #stopWatching: (() => void) | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  start(): void {
    this.#stopWatching = this.#connection.watchInput((bytes) => {
      this.#arrived += bytes;
      if (this.#arrived <= this.#maxBytes + READ_BYTES) return;
      const { code, reason } = REMOTE_CLOSE.tooLarge;
      this.#connection.close(code, reason);
      this.#connection.terminateSoon();
    });
  }

  /** A frame is whole. False when it is too large. */
  takes(bytes: number): boolean {
    this.#arrived = 0;
    return bytes <= this.#maxBytes;
  }

  /** The client has connected: from here on the library's own limit counts. */
  raise(): void {
    this.#maxBytes = REMOTE_LIMITS.inboundBytes;
    this.stop();
  }

  stop(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }
}
