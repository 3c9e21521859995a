/**
 * The inbox of the agent's own session: a Unix socket whose path and token the agent gives its children. Text written there
 * wakes an idle session ([MCP-9]). It must not know what the text is. One connection a text:
 * connecting -> written -> closed without error (the only success) | failed | given up after a while.
 */
import { connect } from "node:net";

export interface SessionSocketAddress {
  path: string;
  token: string;
}

/** Writes one text into a session's inbox; rejects unless both lines were written and the socket closed without error. */
export type WriteToSession = (text: string) => Promise<void>;

/** Long enough for a busy agent; it reads and closes in a few ms. */
const DEFAULT_TIMEOUT_MS = 10_000;

export class SessionSocketError extends Error {
  override readonly name = "SessionSocketError";
  /** Both lines left this process before it failed, so the session may have taken the text. */
  readonly mayHaveArrived: boolean;

  constructor(message: string, mayHaveArrived: boolean, options?: ErrorOptions) {
    super(message, options);
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** `undefined` when the agent gave no socket: then there is no such way in. */
export function sessionSocketAddress(
  path: string | undefined,
  token: string | undefined,
): SessionSocketAddress | undefined {
  return path === undefined || path === "" || token === undefined || token === "" ? undefined : { path, token };
}

export function createSessionSocket(
  address: SessionSocketAddress,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): WriteToSession {
  return (text) =>
    new Promise((resolve, reject) => {
      const lines = [
        { type: "auth", token: address.token },
        { type: "user", message: { role: "user", content: text } },
      ];
      let flushed = false;
      const socket = connect(address.path);
      const fail = (reason: string, cause?: unknown): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(new SessionSocketError(`the session's inbox socket ${reason}`, flushed, { cause }));
      };
      const timer = setTimeout(() => fail(`was not closed within ${timeoutMs} ms`), timeoutMs);
      socket.once("error", (cause: NodeJS.ErrnoException) => fail(`failed with ${cause.code ?? "an error"}`, cause));
      socket.once("connect", () => {
        socket.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(""), (failure?: Error | null) => {
          flushed = failure === undefined || failure === null;
        });
      });
      // Answers have no meaning here, but an unread socket never closes.
      socket.resume();
      socket.once("close", (hadError) => {
        clearTimeout(timer);
        if (hadError || !flushed) fail("closed before the text was written");
        else resolve();
      });
    });
}
