/**
 * What the client needs from the place it runs in: sockets, time and randomness. `createNodePlatform` (from
 * "@parlatory/client/node") and `createWebPlatform` are the two real ones; tests bring clocks and sockets of their own.
 */
export interface Platform {
  openSocket: OpenSocket;
  clock: Clock;
  /** Cryptographic random bytes: ids of messages, and the jitter of the reconnect schedule. */
  randomBytes(count: number): Uint8Array;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `run` once after `delayMs`, unless cancelled before. */
  startTimer(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Opens a WebSocket; never throws: a failure is reported by `closed`, later than the call returns. */
export type OpenSocket = (url: string, handlers: SocketHandlers) => MeshSocket;

export interface SocketHandlers {
  opened: () => void;
  /** One text frame. Binary frames have no meaning in the mesh and are not reported. */
  message: (text: string) => void;
  /** A ping or pong arrived: a sign of life and nothing else. */
  alive: () => void;
  /** Exactly once per socket, also when it never opened (code 1006). `error` says why, without secrets. */
  closed: (code: number, reason: string, error?: Error) => void;
}

export interface MeshSocket {
  /** Queues one text frame; frames of one tick may leave in one packet. Does nothing once the socket is closing. */
  send: (text: string) => void;
  /** Absent where the platform has no pings (browsers). */
  ping?: () => void;
  /** Says goodbye with a close frame. */
  close: (code: number, reason: string) => void;
  /** Drops the connection without a close frame. */
  terminate: () => void;
}
