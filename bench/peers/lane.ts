/** One sender and its receivers on some server: what is measured, whoever does it. */
export interface Lane {
  /** Writes one message and does not wait. */
  send(number: number): void;
  /** Called once for each message that the server has confirmed to the sender. */
  onAck: () => void;
  /** Called once for each message and receiver; the receiver confirms it to the server by itself. */
  onReceived: () => void;
  /** The server did not take a message: there is nothing to measure. */
  onFailed: (cause: unknown) => void;
  close(): Promise<void>;
}

/** A server that is running, and can be given work. */
export interface PeerServer {
  openLane(receivers: number): Promise<Lane>;
  stop(): Promise<void>;
}

export interface Peer {
  name: string;
  /** What has happened to a message when its sender is told that it is accepted. */
  durable: string;
  /** The program it needs on PATH; none for ours. */
  program?: string;
  start(program: string): Promise<PeerServer>;
}

export const BODY_BYTES = 256;
/** How often receivers confirm, where one confirmation covers all before it. */
export const CONFIRM_EVERY_MS = 20;

export function rawBody(number: number): Buffer {
  const body = Buffer.alloc(BODY_BYTES, 0x61);
  body.write(String(number));
  return body;
}
