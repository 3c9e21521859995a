/**
 * One socket that follows one session: joins what it asked for and what is pushed without a hole or an overlap ([SUB-10]).
 * It knows how far the socket has got; where frames come from is the history's business.
 *
 * States: joining (an answer is being made; what is new is noted, not sent) → live ⇄ behind (what is new is read from the
 * log) and live → slow (too much waits for the client; live messages are forgotten until it drains, [RLIM-5]) → ended.
 */
import type { Log } from "../../../ports.ts";
import type { SessionLog } from "../../../sessions/catalog.ts";
import { LiveBatch } from "../../../sessions/history/live-batch.ts";
import { packHistory, packReset } from "../../../sessions/history/pack-history.ts";
import { slowClientFrame } from "../../../sessions/history/slow-client-frame.ts";
import type { LogMessage } from "../../../sessions/session.ts";
import { packInForm, type Outbox } from "../outbox.ts";
import type { LiveFrames } from "./live-frames.ts";

/** The socket that follows. */
export interface Follower {
  readonly outbox: Outbox;
  /** Live messages to it are to be forgotten rather than buffered ([RLIM-5]). */
  readonly isSlow: boolean;
}

export interface SubscriptionOptions<Peer extends Follower> {
  readonly peer: Peer;
  readonly sessionId: string;
  readonly log: Log;
}

/** Messages read at once to catch up. */
const CATCH_UP_MESSAGES = 100;

export class Subscription<Peer extends Follower> {
  readonly peer: Peer;
  readonly sessionId: string;
  readonly #options: SubscriptionOptions<Peer>;
  #state: "joining" | "live" | "behind" | "slow" | "ended" = "joining";
  /** `seq` of the last message that was sent, or is told of by a notice. */
  #position = 0;
  #logId = "";
  /** The newest the log was heard of. */
  #newest: SessionLog | undefined;
  #isReading = false;
  /** What is to come behind the history that is still being sent ([PROMPT-12]). */
  #afterwards: (() => void)[] = [];

  constructor(options: SubscriptionOptions<Peer>) {
    this.#options = options;
    this.peer = options.peer;
    this.sessionId = options.sessionId;
  }

  /** An answer that moves the push position is being made ([SUB-10]). */
  beginJoin(): void {
    if (this.#state !== "ended") this.#state = "joining";
  }

  /** That answer was written: pushes go on behind its end. */
  join(log: Pick<SessionLog, "endSeq" | "logId">): void {
    if (this.#state === "ended") return;
    this.#position = log.endSeq;
    this.#logId = log.logId;
    this.#goOn();
  }

  /** No answer came of it: everything is as before. */
  abandonJoin(): void {
    if (this.#state === "joining") this.#goOn();
  }

  append(log: SessionLog, messages: readonly LogMessage[], frames: LiveFrames): void {
    this.#newest = log;
    if (this.#state !== "live") {
      if (this.#state === "behind") void this.#catchUp();
      return;
    }
    const [first] = messages;
    const last = messages.at(-1);
    if (first === undefined || last === undefined || last.seq <= this.#position) return;
    if (log.logId !== this.#logId) this.#goOn();
    else if (this.peer.isSlow) this.#state = "slow";
    else if (first.seq === this.#position + 1) {
      for (const frame of frames.of(this.peer.outbox.form)) this.peer.outbox.sendFrame(frame);
      this.#position = last.seq;
    } else {
      this.#state = "behind";
      void this.#catchUp();
    }
  }

  /** The numbering began anew: the newest page in place of what was known ([HIST-11]). */
  reset(log: SessionLog): void {
    this.#newest = log;
    if (this.#state === "live" || this.#state === "behind") void this.#sendPage(log, true);
  }

  handleDrained(): void {
    const log = this.#newest;
    if (this.#state !== "slow" || log === undefined || this.peer.isSlow) return;
    const isReset = log.logId !== this.#logId;
    if (isReset || !this.peer.outbox.has("stream")) {
      void this.#sendPage(log, isReset);
      return;
    }
    this.peer.outbox.sendFrame(slowClientFrame(log, this.#position));
    this.#position = log.endSeq;
    this.#goOn();
  }

  /** Sends at once, or behind the history that is being caught up with. */
  afterHistory(send: () => void): void {
    if (this.#state === "behind") this.#afterwards.push(send);
    else send();
  }

  end(): void {
    this.#state = "ended";
    this.#flushAfterwards();
  }

  #goOn(): void {
    const newest = this.#newest;
    if (newest !== undefined && newest.logId !== this.#logId) {
      void this.#sendPage(newest, true);
      return;
    }
    if (newest !== undefined && newest.endSeq > this.#position) {
      this.#state = "behind";
      void this.#catchUp();
      return;
    }
    this.#state = "live";
    this.#flushAfterwards();
  }

  async #catchUp(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#state === "behind") await this.#readOn();
    } catch (error) {
      // The next message of the session tries again.
      this.#options.log.warn("a follower could not catch up with a session", { sessionId: this.sessionId, error });
      this.#flushAfterwards();
    } finally {
      this.#isReading = false;
    }
  }

  async #readOn(): Promise<void> {
    const log = this.#newest;
    if (log === undefined || log.logId !== this.#logId || log.endSeq <= this.#position) {
      this.#goOn();
      return;
    }
    if (this.peer.isSlow) {
      this.#state = "slow";
      this.#flushAfterwards();
      return;
    }
    const to = Math.min(this.#position + CATCH_UP_MESSAGES, log.endSeq);
    const messages = await log.read(this.#position + 1, to);
    if (this.#state !== "behind" || log.logId !== this.#logId) return;
    const { outbox } = this.peer;
    for (const { frame } of new LiveBatch(log, messages).frames(outbox.form)) outbox.sendFrame(frame);
    this.#position = to;
  }

  /** A page nobody asked for: behind a reset, or from the last delivered message of a client without `stream`. */
  async #sendPage(log: SessionLog, isReset: boolean): Promise<void> {
    this.#state = "joining";
    const cursor = { last_seq: this.#position, log_id: this.#logId };
    try {
      const { frame } = await packInForm(this.peer.outbox, (form) =>
        isReset ? packReset(log, form) : packHistory(log, cursor, form),
      );
      if (this.#isOver()) return;
      this.peer.outbox.sendFrame(frame);
      this.join(log);
    } catch (error) {
      this.#options.log.warn("a page of a session could not be pushed", { sessionId: this.sessionId, error });
      if (!this.#isOver()) this.#state = "slow";
      this.#flushAfterwards();
    }
  }

  #isOver(): boolean {
    return this.#state === "ended";
  }

  #flushAfterwards(): void {
    const sends = this.#afterwards;
    this.#afterwards = [];
    for (const send of sends) send();
  }
}
