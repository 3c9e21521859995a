/** What the catalog tells, to the sockets it concerns ([WATCH-6], [SUB-11], [HIST-11], [HIST-13], [PROMPT-17]). */
import type { Log } from "../../../ports.ts";
import type { CatalogListener, SessionLog } from "../../../sessions/catalog.ts";
import type { LogMessage, SessionSummary } from "../../../sessions/session.ts";
import type { Audience } from "../audience.ts";
import type { Creators } from "./creators.ts";
import type { InfoPush } from "./info-push.ts";
import { LiveFrames } from "./live-frames.ts";
import type { RecentPush } from "./recent-push.ts";
import { makeSessionCreated, type SessionSources } from "./session-frames.ts";

export interface CatalogPushesOptions {
  readonly audience: Audience;
  readonly sources: SessionSources;
  readonly recent: RecentPush;
  readonly info: InfoPush;
  readonly log: Log;
  /** The client session whose prompt created a session, asked when the session has its first message ([PROMPT-17]). */
  readonly creators: Creators;
}

export class CatalogPushes implements CatalogListener {
  readonly #options: CatalogPushesOptions;

  constructor(options: CatalogPushesOptions) {
    this.#options = options;
  }

  onCreated(summary: SessionSummary): void {
    const { recent, info } = this.#options;
    const creator = this.#options.creators.known(summary.sessionId);
    if (creator === undefined) void this.#findCreator(summary);
    else this.#announce(summary, creator);
    recent.note();
    info.note(summary.sessionId);
  }

  onChanged(summary: SessionSummary): void {
    const { recent, info } = this.#options;
    recent.note();
    info.note(summary.sessionId);
  }

  onAppended(log: SessionLog, messages: readonly LogMessage[]): void {
    const frames = new LiveFrames(log, messages);
    const followers = this.#options.audience.followersOf(log.sessionId);
    for (const subscription of followers) subscription.append(log, messages, frames);
  }

  onReset(log: SessionLog): void {
    for (const subscription of this.#options.audience.followersOf(log.sessionId)) subscription.reset(log);
  }

  onGone(sessionId: string): void {
    const { recent, info } = this.#options;
    recent.note();
    info.noteGone(sessionId);
  }

  async #findCreator(summary: SessionSummary): Promise<void> {
    const { creators, log } = this.#options;
    let creator: string | undefined;
    try {
      creator = await creators.find(summary.sessionId);
    } catch (error) {
      log.warn("who created a session is not known while the database is away", { session: summary.sessionId, error });
    }
    this.#announce(summary, creator);
  }

  /** `session_ready` to the creator first, where there is one; then everybody hears of the session ([WATCH-6]). */
  #announce(summary: SessionSummary, creator: string | undefined): void {
    const { audience, sources } = this.#options;
    const { sessionId } = summary;
    if (creator !== undefined) {
      const message = "Session is ready for subscription";
      for (const peer of audience.peersOf(creator)) {
        peer.send({ type: "session_ready", session_id: sessionId, message });
      }
    }
    const created = makeSessionCreated(sources, summary);
    for (const peer of audience.peers()) if (!peer.isHidden(sessionId)) peer.send(created);
  }
}
