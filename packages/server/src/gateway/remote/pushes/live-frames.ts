import type { SessionLog } from "../../../sessions/catalog.ts";
import { LiveBatch } from "../../../sessions/history/live-batch.ts";
import type { LogMessage } from "../../../sessions/session.ts";
import type { FrameForm } from "../outbox.ts";

/** The frames of one batch of live messages: each form of them is made once, however many sockets get it ([RPERF-5]). */
export class LiveFrames {
  readonly #batch: LiveBatch;
  readonly #frames = new Map<string, readonly Buffer[]>();

  constructor(log: SessionLog, messages: readonly LogMessage[]) {
    this.#batch = new LiveBatch(log, messages);
  }

  of(form: FrameForm): readonly Buffer[] {
    let frames = this.#frames.get(form.key);
    if (frames === undefined) {
      frames = this.#batch.frames(form).map(({ frame }) => Buffer.from(frame, "utf8"));
      this.#frames.set(form.key, frames);
    }
    return frames;
  }
}
