/** What the mesh room asks of its neighbours: the gateway's connections and the counters of observability. */

/** One open connection as the mesh sees it. Given by the gateway; no method throws and none waits. */
export interface PresenceConnection {
  /** Rising number of the connection within this process. */
  readonly id: number;
  /** Queues one text frame. A closed connection ignores it. */
  send(frame: string | Buffer): void;
  /** Gives the system now what was sent in this turn; without it that is done at the turn's end. */
  flush(): void;
  /** Bytes handed to the connection that the system has not taken yet. */
  bufferedBytes(): number;
  /**
   * Calls back once: true when everything sent so far was flushed, a ping written after it was answered, and the
   * connection was still open `settleMs` after the flush; false as soon as that can no longer happen ([DLV-12]).
   */
  confirmFlushed(settleMs: number, done: (confirmed: boolean) => void): void;
  close(code: number, reason: string): void;
}

/** Counters the mesh keeps; names are those of section 18 without their prefix. */
export interface MeshMetrics {
  messageAccepted(priority: string, kind: string): void;
  messageRejected(code: string): void;
  deliveryStep(state: string): void;
  deliverySurfaced(priority: string, seconds: number): void;
  redelivery(reason: string): void;
  commit(seconds: number, messages: number): void;
  storeUp(up: boolean): void;
  sweep(what: string, count: number): void;
}

export const noMetrics: MeshMetrics = {
  messageAccepted: () => undefined,
  messageRejected: () => undefined,
  deliveryStep: () => undefined,
  deliverySurfaced: () => undefined,
  redelivery: () => undefined,
  commit: () => undefined,
  storeUp: () => undefined,
  sweep: () => undefined,
};
