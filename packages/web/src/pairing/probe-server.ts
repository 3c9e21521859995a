import { remoteUrl, type OpenSocket } from "@parlatory/client";

/** What one short connection found out. */
export type ProbeResult =
  /** It asks for no key ([AUTH-9]). */
  | "open"
  /** It asks for one; none was given. */
  | "closed"
  | "key_accepted"
  | "key_refused"
  | "unreachable";

export interface ProbeOptions {
  readonly openSocket: OpenSocket;
  readonly origin: string;
  /** Tried when the server asks for a key. What waits for its client session stays unacknowledged, so it comes again. */
  readonly key?: { readonly apiKey: string; readonly clientSessionId: string } | undefined;
  readonly signal: AbortSignal;
}

/** Asks a server whether it wants a key, and whether it takes this one, without becoming a client of it. */
export function probeServer({ openSocket, origin, key, signal }: ProbeOptions): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const socket = openSocket(remoteUrl(origin), {
    opened: () => undefined,
    alive: () => undefined,
    closed: () => resolve("unreachable"),
    message: (text) => {
      const frame = readFrame(text);
      if (frame["type"] === "hello") {
        if (frame["auth_version"] === 0) resolve("open");
        else if (key === undefined) resolve("closed");
        else socket.send(JSON.stringify({ type: "connect", session_id: key.clientSessionId, api_key: key.apiKey }));
      } else if (frame["type"] === "connected") resolve("key_accepted");
      else if (frame["type"] === "auth_error") resolve("key_refused");
    },
  });
  signal.addEventListener("abort", () => resolve("unreachable"), { once: true });
  return promise.finally(() => socket.close(1000, ""));
}

function readFrame(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
