import type { RemoteAccess } from "./remote-access.ts";
import type { RemoteSession } from "./remote-session.ts";

/** A session that was opened before the app was rendered, so that the connection and the first page come side by side. */
export class EarlySession {
  #session: RemoteSession | undefined;

  constructor(session: RemoteSession | undefined) {
    this.#session = session;
  }

  /** Once, and only for the one who has the same key and identity. */
  take(access: RemoteAccess): RemoteSession | undefined {
    const session = this.#session;
    if (session === undefined) return undefined;
    this.#session = undefined;
    const { apiKey, clientSessionId } = session.access;
    if (apiKey === access.apiKey && clientSessionId === access.clientSessionId) return session;
    session.close();
    return undefined;
  }
}
