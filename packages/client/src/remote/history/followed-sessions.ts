import type { RemoteRequests } from "../requests/remote-requests.ts";
import type { RemoteRequestError } from "../requests/remote-request-error.ts";
import { SessionFollow, type HistoryChange } from "./session-follow.ts";
import { SessionView, type HistoryFrame, type HistorySnapshot } from "./session-view.ts";

export interface FollowOptions {
  /** What was kept of it; only what is newer is asked for. */
  readonly snapshot?: HistorySnapshot | undefined;
  /** Messages of the first answer at most, 1 to 1,000; default what fits. */
  readonly limit?: number | undefined;
  /** Asks for what is missing until it is there; default true ([CLIENT-4]). */
  readonly fillGaps?: boolean | undefined;
}

export interface FollowedSessionsOptions {
  readonly requests: RemoteRequests;
  readonly maxMessages: number | undefined;
  readonly unsubscribe: (sessionId: string) => void;
  readonly changed: (change: HistoryChange) => void;
  readonly settled: (sessionId: string) => void;
  readonly failed: (sessionId: string, error: RemoteRequestError) => void;
}

/** The sessions a client follows, each at most once; a server takes 200 of them per socket ([SUB-3]). */
export class FollowedSessions {
  readonly #options: FollowedSessionsOptions;
  readonly #follows = new Map<string, SessionFollow>();

  constructor(options: FollowedSessionsOptions) {
    this.#options = options;
  }

  follow(sessionId: string, { snapshot, limit, fillGaps = true }: FollowOptions, isConnected: boolean): SessionFollow {
    const known = this.#follows.get(sessionId);
    if (known !== undefined) return known;
    const { requests, maxMessages, unsubscribe, changed, settled, failed } = this.#options;
    const follow = new SessionFollow({
      view: new SessionView(sessionId, { maxMessages, snapshot }),
      limit,
      fillGaps,
      ask: (message) => requests.ask({ message, answer: "session_history" }),
      unsubscribe: () => unsubscribe(sessionId),
      changed,
      settled: () => settled(sessionId),
      failed: (error) => failed(sessionId, error),
    });
    this.#follows.set(sessionId, follow);
    if (isConnected) follow.connected();
    return follow;
  }

  unfollow(sessionId: string): void {
    const follow = this.#follows.get(sessionId);
    this.#follows.delete(sessionId);
    follow?.stop();
  }

  connected(): void {
    for (const follow of this.#follows.values()) follow.connected();
  }

  disconnected(): void {
    for (const follow of this.#follows.values()) follow.disconnected();
  }

  take(frame: HistoryFrame, isAnswer: boolean): void {
    this.#follows.get(frame.session_id)?.take(frame, isAnswer);
  }
}
