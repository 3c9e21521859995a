import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { Log, Scheduler } from "../../../ports.ts";
import type { Audience } from "../audience.ts";
import { makeSessionInfo, type SessionSources } from "./session-frames.ts";

type SessionInfo = RemoteServerMessageOf<"session_info">;

/** Between two pushes about one session: what changes meanwhile is folded into the next. */
const FOLD_MS = 250;
/** Sessions whose newest info is remembered, to leave out one that says nothing new. */
const MAX_REMEMBERED = 1_000;

/** `session_info` to the sockets with `session_events` when a session changes ([WATCH-6]). */
export class InfoPush {
  readonly #sources: SessionSources;
  readonly #audience: Audience;
  readonly #scheduler: Scheduler;
  readonly #log: Log;
  readonly #waits = new Map<string, { cancel: () => void; isDirty: boolean }>();
  readonly #shown = new Map<string, SessionInfo>();
  #isStopped = false;

  constructor(options: { sources: SessionSources; audience: Audience; scheduler: Scheduler; log: Log }) {
    this.#sources = options.sources;
    this.#audience = options.audience;
    this.#scheduler = options.scheduler;
    this.#log = options.log;
  }

  /** Something of the session changed. */
  note(sessionId: string): void {
    if (this.#isStopped) return;
    const wait = this.#waits.get(sessionId);
    if (wait !== undefined) {
      wait.isDirty = true;
      return;
    }
    this.#wait(sessionId);
    void this.#push(sessionId);
  }

  /** Its file is gone: there is nothing to read any more ([HIST-13]). */
  noteGone(sessionId: string): void {
    const shown = this.#shown.get(sessionId);
    this.#shown.delete(sessionId);
    if (shown !== undefined) this.#send({ ...shown, session: { ...shown.session, state: "gone" } });
  }

  /** Followed from now on: its info is known when the session goes. */
  remember(info: SessionInfo): void {
    this.#shown.delete(info.session.session_id);
    this.#shown.set(info.session.session_id, info);
    if (this.#shown.size > MAX_REMEMBERED) {
      const [oldest] = this.#shown.keys();
      if (oldest !== undefined) this.#shown.delete(oldest);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const { cancel } of this.#waits.values()) cancel();
    this.#waits.clear();
  }

  #wait(sessionId: string): void {
    const cancel = this.#scheduler.after(FOLD_MS, () => {
      const wait = this.#waits.get(sessionId);
      this.#waits.delete(sessionId);
      if (wait?.isDirty === true) this.note(sessionId);
    });
    this.#waits.set(sessionId, { cancel, isDirty: false });
  }

  async #push(sessionId: string): Promise<void> {
    if (!this.#hasListeners()) return;
    try {
      const info = await makeSessionInfo(this.#sources, sessionId);
      if (info === undefined || this.#isStopped) return;
      const shown = this.#shown.get(sessionId);
      if (shown !== undefined && JSON.stringify(shown) === JSON.stringify(info)) return;
      this.remember(info);
      this.#send(info);
    } catch (error) {
      this.#log.warn("what changed of a session could not be told", { sessionId, error });
    }
  }

  #send(info: SessionInfo): void {
    for (const peer of this.#audience.peers()) {
      if (peer.outbox.has("session_events") && !peer.isHidden(info.session.session_id)) peer.send(info);
    }
  }

  #hasListeners(): boolean {
    for (const peer of this.#audience.peers()) if (peer.outbox.has("session_events")) return true;
    return false;
  }
}
