import type { RemoteAccess } from "./remote-access.ts";
import type { RemoteSession } from "./remote-session.ts";

/** A session that was opened before the app was rendered, so that the connection and the first page come side by side. */
export class EarlySession {
  #session: RemoteSession | undefined;

  constructor(session: RemoteSession | undefined) {
    this.#session = session;
  }

  /** Resolves with true when all that comes with the connection is there; else when it is not to be had, or after `timeoutMs`. */
  arrived(timeoutMs: number): Promise<boolean> {
    const { client } = this.#session ?? {};
    if (client === undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        ends.forEach((each) => each());
        resolve(client.isCaughtUp);
      };
      const timer = setTimeout(end, timeoutMs);
      const ends = [
        client.on("caughtUp", end),
        client.on("connection", ({ name }) => (name === "waiting" || name === "ended" ? end() : undefined)),
      ];
    });
  }

  /** For the one who has the same key and identity; it stays here until it is taken. */
  look(access: RemoteAccess): RemoteSession | undefined {
    const { apiKey, clientSessionId } = this.#session?.access ?? {};
    return apiKey === access.apiKey && clientSessionId === access.clientSessionId ? this.#session : undefined;
  }

  /** Once; one that is for somebody else is over. */
  take(access: RemoteAccess): RemoteSession | undefined {
    const session = this.look(access);
    if (session === undefined) this.#session?.close();
    this.#session = undefined;
    return session;
  }
}
