import type { SessionLog } from "../../../sessions/catalog.ts";
import type { LogMessage } from "../../../sessions/session.ts";
import type { FrameForm } from "../outbox.ts";
import type { HistoryDesk } from "../remote-services.ts";

/** The frames of one batch of live messages: each form of them is made once, however many sockets get it ([RPERF-5]). */
export class LiveFrames {
  readonly #history: HistoryDesk;
  readonly #log: SessionLog;
  readonly #messages: readonly LogMessage[];
  readonly #frames = new Map<string, readonly Buffer[]>();

  constructor(history: HistoryDesk, log: SessionLog, messages: readonly LogMessage[]) {
    this.#history = history;
    this.#log = log;
    this.#messages = messages;
  }

  of(form: FrameForm): readonly Buffer[] {
    let frames = this.#frames.get(form.key);
    if (frames === undefined) {
      frames = this.#history
        .live(this.#log, this.#messages, form)
        .map((message) => Buffer.from(JSON.stringify(message), "utf8"));
      this.#frames.set(form.key, frames);
    }
    return frames;
  }
}
