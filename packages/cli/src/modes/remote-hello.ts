/** The first frame of the remote protocol, which a server sends unasked. It must not know what follows. */
import { escapeText, cut } from "../output/escape.ts";
import { attemptSocket, SocketFailure } from "./open-socket.ts";

export interface RemoteHello {
  readonly version: string;
  readonly protocol: number;
}

const knownProtocol = 1;
const maxVersionLength = 64;

/** Connects, waits for the server's hello and hangs up; no credentials are sent. Rejects with `SocketFailure`. */
export function receiveHello(options: {
  readonly url: string;
  readonly home: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}): Promise<RemoteHello> {
  return attemptSocket({ ...options, awaited: "the hello of the remote protocol", message: readHello });
}

function readHello(text: string): RemoteHello {
  const frame = parse(text);
  const { type, version, protocol } = frame;
  if (type !== "hello" || typeof version !== "string" || typeof protocol !== "number") {
    throw new SocketFailure("what the server sends is not the hello of the remote protocol");
  }
  if (protocol !== knownProtocol) {
    throw new SocketFailure(
      `the server speaks version ${protocol} of the remote protocol, this program ${knownProtocol}`,
    );
  }
  return { version: cut(escapeText(version), maxVersionLength), protocol };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Answered below as anything else that is no hello.
  }
  return {};
}
