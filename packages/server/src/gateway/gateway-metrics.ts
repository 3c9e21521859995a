/** What the gateway counts; names are those of section 18 without their prefix. Given by `main.ts`, or by a test. */
export interface GatewayMetrics {
  connectionOpened(): void;
  connectionRejected(reason: RejectReason): void;
  /** An error frame left. */
  error(code: string): void;
  /** A send was refused for its form, before delivery saw it. */
  messageRejected(code: string): void;
  /** A connection was told to stop sending until its frames were carried out. */
  readingPaused(): void;
}

export type RejectReason =
  | "host"
  | "origin"
  | "path"
  | "handshake"
  | "max_connections"
  | "waiting_for_hello"
  | "auth_penalty"
  | "shutting_down";
