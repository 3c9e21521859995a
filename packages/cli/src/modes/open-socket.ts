/**
 * One attempt at one socket, over within a given time whatever the other side does. It must not know what is said there.
 * States: opening → open → settled (by the attempt, the other side, the limit or a signal), when the socket is dropped.
 */
import { homePlatform } from "../server/home-network.ts";

/** What a socket attempt is after. */
export interface SocketAttempt<Result> {
  readonly url: string;
  /** Whose server is known by its certificate. */
  readonly home: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** The socket is open; a value other than undefined ends the attempt. */
  readonly opened?: () => Result | undefined;
  /** A text frame; a value other than undefined ends the attempt. May throw `SocketFailure`. */
  readonly message?: (text: string) => Result | undefined;
  /** What did not come in time, for the reason: `a hello`. */
  readonly awaited: string;
}

/** Why an attempt failed; `message` is a reason for people. */
export class SocketFailure extends Error {
  override readonly name = "SocketFailure";
}

const normalClose = 1000;

/** Rejects with a `SocketFailure`, or with the signal's reason. */
export function attemptSocket<Result>(attempt: SocketAttempt<Result>): Promise<Result> {
  const { url, home, limitMs, signal, awaited } = attempt;
  return new Promise<Result>((resolve, reject) => {
    let isOpen = false;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      if (isOpen) socket.close(normalClose, "");
      socket.terminate();
      finish();
    };
    const fail = (reason: string, cause?: unknown): void => settle(() => reject(new SocketFailure(reason, { cause })));
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    const take = (find: () => Result | undefined): void => {
      try {
        const result = find();
        if (result !== undefined) settle(() => resolve(result));
      } catch (thrown) {
        settle(() => reject(thrown as Error));
      }
    };
    const timer = setTimeout(
      () => fail(isOpen ? `${awaited} did not come within ${limitMs} ms` : `no answer within ${limitMs} ms`),
      limitMs,
    );
    const socket = homePlatform({ home }).openSocket(url, {
      opened: () => {
        isOpen = true;
        take(() => attempt.opened?.());
      },
      message: (text) => take(() => attempt.message?.(text)),
      alive: () => undefined,
      closed: (code, _reason, error) => fail(describeClose(isOpen, code, error), error),
    });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function describeClose(isOpen: boolean, code: number, error: Error | undefined): string {
  if (error === undefined) return isOpen ? `the server closed the socket with code ${code}` : "the connection failed";
  const status = /^Unexpected server response: (\d{3})$/u.exec(error.message)?.[1];
  if (status !== undefined) return `the server answered with status ${status}, there is no such socket`;
  const { code: errno } = error as NodeJS.ErrnoException;
  if (errno === "ECONNREFUSED") return "the connection was refused, no server listens there";
  if (errno === "ENOTFOUND" || errno === "EAI_AGAIN") return "the host name is not known";
  // Only symbolic names: what else an error says may name paths and versions of this program.
  return errno === undefined ? "the server does not speak WebSocket" : `the connection failed: ${errno}`;
}
