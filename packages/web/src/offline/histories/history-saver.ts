/**
 * Saves histories when it suits: some time after the last change, and at once when the page goes out of sight, which on a
 * phone may be the last that is heard of it.
 */
import type { Clock, HistorySnapshot, SessionView, Timer } from "@parlatory/client";
import type { HistoryKeeper } from "../../conversation/history-keeper.ts";

/** Sessions that wait to be saved; far more than a page follows. */
const maxWaiting = 20;
const saveMs = 2_000;

export interface HistoryCopies {
  load(sessionId: string): Promise<HistorySnapshot | undefined>;
  save(sessionId: string, snapshot: HistorySnapshot): Promise<void>;
}

export class HistorySaver implements HistoryKeeper {
  readonly #copies: HistoryCopies;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, SessionView>();
  #timer: Timer | undefined;
  #isStarted = false;

  constructor(copies: HistoryCopies, clock: Clock) {
    this.#copies = copies;
    this.#clock = clock;
  }

  start(): void {
    this.#isStarted = true;
  }

  /** Whatever is still said about histories is not kept any more. */
  stop(): void {
    this.#isStarted = false;
    this.#waiting.clear();
  }

  async load(sessionId: string): Promise<HistorySnapshot | undefined> {
    // One that was just left and is opened again.
    return this.#waiting.get(sessionId)?.snapshot() ?? (await this.#copies.load(sessionId));
  }

  save(view: SessionView): void {
    if (!this.#isStarted) return;
    this.#waiting.set(view.sessionId, view);
    if (this.#waiting.size > maxWaiting) void this.flush();
    else this.#timer ??= this.#clock.startTimer(saveMs, () => void this.flush());
  }

  /** Saves what waits; resolves when it is kept. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const views = [...this.#waiting.values()];
    this.#waiting.clear();
    await Promise.all(
      views.map(async (view) => {
        const snapshot = view.snapshot();
        if (snapshot !== undefined && snapshot.messages.length > 0) await this.#copies.save(view.sessionId, snapshot);
      }),
    );
  }
}
