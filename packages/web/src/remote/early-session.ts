import type { RemoteAccess } from "./remote-access.ts";
import type { RemoteSession } from "./remote-session.ts";

/** A session that was opened before the app was rendered, so that the connection and the first page come side by side. */
export class EarlySession {
  #session: RemoteSession | undefined;

  constructor(session: RemoteSession | undefined) {
    this.#session = session;
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
