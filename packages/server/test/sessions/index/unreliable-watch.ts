import { watchDirectory, type WatchDirectory } from "../../../src/sessions/index/watch/watch-directory.ts";

/** The system's watches behind something that loses events and brings others late, as it is told. */
export class UnreliableWatch {
  readonly #late: (() => void)[] = [];
  readonly #fates: readonly ("now" | "late" | "lost")[];
  #next = 0;

  constructor(fates: readonly ("now" | "late" | "lost")[]) {
    this.#fates = fates;
  }

  readonly watchDirectory: WatchDirectory = (path, onEvent, onError) =>
    watchDirectory(
      path,
      (name) => {
        const fate = this.#fates[this.#next++ % this.#fates.length];
        if (fate === "now") onEvent(name);
        else if (fate === "late") this.#late.push(() => onEvent(name));
      },
      onError,
    );

  bringLate(): void {
    for (const bring of this.#late.splice(0)) bring();
  }
}
